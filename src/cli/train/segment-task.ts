/** `train --task segment`: pictures with masks; judged by the mean over classes of intersection over union. */

import { type MaskFormatName, maskFormatNames } from "../../data/annotated.ts";
import { maskDataSet } from "../../data/mask-set-node.ts";
import { readMasks } from "../../data/masks-node.ts";
import type { Pictures } from "../../data/pictures.ts";
import type { ClassMask, MaskLabel } from "../../data/samples.ts";
import { type ClassScore, classScores, confusions } from "../../evaluate/confusion.ts";
import { plotConfusion } from "../../evaluate/plot-confusion.ts";
import { plotSegmenter } from "../../evaluate/plots.ts";
import { markdownTable } from "../../experiments/markdown.ts";
import type { ImageSize } from "../../image/image.ts";
import { pickLimits } from "../../image/limits.ts";
import { shorten } from "../../plot/svg.ts";
import { isDamaged } from "../../train/data/samples.ts";
import { medianFrequencyWeights } from "../../train/objectives/class-weights.ts";
import type { SegmenterTrainingEvaluation } from "../../train/objectives/segmentation.ts";
import { recipes } from "../../train/recipes.ts";
import { formatCount, formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { UsageError } from "../usage-error.ts";
import { chooseStart } from "./choose-start.ts";
import { readClassWeights, weightsInOrder } from "./class-weights.ts";
import { limited } from "./load-data.ts";
import { lookAtMasks } from "./look-at-masks.ts";
import { cell } from "./model-card.ts";
import { chosenRecipe } from "./options.ts";
import { judgeSegmenter } from "./segment-judgement.ts";
import type { TrainTask } from "./train-task.ts";

/** The longest edge of an input that nobody has named: DeepLab's own. */
const usualEdge = 513;

/** The row. */
export const segmentTask: TrainTask<"segment"> = {
  async prepare(source) {
    const { call, seed, reading, loaded } = source;
    const { values: given } = call;
    const { signal, onWarning } = reading;
    const masks = await readMasks(call.data, {
      ...{ classes: given.classes, voidValues: given.void, format: formatOf(given["data-format"]) },
      ...{ damaged: given.damaged, signal, onWarning, ...pickLimits(reading) },
    });
    const whole = maskDataSet(masks, { seed, signal, ...pickLimits(reading) });
    const set = await limited(whole, given.limit, seed);
    loaded();
    const size = (of: typeof whole): number =>
      of.training.count + of.validation.count + (of.test?.count ?? 0);
    const all = Object.values(masks.parts).flat();
    const stride = given["output-stride"];
    const head = {
      outputStride: stride === undefined ? undefined : (Number(stride) as 8 | 16 | 32),
      aspp: given.aspp ? true : undefined,
    };
    const { values, from, said, chosen } = await chooseStart(source, {
      ...{ task: "segment", set, settings: head },
      ...{ recipe: "segment", resolution: usualSize(all) },
    });
    const { classes, training } = set;
    const notes = await lookAtMasks({
      ...{ node: call.data, classes, training, signal },
      voidValues: masks.voidValues,
    });
    const told = values["class-weights"];
    const weights = told === undefined ? undefined : readClassWeights(told);
    return {
      ...{ set, values, from, said, chosen, notes },
      unused: size(whole) - size(set),
      recipe: chosenRecipe(recipes[values.recipe], values),
      settings: {
        ...head,
        classWeights:
          weights === "balanced"
            ? await medianFrequencyWeights(soundMasks(training), { classes: classes.length })
            : weights && weightsInOrder(weights, classes),
      },
    };
  },
  evaluationFiles({ name, epoch, model: { labels }, evaluation }) {
    const { matrix, scores } = scoresOf(evaluation, labels);
    const { meanIou } = evaluation;
    return new Map([
      ["evaluation.json", formatJson({ epoch, labels, ...evaluation })],
      [
        "confusion.svg",
        plotConfusion({ model: name, classes: scores, confusions: confusions(matrix) }),
      ],
      ...plotSegmenter({ model: name, meanIou, classes: scores }),
    ]);
  },
  card({ model, evaluation }) {
    return {
      kind: "A segmenter: it says of every pixel which class it belongs to",
      figures:
        evaluation === undefined
          ? []
          : [
              [
                "mean IoU",
                `${formatPercent(evaluation.meanIou)} over ${formatCount(evaluation.samples)} test pictures, at the network's resolution`,
              ],
              ["pixel accuracy", formatPercent(evaluation.pixelAccuracy)],
            ],
      classes:
        evaluation === undefined ? "" : classTable(scoresOf(evaluation, model.labels).scores),
      ...{ verb: "segment", loader: "loadSegmenter", object: "segmenter" },
      limits: `It knows its ${model.architecture.classes} classes and nothing else: every pixel gets one of them.`,
      files:
        "`evaluation.json` has the confusion of pixels, drawn in `confusion.svg` and `class-iou.svg`; `worst.png` shows the pictures that it is worst at, each beside its mask and what was found",
    };
  },
  finish: judgeSegmenter,
};

/** The size in the middle of all, smaller where its longer edge is beyond the usual. */
function usualSize(pictures: readonly ImageSize[]): readonly [rows: number, columns: number] {
  const middle = (edges: readonly number[]): number =>
    edges.toSorted((a, b) => a - b)[edges.length >>> 1] ?? usualEdge;
  const height = middle(pictures.map((picture) => picture.height));
  const width = middle(pictures.map((picture) => picture.width));
  const scale = Math.min(1, usualEdge / Math.max(height, width));
  const edge = (length: number): number => Math.max(8, Math.round(length * scale));
  return [edge(height), edge(width)];
}

function formatOf(name: string | undefined): MaskFormatName | undefined {
  const found = maskFormatNames.find((one) => one === name);
  if (found !== undefined || name === undefined) return found;
  throw new UsageError("bad value for --data-format", {
    expected: `${maskFormatNames.join(", ")} for masks`,
    received: name,
  });
}

/** The masks that can be read; training comes upon the others again and tells. */
async function* soundMasks({ count, label }: Pictures<MaskLabel>): AsyncGenerator<ClassMask> {
  for (let index = 0; index < count; index++) {
    try {
      yield await label(index).readMask();
    } catch (error) {
      if (!isDamaged(error)) throw error;
    }
  }
}

function scoresOf({ confusion }: SegmenterTrainingEvaluation, labels: readonly string[]) {
  const matrix = { classes: labels.length, counts: Float64Array.from(confusion.flat()) };
  return { matrix, scores: classScores(matrix, labels) };
}

function classTable(scores: readonly ClassScore[]): string {
  const share = (value: number | undefined): string =>
    value === undefined ? "–" : formatPercent(value);
  const rows = scores.map(({ label, actual, iou, recall, precision }) => [
    cell(shorten(label, 60)),
    formatCount(actual),
    ...[iou, recall, precision].map(share),
  ]);
  const head = ["class", "pixels tested on", "IoU", "recall", "precision"];
  return `\n## By class\n\n${markdownTable(head, rows, head.length)}\n`;
}
