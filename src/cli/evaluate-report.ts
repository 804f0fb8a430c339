/** An evaluation as text for people: the figures of one model or two side by side, then the classes. */
import type { ClassifierEvaluation } from "../evaluate/evaluate-classifier.ts";
import type { DetectorEvaluation } from "../evaluate/evaluate-detector.ts";
import type { MultiLabelEvaluation } from "../evaluate/evaluate-multi-label.ts";
import type { SegmenterEvaluation } from "../evaluate/evaluate-segmenter.ts";
import type { Evaluation, EvaluationOf, EvaluationTask, ScoresOf } from "../evaluate/evaluators.ts";
import type { Throughput } from "../evaluate/run-samples.ts";
import { printable } from "../untrusted.ts";
import { formatCount, formatPercent, plural } from "./format.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

type Style = Pick<Writer, "bold" | "dim">;
type Figure = number | undefined;

/** How many mistakes and classes are listed. */
const mostRows = 10;

/** How the evaluation of a task reads. */
interface ReportRow<T extends EvaluationTask> {
  /** Figures of one model, from 0 to 1. */
  readonly figures: readonly (readonly [name: string, read: (scores: ScoresOf<T>) => Figure])[];
  /** What agreement is counted in. */
  readonly agreed: string;
  /** What a person would look at next: the worst mistakes, or the classes. */
  details(evaluation: EvaluationOf<T>, style: Style): string;
}

/** A row for each task. */
const reports: { readonly [T in EvaluationTask]: ReportRow<T> } = {
  classify: {
    figures: [
      ["top-1", ({ top1 }) => top1],
      ["top-5", ({ top5 }) => top5],
      ["mean recall of classes", ({ meanRecall }) => meanRecall],
      ["calibration error (ECE)", (one) => one.reliability.expectedCalibrationError],
    ],
    agreed: "images",
    details: mistakes,
  },
  "multi-label": {
    figures: [
      ["mAP", ({ meanAp }) => meanAp],
      ["micro F1", ({ microF1 }) => microF1],
      ["macro F1", ({ macroF1 }) => macroF1],
      ["pictures all right", ({ exactMatch }) => exactMatch],
      ["best class right (top-1)", ({ top1 }) => top1],
    ],
    agreed: "yes and no to each class",
    details: foundClasses,
  },
  detect: {
    figures: [
      ["AP (IoU 0.50:0.95)", ({ ap }) => ap],
      ["AP at IoU 0.50", ({ ap50 }) => ap50],
      ["AP at IoU 0.75", ({ ap75 }) => ap75],
      ["AP of small objects", ({ apSmall }) => apSmall],
      ["AP of medium objects", ({ apMedium }) => apMedium],
      ["AP of large objects", ({ apLarge }) => apLarge],
      ["AR (100 detections)", ({ averageRecall }) => averageRecall],
    ],
    agreed: "certain detections",
    details: averagePrecisions,
  },
  segment: {
    figures: [
      ["mean IoU", ({ meanIou }) => meanIou],
      ["right pixels", ({ pixelAccuracy }) => pixelAccuracy],
    ],
    agreed: "pixels",
    details: classTable,
  },
};

/** The report, each line with its end. */
export function formatEvaluation(evaluation: Evaluation, style: Style): string {
  return formatTask(evaluation.task, evaluation, style);
}

function formatTask<T extends EvaluationTask>(
  task: T,
  evaluation: EvaluationOf<T>,
  style: Style,
): string {
  const { images, skipped, comparison, throughput } = evaluation;
  const { figures, agreed, details } = reports[task];
  const left = skipped.length === 0 ? "" : `, ${formatCount(skipped.length)} skipped`;
  const { millisecondsPerImage, imagesPerSecond } = throughput;
  const pace = `${imagesPerSecond.toPrecision(3)} images/s, ${millisecondsPerImage.toFixed(1)} ms an image with reading`;
  const models: readonly ScoresOf<T>[] =
    comparison === undefined ? [evaluation] : [evaluation, comparison];
  const rows = [
    ...figures.map(([name, read]) => [name, ...models.map((one) => percentOf(read(one)))]),
    ["model, ms an image", ...models.map((one) => modelTime(one.throughput))],
  ];
  const columns = [
    { heading: "" },
    ...models.map(({ model }) => ({ heading: printable(model), align: "right" as const })),
  ];
  const agreement =
    comparison?.agreement === undefined
      ? ""
      : `  agreement: ${formatPercent(comparison.agreement)} of ${agreed}\n`;
  return [
    `${style.bold(plural(images, "image"))}  ${style.dim(`${pace}${left}`)}\n`,
    formatTable(columns, rows, { indent: "  ", heading: style.dim }),
    agreement,
    details(evaluation, style),
  ].join("");
}

function modelTime({ modelMillisecondsPerImage }: Throughput): string {
  return modelMillisecondsPerImage.toFixed(1);
}

function percentOf(value: Figure): string {
  return value === undefined ? "–" : formatPercent(value);
}

function mistakes({ confusions, classes }: ClassifierEvaluation, style: Style): string {
  if (confusions.length === 0) return "";
  const names = new Map(classes.map(({ index, label }) => [index, printable(label)]));
  const rows = confusions
    .slice(0, mostRows)
    .map(({ actual, predicted, count }) => [
      names.get(actual) ?? `${actual}`,
      names.get(predicted) ?? `${predicted}`,
      formatCount(count),
    ]);
  const columns = [
    { heading: "class" },
    { heading: "taken for" },
    { heading: "images", align: "right" as const },
  ];
  return `\n${formatTable(columns, rows, { indent: "  ", heading: style.dim })}`;
}

function foundClasses(evaluation: MultiLabelEvaluation, style: Style): string {
  const { classes, threshold, withoutPictures: without } = evaluation;
  const rows = classes.map(({ label, ap, precision, recall, f1, actual }) => [
    printable(label),
    ...[ap, precision, recall, f1].map(percentOf),
    formatCount(actual),
  ]);
  const columns = figureColumns(["AP", "precision", "recall", "F1", "images"]);
  const table = formatTable(columns, rows, { indent: "  ", heading: style.dim });
  const named = without.slice(0, mostRows).map(printable).join(", ");
  const more =
    without.length > mostRows ? ` and ${formatCount(without.length - mostRows)} more` : "";
  const left = without.length === 0 ? "" : `\n  in no image, left out of mAP: ${named}${more}\n`;
  return `\n  ${style.dim(`a class is found where its score is at least ${threshold}`)}\n${table}${left}`;
}

function classTable({ classes }: SegmenterEvaluation, style: Style): string {
  const rows = classes.map(({ label, iou, precision, recall }) => [
    printable(label),
    ...[iou, precision, recall].map(percentOf),
  ]);
  return `\n${formatTable(figureColumns(["IoU", "precision", "recall"]), rows, { indent: "  ", heading: style.dim })}`;
}

function averagePrecisions({ classes }: DetectorEvaluation, style: Style): string {
  const rows = classes
    .filter(({ objects }) => objects > 0)
    .map(({ label, ap, ap50, objects }) => [
      printable(label),
      ...[ap, ap50].map(percentOf),
      formatCount(objects),
    ]);
  return `\n${formatTable(figureColumns(["AP", "AP 0.50", "objects"]), rows, { indent: "  ", heading: style.dim })}`;
}

function figureColumns(
  headings: readonly string[],
): readonly { readonly heading: string; readonly align?: "right" }[] {
  return [
    { heading: "class" },
    ...headings.map((heading) => ({ heading, align: "right" as const })),
  ];
}
