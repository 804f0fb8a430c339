/** `train --task classify`: pictures by class folders, lists or name; judged by the share of right ones. */

import { classScores, confusions } from "../../evaluate/confusion.ts";
import { plotConfusion } from "../../evaluate/plot-confusion.ts";
import { markdownTable } from "../../experiments/markdown.ts";
import { shorten } from "../../plot/svg.ts";
import { inverseFrequencyWeights } from "../../train/objectives/class-weights.ts";
import type { ClassifierTrainingEvaluation } from "../../train/objectives/classification.ts";
import { recipes } from "../../train/recipes.ts";
import { formatCount, formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { chooseSettings } from "./choose-settings.ts";
import { readClassWeights, weightsInOrder } from "./class-weights.ts";
import { countPictures, type PictureCounts, untestedWords } from "./counts.ts";
import { isPublishedData, limited, loadData } from "./load-data.ts";
import { cell } from "./model-card.ts";
import { chosenRecipe } from "./options.ts";
import { judgedBy } from "./report/pictures.ts";
import type { BestEpoch, TrainTask } from "./train-task.ts";

/** The most classes in the card's table. */
const mostClasses = 100;

/** The row. */
export const classifyTask: TrainTask<"classify"> = {
  async prepare({ call, seed, reading, loaded, load }) {
    const { data, values: given } = call;
    const whole = await loadData(data, seed, reading);
    const set = await limited(whole, given.limit, seed);
    loaded();
    const published = isPublishedData(data) ? data : undefined;
    const { signal } = reading;
    const choice = await chooseSettings({ ...call, set, published, signal, load });
    const { values, from, said, chosen } = choice;
    const counts = countPictures(set);
    const untested = untestedWords(set.classes, counts);
    const told = values["class-weights"];
    const classWeights = told === undefined ? undefined : weightsOf(told, set.classes, counts);
    const size = (of: typeof whole): number => of.training.count + of.validation.count;
    return {
      ...{ set, values, from, said, chosen, settings: { classWeights } },
      unused: size(whole) - size(set),
      recipe: chosenRecipe(recipes[values.recipe], values),
      notes: [
        ...(untested === undefined ? [] : [untested]),
        ...(classWeights === undefined ? [] : [weightWords(set.classes, classWeights)]),
      ],
    };
  },
  evaluationFiles({ name, epoch, model: { labels }, evaluation }) {
    const matrix = matrixOf(evaluation, labels.length);
    const svg = plotConfusion({
      model: name,
      classes: classScores(matrix, labels),
      confusions: confusions(matrix),
    });
    return new Map([
      ["evaluation.json", formatJson({ epoch, labels, ...evaluation })],
      ["confusion.svg", svg],
    ]);
  },
  card(best) {
    const { model, evaluation } = best;
    return {
      kind: "A picture classifier",
      figures:
        evaluation === undefined
          ? []
          : [
              [
                "accuracy",
                `${formatPercent(evaluation.accuracy)} of ${formatCount(evaluation.samples)} test pictures`,
              ],
            ],
      classes: evaluation === undefined ? "" : classTable(best, evaluation),
      ...{ verb: "classify", loader: "loadClassifier", object: "classifier" },
      limits: `It knows its ${model.architecture.classes} classes and nothing else: any other picture gets one of them too.`,
      files: "`evaluation.json` has the confusion matrix, drawn in `confusion.svg`",
    };
  },
  async finish({ folder, set, labels, signal }) {
    const of = { folder, pictures: judgedBy(set), labels, signal };
    return { parts: async () => (await import("./report/classifier.ts")).classifierParts(of) };
  },
};

/** The weights that were asked for, those of rare classes by the pictures to train on. */
function weightsOf(
  told: string,
  classes: readonly string[],
  { training }: PictureCounts,
): readonly number[] {
  const said = readClassWeights(told);
  return said === "balanced" ? inverseFrequencyWeights(training) : weightsInOrder(said, classes);
}

/** How many classes a note names. */
const mostNamed = 8;

function weightWords(classes: readonly string[], weights: readonly number[]): string {
  const named = classes
    .slice(0, mostNamed)
    .map((name, index) => `${name} ${Number(weights[index]!.toPrecision(3))}`);
  const more = classes.length > mostNamed ? ` and ${classes.length - mostNamed} more` : "";
  return `classes count by weights: ${named.join(", ")}${more}`;
}

function matrixOf({ confusion }: ClassifierTrainingEvaluation, classes: number) {
  return { classes, counts: Float64Array.from(confusion.flat()) };
}

function classTable(
  { model: { labels }, set }: BestEpoch<"classify">,
  evaluation: ClassifierTrainingEvaluation,
): string {
  const counts = countPictures(set);
  const judged = classScores(matrixOf(evaluation, labels.length), labels);
  const scores = new Map(judged.map((score) => [score.index, score]));
  const share = (value: number | undefined): string =>
    value === undefined ? "–" : formatPercent(value);
  // Also classes that nobody tested.
  const rows = labels.slice(0, mostClasses).map((label, index): readonly string[] => {
    const { actual = 0, recall, precision } = scores.get(index) ?? {};
    return [
      cell(shorten(label, 60)),
      formatCount(counts.training[index] ?? 0),
      formatCount(actual),
      share(recall),
      share(precision),
    ];
  });
  const more =
    labels.length > mostClasses
      ? `\n${labels.length - mostClasses} more classes are in \`evaluation.json\`.\n`
      : "";
  const head = ["class", "trained on", "tested on", "recall", "precision"];
  return `\n## By class\n\n${markdownTable(head, rows, head.length)}\n${more}`;
}
