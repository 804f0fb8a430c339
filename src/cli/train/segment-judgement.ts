/**
 * What a trained segmenter is like, by the model that it left: the pictures that it is worst at, beside
 * their masks and what it finds, and its scores on the part of the data that nobody has looked at.
 */
import type { Pictures } from "../../data/pictures.ts";
import type { ClassMask, MaskLabel, SegmentedSample } from "../../data/samples.ts";
import { voidClass } from "../../data/samples.ts";
import { evaluateSegmenter } from "../../evaluate/evaluate-segmenter.ts";
import { encodePicture } from "../../image/encode-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { vocColor } from "../../image/palette.ts";
import type { Segmenter } from "../../tasks/segmenter.ts";
import { isDamaged } from "../../train/data/samples.ts";
import { formatPercent } from "../format.ts";
import { formatJson, shortFloat } from "../json.ts";
import { sheetGap, stackPictures } from "./picture-sheet.ts";
import type { FinalJudgement, FinishedRun } from "./train-task.ts";

/** Pictures that are looked at for the worst, and how many of these are shown, at most how wide. */
const [looked, shown, widest] = [200, 6, 400];

/** Writes `worst.png`; with a part for the test also `test.json`, and tells of it. */
export async function judgeSegmenter(
  run: FinishedRun<"segment">,
): Promise<FinalJudgement | undefined> {
  const { folder, set, signal, note, save } = run;
  const { loadSegmenter } = await import("../../tasks/node.ts");
  const segmenter = await loadSegmenter(folder, { signal });
  try {
    const rows = await worstOf(segmenter, set.validation, signal);
    if (rows.length > 0) {
      await save(
        "worst.png",
        await encodePicture(stackPictures(rows.map(sideBySide)), { format: "png" }),
      );
    }
    if (set.test === undefined) return undefined;
    const evaluation = await evaluateSegmenter(segmenter, samplesOf(set.test), { signal });
    for (const { name, error } of evaluation.skipped) note(`${name} left out: ${error}`);
    const { meanIou, pixelAccuracy, images, classes } = evaluation;
    await save("test.json", formatJson({ images, meanIou, pixelAccuracy, classes }));
    const words = `mIoU ${formatPercent(meanIou)}, ${formatPercent(pixelAccuracy)} of the pixels right`;
    return {
      said: `test part, ${images} pictures: ${words}`,
      json: {
        test: { images, meanIou: shortFloat(meanIou), pixelAccuracy: shortFloat(pixelAccuracy) },
      },
      figure: ["test part", `${words}, in ${images} pictures that nothing was chosen by`],
    };
  } finally {
    segmenter.dispose();
  }
}

function samplesOf(pictures: Pictures<MaskLabel>): readonly SegmentedSample<RgbImage>[] {
  return Array.from({ length: pictures.count }, (_, index) => ({
    name: pictures.name(index),
    read: () => pictures.picture(index),
    readMask: () => pictures.label(index).readMask(),
  }));
}

/** A picture with what is in it and what was found. */
interface Judged {
  readonly image: RgbImage;
  readonly mask: ClassMask;
  readonly found: Uint8Array;
  /** The share of judged pixels that are right. */
  readonly right: number;
}

/** The pictures that most of the judged pixels are wrong in, the worst first. */
async function worstOf(
  segmenter: Segmenter<RgbImage>,
  pictures: Pictures<MaskLabel>,
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  let worst: Judged[] = [];
  for (const sample of samplesOf(pictures).slice(0, looked)) {
    try {
      const [image, mask] = [await sample.read(), await sample.readMask()];
      const { classMap } = await segmenter.segment(image, { signal });
      worst.push({ image, mask, found: classMap, right: shareRight(mask, classMap) });
    } catch (error) {
      if (!isDamaged(error)) throw error;
    }
    worst = worst.sort((a, b) => a.right - b.right).slice(0, shown);
  }
  return worst;
}

function shareRight({ classMap }: ClassMask, found: Uint8Array): number {
  let [right, judged] = [0, 0];
  for (let i = 0; i < classMap.length; i++) {
    if (classMap[i] === voidClass) continue;
    judged++;
    if (classMap[i] === found[i]) right++;
  }
  return judged === 0 ? 1 : right / judged;
}

/** The picture, its mask and what was found, beside each other; black where nothing is judged. */
function sideBySide({ image, mask, found }: Judged): RgbImage {
  const { width, height } = mask;
  const step = Math.max(1, Math.ceil(width / widest));
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const total = 3 * columns + 2 * sheetGap;
  const data = new Uint8Array(total * rows * 3).fill(255);
  const colors = Array.from({ length: 256 }, (_, index) => vocColor(index));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * step * width + x * step;
      const pixel = image.data.subarray(at * 3, at * 3 + 3);
      const truth = mask.classMap[at]!;
      const black = [0, 0, 0] as const;
      const parts = [pixel, truth === voidClass ? black : colors[truth]!, colors[found[at]!]!];
      for (const [part, color] of parts.entries()) {
        data.set(color, (y * total + part * (columns + sheetGap) + x) * 3);
      }
    }
  }
  return { width: total, height: rows, data };
}
