/** The plots of an evaluation as SVG files, for both models where two were compared. */
import type { ClassifierEvaluation, ClassifierScores } from "./evaluate-classifier.ts";
import type { DetectorEvaluation, DetectorScores } from "./evaluate-detector.ts";
import type { SegmenterEvaluation, SegmenterScores } from "./evaluate-segmenter.ts";
import { plotBars } from "./plot-bars.ts";
import { plotConfusion } from "./plot-confusion.ts";
import { plotCurves } from "./plot-curves.ts";
import { plotReliability } from "./plot-reliability.ts";
import { shorten } from "./svg.ts";

/** What any of the evaluators gives. */
export type Evaluation = ClassifierEvaluation | SegmenterEvaluation | DetectorEvaluation;

type Plots = readonly (readonly [file: string, svg: string])[];

/**
 * Draws an evaluation: confusion and reliability of a classifier, intersection over union of a
 * segmenter's classes, average precision of a detector's classes and its precision-recall curves.
 * Colours follow the reader's preference of light or dark.
 *
 * @returns SVG by file name; those of the second model end in `-compared.svg`
 *
 * @example
 * ```ts
 * const image = { width: 8, height: 8, data: new Uint8Array(192) };
 * const segmenter = await loadSegmenter("deeplabv3-voc");
 * const mask = await segmenter.segment(image);
 * const samples = [{ name: "black", read: () => image, readMask: () => mask }];
 * const plots = evaluationPlots(await evaluateSegmenter(segmenter, samples));
 * [...plots.keys()]; // ["class-iou.svg"]
 * segmenter.dispose();
 * ```
 */
export function evaluationPlots(evaluation: Evaluation): Map<string, string> {
  const [first, second] = drawBoth(evaluation);
  const compared = second.map(
    ([file, svg]) => [file.replace(".svg", "-compared.svg"), svg] as const,
  );
  return new Map([...first, ...compared]);
}

function drawBoth(evaluation: Evaluation): readonly [first: Plots, second: Plots] {
  switch (evaluation.task) {
    case "classify":
      return [drawClassifier(evaluation), drawIfAny(evaluation.comparison, drawClassifier)];
    case "segment":
      return [drawSegmenter(evaluation), drawIfAny(evaluation.comparison, drawSegmenter)];
    case "detect":
      return [drawDetector(evaluation), drawIfAny(evaluation.comparison, drawDetector)];
  }
}

function drawIfAny<Scores>(scores: Scores | undefined, draw: (scores: Scores) => Plots): Plots {
  return scores === undefined ? [] : draw(scores);
}

function drawClassifier(scores: ClassifierScores): Plots {
  return [
    ["confusion.svg", plotConfusion(scores)],
    ["reliability.svg", plotReliability(scores.model, scores.reliability)],
  ];
}

function drawSegmenter({ model, classes, meanIoU }: SegmenterScores): Plots {
  const bars = classes.map(({ label, iou = 0 }) => ({ label, value: iou }));
  const title = `Intersection over union of ${shorten(model, 32)}`;
  const note = `% by class; mean ${(meanIoU * 100).toFixed(1)}`;
  return [["class-iou.svg", plotBars({ title, note, bars })]];
}

function drawDetector({ model, classes, ap = 0, curves }: DetectorScores): Plots {
  const bars = classes
    .filter(({ objects }) => objects > 0)
    .map((one) => ({ label: one.label, value: one.ap ?? 0 }));
  const title = `Average precision of ${shorten(model, 32)}`;
  const note = `%, IoU 0.50:0.95, by class; mean ${(ap * 100).toFixed(1)}`;
  return [
    ["class-ap.svg", plotBars({ title, note, bars })],
    ["precision-recall.svg", plotCurves(model, curves)],
  ];
}
