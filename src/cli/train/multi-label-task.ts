/** `train --task multi-label`: pictures of several classes or none, by lists; judged by mean average precision. */

import { multiLabelDataSet } from "../../data/list-node.ts";
import type { Pictures } from "../../data/pictures.ts";
import { MobileNetError } from "../../errors.ts";
import { plotBars } from "../../evaluate/plot-bars.ts";
import { markdownTable } from "../../experiments/markdown.ts";
import { pickLimits } from "../../image/limits.ts";
import { shorten } from "../../plot/svg.ts";
import { inverseFrequencyWeights } from "../../train/objectives/class-weights.ts";
import { recipes } from "../../train/recipes.ts";
import { formatCount, formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { UsageError } from "../usage-error.ts";
import { chooseStart } from "./choose-start.ts";
import { readClassWeights, weightsInOrder } from "./class-weights.ts";
import { limited } from "./load-data.ts";
import { cell } from "./model-card.ts";
import { chosenRecipe } from "./options.ts";
import { judgedBy } from "./report/pictures.ts";
import type { BestEpoch, TrainTask } from "./train-task.ts";

/** Rows and columns where nobody says. */
const usualResolution = [160, 160] as const;

/** The most classes in the card's table. */
const mostClasses = 100;

/** The row. */
export const multiLabelTask: TrainTask<"multi-label"> = {
  async prepare(source) {
    const { call, seed, reading, loaded } = source;
    const { values: given } = call;
    const { signal, onWarning } = reading;
    const whole = await readList(call.data, { ...pickLimits(reading), seed, signal, onWarning });
    const set = await limited(whole, given.limit, seed);
    loaded();
    const { values, from, said, chosen } = await chooseStart(source, {
      ...{ task: "multi-label", set, settings: {} },
      ...{ recipe: "fine-tune", resolution: usualResolution },
    });
    const size = (of: typeof whole): number => of.training.count + of.validation.count;
    const told = values["class-weights"];
    const weights = told === undefined ? undefined : readClassWeights(told);
    const counts = countLabels(set.training, set.classes.length);
    return {
      ...{ set, values, from, said, chosen, notes: [] },
      unused: size(whole) - size(set),
      recipe: chosenRecipe(recipes[values.recipe], values),
      settings: {
        classWeights:
          weights === "balanced"
            ? inverseFrequencyWeights(counts)
            : weights && weightsInOrder(weights, set.classes),
      },
    };
  },
  evaluationFiles({ name, epoch, model: { labels }, evaluation }) {
    const { meanAp, classAp } = evaluation;
    const bars = classAp.flatMap((value, index) => {
      return value === null ? [] : [{ label: labels[index]!, value }];
    });
    const title = `Average precision of ${shorten(name, 32)}`;
    const note = `%, by class; mean ${(meanAp * 100).toFixed(1)}`;
    return new Map([
      ["evaluation.json", formatJson({ epoch, labels, ...evaluation })],
      ["class-ap.svg", plotBars({ title, note, bars })],
    ]);
  },
  card(best) {
    const { model, evaluation } = best;
    return {
      kind: "A picture classifier that scores each class by itself",
      figures:
        evaluation === undefined
          ? []
          : [
              [
                "mAP",
                `${formatPercent(evaluation.meanAp)} over ${formatCount(evaluation.samples)} test pictures`,
              ],
            ],
      classes: evaluation === undefined ? "" : classTable(best),
      ...{ verb: "classify", loader: "loadClassifier", object: "classifier" },
      limits: `It knows its ${model.architecture.classes} classes and nothing else. A picture may have several of them or none: scores do not sum to 1, and from which score on a class counts is for whoever uses it to say.`,
      files: "`evaluation.json` has the average precision of each class, drawn in `class-ap.svg`",
    };
  },
  async finish({ folder, set, labels, signal }) {
    const of = { folder, pictures: judgedBy(set), labels, signal };
    return { parts: async () => (await import("./report/multi-label.ts")).multiLabelParts(of) };
  },
};

async function readList(data: string, options: Parameters<typeof multiLabelDataSet>[1]) {
  if (!/\.(?:csv|tsv|txt|json)$/i.test(data)) {
    throw new UsageError("pictures of several classes come as a list", {
      node: data,
      expected: "a .csv, .txt or .json list with lines like path,cat;dog",
    });
  }
  try {
    return await multiLabelDataSet(data, options);
  } catch (error) {
    const missing = error instanceof MobileNetError && error.code === "not-found";
    throw missing ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** How many pictures have each class. */
function countLabels(
  { count, label }: Pictures<readonly number[]>,
  classes: number,
): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < count; index++) for (const one of label(index)) counts[one]! += 1;
  return counts;
}

function classTable({ model: { labels }, set, evaluation }: BestEpoch<"multi-label">): string {
  const counts = countLabels(set.training, labels.length);
  const rows = labels.slice(0, mostClasses).map((label, index) => {
    const ap = evaluation?.classAp[index] ?? null;
    return [
      cell(shorten(label, 60)),
      formatCount(counts[index] ?? 0),
      formatCount(evaluation?.positives[index] ?? 0),
      ap === null ? "–" : formatPercent(ap),
    ];
  });
  const more =
    labels.length > mostClasses
      ? `\n${labels.length - mostClasses} more classes are in \`evaluation.json\`.\n`
      : "";
  const head = ["class", "trained on", "tested on", "average precision"];
  return `\n## By class\n\n${markdownTable(head, rows, head.length)}\n${more}`;
}
