/** An evaluation as text for people: the figures of one model or two side by side, then the classes. */
import type { ClassifierEvaluation, ClassifierScores } from "../evaluate/evaluate-classifier.ts";
import type { DetectorEvaluation, DetectorScores } from "../evaluate/evaluate-detector.ts";
import type { SegmenterEvaluation, SegmenterScores } from "../evaluate/evaluate-segmenter.ts";
import type { Evaluation } from "../evaluate/plots.ts";
import type { Throughput } from "../evaluate/run-samples.ts";
import { printable } from "../untrusted.ts";
import { formatCount, formatPercent, plural } from "./format.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

type Style = Pick<Writer, "bold" | "dim">;
type Figure = number | undefined;

/** How many mistakes and classes are listed. */
const mostRows = 10;

/** The report, each line with its end. */
export function formatEvaluation(evaluation: Evaluation, style: Style): string {
  const { images, skipped, comparison, throughput } = evaluation;
  const left = skipped.length === 0 ? "" : `, ${formatCount(skipped.length)} skipped`;
  const { millisecondsPerImage, imagesPerSecond } = throughput;
  const pace = `${imagesPerSecond.toPrecision(3)} images/s, ${millisecondsPerImage.toFixed(1)} ms an image with reading`;
  const models = [evaluation, ...(comparison === undefined ? [] : [comparison])];
  const rows = [
    ...figuresOf(evaluation),
    ["model, ms an image", ...models.map((one) => modelTime(one.throughput))] as const,
  ];
  const columns = [
    { heading: "" },
    ...models.map(({ model }) => ({ heading: printable(model), align: "right" as const })),
  ];
  const agreement =
    comparison?.agreement === undefined
      ? ""
      : `  agreement: ${formatPercent(comparison.agreement)} of ${agreed[evaluation.task]}\n`;
  return [
    `${style.bold(plural(images, "image"))}  ${style.dim(`${pace}${left}`)}\n`,
    formatTable(columns, rows, { indent: "  ", heading: style.dim }),
    agreement,
    details(evaluation, style),
  ].join("");
}

/** What agreement is counted in. */
const agreed: Readonly<Record<Evaluation["task"], string>> = {
  classify: "images",
  segment: "pixels",
  detect: "certain detections",
};

function modelTime({ modelMillisecondsPerImage }: Throughput): string {
  return modelMillisecondsPerImage.toFixed(1);
}

type Row = readonly [name: string, ...cells: string[]];

function figuresOf(evaluation: Evaluation): readonly Row[] {
  switch (evaluation.task) {
    case "classify":
      return sideBySide<ClassifierScores>(evaluation, evaluation.comparison, [
        ["top-1", ({ top1 }) => top1],
        ["top-5", ({ top5 }) => top5],
        ["mean recall of classes", ({ meanRecall }) => meanRecall],
        ["calibration error (ECE)", (one) => one.reliability.expectedCalibrationError],
      ]);
    case "segment":
      return sideBySide<SegmenterScores>(evaluation, evaluation.comparison, [
        ["mean IoU", ({ meanIoU }) => meanIoU],
        ["right pixels", ({ pixelAccuracy }) => pixelAccuracy],
      ]);
    case "detect":
      return sideBySide<DetectorScores>(evaluation, evaluation.comparison, [
        ["AP (IoU 0.50:0.95)", ({ ap }) => ap],
        ["AP at IoU 0.50", ({ ap50 }) => ap50],
        ["AP at IoU 0.75", ({ ap75 }) => ap75],
        ["AP of small objects", ({ apSmall }) => apSmall],
        ["AP of medium objects", ({ apMedium }) => apMedium],
        ["AP of large objects", ({ apLarge }) => apLarge],
        ["AR (100 detections)", ({ averageRecall }) => averageRecall],
      ]);
  }
}

/** A figure's row: its name, its value of the first model and, where there is one, of the second. */
function sideBySide<Scores>(
  first: Scores,
  second: Scores | undefined,
  figures: readonly (readonly [name: string, read: (scores: Scores) => Figure])[],
): readonly Row[] {
  const models = second === undefined ? [first] : [first, second];
  return figures.map(([name, read]) => [name, ...models.map((one) => percentOf(read(one)))]);
}

function percentOf(value: Figure): string {
  return value === undefined ? "–" : formatPercent(value);
}

/** What a person would look at next: the worst mistakes, or the classes. */
function details(evaluation: Evaluation, style: Style): string {
  switch (evaluation.task) {
    case "classify":
      return mistakes(evaluation, style);
    case "segment":
      return classTable(evaluation, style);
    case "detect":
      return averagePrecisions(evaluation, style);
  }
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
