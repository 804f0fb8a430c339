/**
 * What a trained detector is like, by the model that it left: the pictures that it is worst at, with their
 * boxes and with those that it finds, and its average precision on the part of the data that nobody has
 * looked at.
 */
import type { Pictures } from "../../data/pictures.ts";
import type { DetectedSample, TrueObject } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import { evaluateDetector } from "../../evaluate/evaluate-detector.ts";
import { decodeImage } from "../../image/decode-node.ts";
import { drawDetections } from "../../image/draw-node.ts";
import { encodePicture } from "../../image/encode-node.ts";
import type { RgbImage } from "../../image/image.ts";
import type { Detection, Detector } from "../../tasks/detector.ts";
import { isDamaged } from "../../train/data/samples.ts";
import { formatPercent } from "../format.ts";
import { formatJson, shortFloat } from "../json.ts";
import { besidePictures, stackPictures } from "./picture-sheet.ts";
import { shareRight } from "./share-right.ts";
import type { FinalJudgement, FinishedRun } from "./train-task.ts";

/** Pictures that are looked at for the worst, and how many of these are shown, of at most so long an edge. */
const [looked, shown, longest] = [200, 6, 480];

/** Writes `worst.png`; with a part for the test also `test.json`, and tells of it. */
export async function judgeDetector(
  run: FinishedRun<"detect">,
): Promise<FinalJudgement | undefined> {
  const { folder, set, signal, note, save } = run;
  const { loadDetector } = await import("../../tasks/node.ts");
  const detector = await loadDetector(folder, { signal });
  try {
    const worst = await worstOf(detector, set.test ?? set.validation, signal);
    await saveWorst(worst, run);
    if (set.test === undefined) return undefined;
    const evaluation = await evaluateDetector(detector, samplesOf(set.test), { signal });
    for (const { name, error } of evaluation.skipped) note(`${name} left out: ${error}`);
    const { ap50 = 0, ap = 0, images, classes } = evaluation;
    await save("test.json", formatJson({ images, ap50, ap, classes }));
    const words = `AP50 ${formatPercent(ap50)}, AP ${formatPercent(ap)}`;
    return {
      said: `test part, ${images} pictures: ${words}`,
      json: { test: { images, ap50: shortFloat(ap50), ap: shortFloat(ap) } },
      figure: ["test part", `${words}, in ${images} pictures that nothing was chosen by`],
    };
  } finally {
    detector.dispose();
  }
}

function samplesOf(pictures: Pictures<readonly TrueObject[]>): readonly DetectedSample<RgbImage>[] {
  return Array.from({ length: pictures.count }, (_, index) => ({
    name: pictures.name(index),
    objects: pictures.label(index),
    read: () => pictures.picture(index),
  }));
}

/** A picture with what is in it and what was found. */
interface Judged {
  readonly image: RgbImage;
  readonly objects: readonly TrueObject[];
  readonly found: readonly Detection[];
  /** Twice the boxes that are right over all, the true and the found: 1 where both are the same. */
  readonly right: number;
}

/** The pictures of which the fewest boxes are right, the worst first. */
async function worstOf(
  detector: Detector<RgbImage>,
  pictures: Pictures<readonly TrueObject[]>,
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  let worst: Judged[] = [];
  for (const { objects, read } of samplesOf(pictures).slice(0, looked)) {
    try {
      const image = await read();
      const { detections: found } = await detector.detect(image, { signal });
      worst.push({ image, objects, found, right: shareRight(objects, found) });
    } catch (error) {
      if (!isDamaged(error)) throw error;
    }
    worst = worst.sort((a, b) => a.right - b.right).slice(0, shown);
  }
  return worst;
}

/** Each picture twice: with its boxes, and with those that were found. */
async function saveWorst(
  worst: readonly Judged[],
  { set: { classes }, save, note }: FinishedRun<"detect">,
): Promise<void> {
  if (worst.length === 0) return;
  const rows: RgbImage[] = [];
  try {
    for (const { image, objects, found } of worst) {
      const truth = objects.map(({ classIndex, box }) => {
        return { label: classes[classIndex] ?? "", index: classIndex, score: 1, box };
      });
      const scale = Math.min(1, longest / Math.max(image.width, image.height));
      const draw = async (boxes: readonly Detection[]): Promise<RgbImage> =>
        decodeImage(await drawDetections(image, boxes, { scale, legend: false, format: "png" }));
      rows.push(besidePictures([await draw(truth), await draw(found)]));
    }
  } catch (error) {
    if (!(error instanceof MobileNetError) || error.code !== "missing-dependency") throw error;
    note(`worst.png is not drawn: ${error.message}`);
    return;
  }
  await save("worst.png", await encodePicture(stackPictures(rows), { format: "png" }));
}
