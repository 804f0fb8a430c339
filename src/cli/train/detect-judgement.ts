/**
 * What a trained detector is like, by the model that it left: the pictures that it is worst at, with their
 * boxes and with those that it finds, and its average precision on the part of the data that nobody has
 * looked at.
 */

import type { Pictures } from "../../data/pictures.ts";
import type { TrueObject } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import { evaluateDetector } from "../../evaluate/evaluate-detector.ts";
import { decodeImage } from "../../image/decode-node.ts";
import { drawDetections } from "../../image/draw-node.ts";
import { encodePicture } from "../../image/encode-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { shortFloat } from "../../json/items.ts";
import type { Detection, Detector } from "../../tasks/detector.ts";
import { formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { besidePictures, stackPictures } from "./picture-sheet.ts";
import { certainOf, detectorParts } from "./report/detector.ts";
import { judgedBy, type Looked, lookAt, worstFirst } from "./report/pictures.ts";
import { shareRight } from "./share-right.ts";
import type { FinalJudgement, FinishedJudgement, FinishedRun } from "./train-task.ts";

/** Pictures that are looked at where none are kept apart, and how many are in `worst.png`, of at most so long an edge. */
const [most, shown, longest] = [200, 6, 480];

/** What a detector found in a picture, at any score. */
type Answer = Looked<readonly Detection[]>;

/** Writes `worst.png`; with a part for the test also `test.json`, and tells of it. */
export async function judgeDetector(run: FinishedRun<"detect">): Promise<FinishedJudgement> {
  const { folder, set, labels, signal } = run;
  const { loadDetector } = await import("../../tasks/node.ts");
  const detector = await loadDetector(folder, { signal });
  try {
    const { final, looked } =
      set.test === undefined
        ? { final: undefined, looked: await lookAtSome(detector, set.validation, signal) }
        : await test(detector, set.test, run);
    await saveWorst(looked, run);
    const pictures = judgedBy(set);
    return { final, parts: () => detectorParts({ pictures, labels, looked }) };
  } finally {
    detector.dispose();
  }
}

/** Average precision on all pictures of the part for the test, and what was found in each. */
async function test(
  detector: Detector<RgbImage>,
  pictures: Pictures<readonly TrueObject[]>,
  { signal, note, save }: FinishedRun<"detect">,
): Promise<{ readonly final: FinalJudgement; readonly looked: readonly Answer[] }> {
  const looked: Answer[] = [];
  const samples = Array.from({ length: pictures.count }, (_, index) => ({
    name: pictures.name(index),
    objects: pictures.label(index),
    read: () => pictures.picture(index),
  }));
  const indices = new Map<unknown, number>(samples.map((sample, index) => [sample, index]));
  const evaluation = await evaluateDetector(detector, samples, {
    signal,
    onResult: (sample, found) =>
      looked.push({ index: indices.get(sample)!, ...judged(sample.objects, found) }),
  });
  for (const { name, error } of evaluation.skipped) note(`${name} left out: ${error}`);
  const { ap50 = 0, ap = 0, images, classes } = evaluation;
  await save("test.json", formatJson({ images, ap50, ap, classes }));
  const words = `AP50 ${formatPercent(ap50)}, AP ${formatPercent(ap)}`;
  const final: FinalJudgement = {
    said: `test part, ${images} pictures: ${words}`,
    json: { test: { images, ap50: shortFloat(ap50), ap: shortFloat(ap) } },
    figure: ["test part", `${words}, in ${images} pictures that nothing was chosen by`],
  };
  return { final, looked: worstFirst(looked) };
}

async function lookAtSome(
  detector: Detector<RgbImage>,
  pictures: Pictures<readonly TrueObject[]>,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  return await lookAt(pictures, { most, signal }, async (image, objects) => {
    const { detections } = await detector.detect(image, { scoreThreshold: 0.01, signal });
    return judged(objects, detections);
  });
}

function judged(objects: readonly TrueObject[], found: readonly Detection[]) {
  return { badness: 1 - shareRight(objects, certainOf(found)), found };
}

/** The worst pictures, each twice: with its boxes, and with those that were found. */
async function saveWorst(
  looked: readonly Answer[],
  { set, save, note }: FinishedRun<"detect">,
): Promise<void> {
  if (looked.length === 0) return;
  const [pictures, { classes }] = [judgedBy(set), set];
  const rows: RgbImage[] = [];
  try {
    for (const { index: at, found } of looked.slice(0, shown)) {
      const image = await pictures.picture(at);
      const truth = pictures.label(at).map(({ classIndex, box }) => {
        return { label: classes[classIndex] ?? "", index: classIndex, score: 1, box };
      });
      const scale = Math.min(1, longest / Math.max(image.width, image.height));
      const draw = async (boxes: readonly Detection[]): Promise<RgbImage> =>
        decodeImage(await drawDetections(image, boxes, { scale, legend: false, format: "png" }));
      rows.push(besidePictures([await draw(truth), await draw(certainOf(found))]));
    }
  } catch (error) {
    if (!(error instanceof MobileNetError) || error.code !== "missing-dependency") throw error;
    note(`worst.png is not drawn: ${error.message}`);
    return;
  }
  await save("worst.png", await encodePicture(stackPictures(rows), { format: "png" }));
}
