/**
 * How good a detector is while it is trained: average precision by the arithmetic of `evaluate`, over boxes
 * in pixels of the network's input, whose overlaps are those in the picture.
 */
import { averagePrecision, type DetectionImage } from "../../evaluate/average-precision.ts";
import { type BoxDecoder, decodeBoxes } from "../../tasks/boxes.ts";
import { suppress } from "../../tasks/suppression.ts";
import type { Values } from "../values.ts";
import type { DetectorOutputs } from "./detection-loss.ts";
import type { NetworkEvaluation } from "./objective.ts";

/** The figures of one class. */
export interface DetectedClass {
  readonly index: number;
  readonly label: string;
  /** Objects that count. */
  readonly objects: number;
  readonly detections: number;
  /** At an overlap of one half. */
  readonly ap50: number;
  /** The mean over overlaps from .50 to .95. */
  readonly ap: number;
}

/** What evaluating a detector under training finds. */
export interface DetectorTrainingEvaluation extends NetworkEvaluation {
  /** Average precision at an overlap of one half, the mean over classes; the headline. 0 without objects. */
  readonly ap50: number;
  /** The mean over overlaps from .50 to .95, too. */
  readonly ap: number;
  /** Those that have objects. */
  readonly classes: readonly DetectedClass[];
}

/** How boxes are found. */
export interface FindingSettings {
  readonly decoder: BoxDecoder;
  /** Of the network's input. */
  readonly rows: number;
  readonly columns: number;
  readonly scores: "sigmoid" | "softmax";
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
  readonly maxDetections: number;
}

/** The boxes that a network found in a picture of a batch, in pixels of its input. */
export function foundBoxes(
  { encodings, logits }: DetectorOutputs,
  picture: number,
  { decoder, rows, columns: width, scores, ...settings }: FindingSettings,
): DetectionImage["detections"] {
  const anchors = decoder.anchors.length / 4;
  const columns = logits.length / (encodings.length / 4);
  const of = (values: Values, each: number): Float32Array => {
    const size = anchors * each;
    return Float32Array.from(values.subarray(picture * size, (picture + 1) * size));
  };
  const boxes = decodeBoxes(of(encodings, 4), decoder);
  const own = of(logits, columns);
  if (scores === "softmax") softmaxRows(own, columns);
  else for (let i = 0; i < own.length; i++) own[i] = 1 / (1 + Math.exp(-own[i]!));
  const kept = suppress({ boxes, scores: own, columns, firstClass: 1 }, settings);
  return kept.map(({ classIndex, score, box: [top, left, bottom, right] }) => {
    const place = { x: left * width, y: top * rows };
    const size = { width: (right - left) * width, height: (bottom - top) * rows };
    return { classIndex, score, box: { ...place, ...size } };
  });
}

/** The figures of all pictures. */
export function detectorEvaluation(
  images: readonly DetectionImage[],
  { loss, labels }: { readonly loss: number; readonly labels: readonly string[] },
): DetectorTrainingEvaluation {
  const { ap = 0, ap50 = 0, classes } = averagePrecision(images, { labels });
  return {
    ...{ loss, samples: images.length, headline: ap50, ap50, ap },
    classes: classes.map(({ index, label, objects, detections, ap50: half = 0, ap: own = 0 }) => {
      return { index, label, objects, detections, ap50: half, ap: own };
    }),
  };
}

function softmaxRows(values: Float32Array, columns: number): void {
  for (let at = 0; at < values.length; at += columns) {
    const row = values.subarray(at, at + columns);
    let largest = Number.NEGATIVE_INFINITY;
    for (const value of row) largest = Math.max(largest, value);
    let sum = 0;
    for (let m = 0; m < columns; m++) sum += row[m] = Math.exp(row[m]! - largest);
    for (let m = 0; m < columns; m++) row[m]! /= sum;
  }
}
