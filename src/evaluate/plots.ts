/** The plots of a model's scores as SVG files, by task. */

import { shorten } from "../plot/svg.ts";
import type { ClassifierScores } from "./evaluate-classifier.ts";
import type { DetectorScores } from "./evaluate-detector.ts";
import type { MultiLabelScores } from "./evaluate-multi-label.ts";
import type { SegmenterScores } from "./evaluate-segmenter.ts";
import { plotBars } from "./plot-bars.ts";
import { plotConfusion } from "./plot-confusion.ts";
import { plotCurves } from "./plot-curves.ts";
import { plotReliability } from "./plot-reliability.ts";

/** SVG by file name. */
export type Plots = readonly (readonly [file: string, svg: string])[];

/** Confusion and reliability. */
export function plotClassifier(scores: ClassifierScores): Plots {
  return [
    ["confusion.svg", plotConfusion(scores)],
    ["reliability.svg", plotReliability(scores.model, scores.reliability)],
  ];
}

/** Average precision of every class that a picture has. */
export function plotMultiLabel({
  model,
  classes,
  meanAp = 0,
}: Pick<MultiLabelScores, "model" | "classes" | "meanAp">): Plots {
  const bars = classes.flatMap(({ label, ap }) => (ap === undefined ? [] : [{ label, value: ap }]));
  const title = `Average precision of ${shorten(model, 32)}`;
  const note = `%, by class; mean ${(meanAp * 100).toFixed(1)}`;
  return [["class-ap.svg", plotBars({ title, note, bars })]];
}

/** Intersection over union of every class. */
export function plotSegmenter({
  model,
  classes,
  meanIou,
}: Pick<SegmenterScores, "model" | "classes" | "meanIou">): Plots {
  const bars = classes.map(({ label, iou = 0 }) => ({ label, value: iou }));
  const title = `Intersection over union of ${shorten(model, 32)}`;
  const note = `% by class; mean ${(meanIou * 100).toFixed(1)}`;
  return [["class-iou.svg", plotBars({ title, note, bars })]];
}

/** Average precision of every class, and precision over recall. */
export function plotDetector({ model, classes, ap = 0, curves }: DetectorScores): Plots {
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
