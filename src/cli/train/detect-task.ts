/** `train --task detect`: pictures with boxes; judged by average precision at an overlap of one half. */

import { type DetectionFormatName, detectionFormatNames } from "../../data/annotated.ts";
import { detectionDataSet } from "../../data/detection-set-node.ts";
import { readDetections } from "../../data/detections-node.ts";
import type { Pictures } from "../../data/pictures.ts";
import type { TrueObject } from "../../data/samples.ts";
import { plotBars } from "../../evaluate/plot-bars.ts";
import { markdownTable } from "../../experiments/markdown.ts";
import { pickLimits } from "../../image/limits.ts";
import { blockNames } from "../../models/mobilenet-v2.ts";
import { shorten } from "../../plot/svg.ts";
import { recipes } from "../../train/recipes.ts";
import { quote } from "../../untrusted.ts";
import { formatCount, formatPercent } from "../format.ts";
import { formatJson } from "../json.ts";
import { UsageError } from "../usage-error.ts";
import { chooseStart } from "./choose-start.ts";
import { judgeDetector } from "./detect-judgement.ts";
import { limited } from "./load-data.ts";
import { cell } from "./model-card.ts";
import { chosenRecipe } from "./options.ts";
import type { BestEpoch, TrainTask } from "./train-task.ts";

/** Rows and columns where nobody says: those of the paper's detector. */
const usualResolution = [320, 320] as const;

/** The most classes in the card's table. */
const mostClasses = 100;

/** The row. */
export const detectTask: TrainTask<"detect"> = {
  async prepare(source) {
    const { call, seed, reading, loaded } = source;
    const { values: given } = call;
    const { signal, onWarning } = reading;
    checkFreeze(given.freeze);
    const boxes = await readDetections(call.data, {
      ...{ list: given.list, classes: given.classes, format: formatOf(given["data-format"]) },
      ...{ damaged: given.damaged, signal, onWarning, ...pickLimits(reading) },
    });
    const whole = detectionDataSet(boxes, { seed, signal, ...pickLimits(reading) });
    const set = await limited(whole, given.limit, seed);
    loaded();
    const size = (of: typeof whole): number =>
      of.training.count + of.validation.count + (of.test?.count ?? 0);
    const settings = { loss: given.loss ?? "softmax" };
    const { values, from, said, chosen } = await chooseStart(source, {
      ...{ task: "detect", set, settings },
      ...{ recipe: "detect", resolution: usualResolution, starts: detectorStarts },
    });
    return {
      ...{ set, values, from, said, chosen, notes: notesOn(set.classes, set.training) },
      unused: size(whole) - size(set),
      recipe: chosenRecipe(recipes[values.recipe], values),
      settings,
    };
  },
  evaluationFiles({ name, epoch, evaluation }) {
    const { ap50, classes } = evaluation;
    const bars = classes.map(({ label, ap50: value }) => ({ label, value }));
    const title = `Average precision of ${shorten(name, 32)}`;
    const note = `%, IoU 0.50, by class; mean ${(ap50 * 100).toFixed(1)}`;
    return new Map([
      ["evaluation.json", formatJson({ epoch, ...evaluation })],
      ["class-ap.svg", plotBars({ title, note, bars })],
    ]);
  },
  card(best) {
    const { model, evaluation } = best;
    return {
      kind: "An object detector",
      figures:
        evaluation === undefined
          ? []
          : [
              [
                "AP50",
                `${formatPercent(evaluation.ap50)} over ${formatCount(evaluation.samples)} pictures that epochs were compared by`,
              ],
              ["AP, 0.50 to 0.95", formatPercent(evaluation.ap)],
            ],
      classes: evaluation === undefined ? "" : classTable(best),
      ...{ verb: "detect", loader: "loadDetector", object: "detector" },
      limits: `It knows its ${model.architecture.classes} classes and nothing else, and finds things of the sizes that it was shown.`,
      files:
        "`evaluation.json` has the average precision of each class, drawn in `class-ap.svg`; `worst.png` shows the pictures that it is worst at, each with its boxes and with those that were found",
    };
  },
  finish: judgeDetector,
};

/** Published weights in the order of how good a start for detectors they are. */
const detectorStarts: readonly string[] = ["ssdlite-coco", "imagenet", "cifar10"];

/** Refuses to freeze what a detector's head looks into. */
function checkFreeze(freeze: string | undefined): void {
  const last = 12;
  const cuttable = ["none", "stem", ...blockNames.slice(0, last + 1)];
  if (freeze === undefined || cuttable.includes(freeze)) return;
  throw new UsageError("bad value for --freeze", {
    expected: `stem, ${blockNames[0]} … ${blockNames[last]}, or none: a detector's head looks into the next block`,
    received: quote(freeze),
  });
}

function formatOf(name: string | undefined): DetectionFormatName | undefined {
  const found = detectionFormatNames.find((one) => one === name);
  if (found !== undefined || name === undefined) return found;
  throw new UsageError("bad value for --data-format", {
    expected: `${detectionFormatNames.join(", ")} for boxes`,
    received: name,
  });
}

/** How many objects of each class there are. */
function countObjects(
  { count, label }: Pictures<readonly TrueObject[]>,
  classes: number,
): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < count; index++) {
    for (const { classIndex, crowd } of label(index)) if (crowd !== true) counts[classIndex]! += 1;
  }
  return counts;
}

/** What to say of classes that have a place in the network, and nothing to train on. */
export function notesOn(
  classes: readonly string[],
  training: Pictures<readonly TrueObject[]>,
): readonly string[] {
  const counts = countObjects(training, classes.length);
  const missing = classes.filter((_, index) => counts[index] === 0);
  if (missing.length === 0) return [];
  const named = missing.slice(0, 8).join(", ");
  const more = missing.length > 8 ? ` and ${missing.length - 8} more` : "";
  return [`there is nothing to learn of some classes from: ${named}${more}`];
}

function classTable({ model: { labels }, set, evaluation }: BestEpoch<"detect">): string {
  const counts = countObjects(set.training, labels.length);
  const judged = new Map(evaluation?.classes.map((one) => [one.index, one]));
  const rows = labels.slice(0, mostClasses).map((label, index) => {
    const { objects = 0, ap50, ap } = judged.get(index) ?? {};
    const share = (value: number | undefined): string =>
      value === undefined ? "–" : formatPercent(value);
    return [
      cell(shorten(label, 60)),
      formatCount(counts[index] ?? 0),
      formatCount(objects),
      share(ap50),
      share(ap),
    ];
  });
  const more =
    labels.length > mostClasses
      ? `\n${labels.length - mostClasses} more classes are in \`evaluation.json\`.\n`
      : "";
  const head = ["class", "objects trained on", "compared by", "AP50", "AP"];
  return `\n## By class\n\n${markdownTable(head, rows, head.length)}\n${more}`;
}
