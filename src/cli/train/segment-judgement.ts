/**
 * What a trained segmenter is like, by the model that it left: the pictures that it is worst at, beside
 * their masks and what it finds, and its scores on the part of the data that nobody has looked at.
 */

import type { Pictures } from "../../data/pictures.ts";
import type { ClassMask, MaskLabel } from "../../data/samples.ts";
import { voidClass } from "../../data/samples.ts";
import { evaluateSegmenter } from "../../evaluate/evaluate-segmenter.ts";
import { encodePicture } from "../../image/encode-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { vocColor } from "../../image/palette.ts";
import { shortFloat } from "../../json/items.ts";
import type { Segmenter } from "../../tasks/segmenter.ts";
import { formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { sheetGap, stackPictures } from "./picture-sheet.ts";
import { judgedBy, type Looked, lookAt, worstFirst } from "./report/pictures.ts";
import { type ShownSegmentation, segmenterParts } from "./report/segmenter.ts";
import type { FinalJudgement, FinishedJudgement, FinishedRun } from "./train-task.ts";

/** Pictures that are looked at where none are kept apart, and how many are in `worst.png`, at most how wide. */
const [most, shown, widest] = [200, 6, 400];

/** Writes `worst.png`; with a part for the test also `test.json`, and tells of it. */
export async function judgeSegmenter(run: FinishedRun<"segment">): Promise<FinishedJudgement> {
  const { folder, set, labels, signal, save } = run;
  const [pictures, { loadSegmenter }] = [judgedBy(set), await import("../../tasks/node.ts")];
  /** Pictures with their masks, segmented. */
  async function* segmented(indices: readonly number[]): AsyncGenerator<ShownSegmentation> {
    const segmenter = await loadSegmenter(folder, { signal });
    try {
      for (const index of indices) {
        const image = await pictures.picture(index);
        const mask = await pictures.label(index).readMask();
        yield { image, mask, found: await segmenter.segment(image, { signal }) };
      }
    } finally {
      segmenter.dispose();
    }
  }
  const segmenter = await loadSegmenter(folder, { signal });
  let outcome: Awaited<ReturnType<typeof test>>;
  try {
    outcome =
      set.test === undefined
        ? { final: undefined, looked: await lookAtSome(segmenter, set.validation, signal) }
        : await test(segmenter, set.test, run);
  } finally {
    segmenter.dispose();
  }
  const { final, looked } = outcome;
  const rows: RgbImage[] = [];
  const worst = looked.slice(0, shown).map(({ index }) => index);
  for await (const one of segmented(worst)) rows.push(sideBySide(one));
  if (rows.length > 0) {
    await save("worst.png", await encodePicture(stackPictures(rows), { format: "png" }));
  }
  return { final, parts: () => segmenterParts({ pictures, labels, looked, segmented }) };
}

/** Scores on all pictures of the part for the test, and how wrong each is. */
async function test(
  segmenter: Segmenter<RgbImage>,
  pictures: Pictures<MaskLabel>,
  { signal, note, save }: FinishedRun<"segment">,
): Promise<{
  readonly final: FinalJudgement | undefined;
  readonly looked: readonly Looked<undefined>[];
}> {
  const looked: Looked<undefined>[] = [];
  const samples = Array.from({ length: pictures.count }, (_, index) => ({
    name: pictures.name(index),
    read: () => pictures.picture(index),
    readMask: () => pictures.label(index).readMask(),
  }));
  const indices = new Map<unknown, number>(samples.map((sample, index) => [sample, index]));
  const evaluation = await evaluateSegmenter(segmenter, samples, {
    signal,
    onResult: (sample, mask, found) =>
      looked.push({ index: indices.get(sample)!, ...judged(mask, found) }),
  });
  for (const { name, error } of evaluation.skipped) note(`${name} left out: ${error}`);
  const { meanIou, pixelAccuracy, images, classes } = evaluation;
  await save("test.json", formatJson({ images, meanIou, pixelAccuracy, classes }));
  const words = `mIoU ${formatPercent(meanIou)}, ${formatPercent(pixelAccuracy)} of the pixels right`;
  const final: FinalJudgement = {
    said: `test part, ${images} pictures: ${words}`,
    json: {
      test: { images, meanIou: shortFloat(meanIou), pixelAccuracy: shortFloat(pixelAccuracy) },
    },
    figure: ["test part", `${words}, in ${images} pictures that nothing was chosen by`],
  };
  return { final, looked: worstFirst(looked) };
}

async function lookAtSome(
  segmenter: Segmenter<RgbImage>,
  pictures: Pictures<MaskLabel>,
  signal: AbortSignal,
): Promise<readonly Looked<undefined>[]> {
  return await lookAt(pictures, { most, signal }, async (image, label) =>
    judged(await label.readMask(), await segmenter.segment(image, { signal })),
  );
}

/** The share of judged pixels that is wrong. */
function judged({ classMap }: ClassMask, found: ClassMask) {
  let [wrong, all] = [0, 0];
  for (let i = 0; i < classMap.length; i++) {
    if (classMap[i] === voidClass) continue;
    all++;
    if (classMap[i] !== found.classMap[i]) wrong++;
  }
  return { badness: all === 0 ? 0 : wrong / all, found: undefined };
}

/** The picture, its mask and what was found, beside each other; black where nothing is judged. */
function sideBySide({ image, mask, found }: ShownSegmentation): RgbImage {
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
      const parts = [
        pixel,
        truth === voidClass ? black : colors[truth]!,
        colors[found.classMap[at]!]!,
      ];
      for (const [part, color] of parts.entries()) {
        data.set(color, (y * total + part * (columns + sheetGap) + x) * 3);
      }
    }
  }
  return { width: total, height: rows, data };
}
