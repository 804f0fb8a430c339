/**
 * A grid of objects among networks that give a map of classes: Edge Impulse's FOMO ends in a softmax over
 * every cell of a map at an eighth of its input, and enlarges nothing. Nothing in a file says so.
 */
import type { FeatureShape, Node } from "../graph/ir.ts";
import type { Assumption, GridSettings } from "../models/model.ts";

/** What one cell covers of the input, along each edge. */
const cellPixels = 8;

/** What such a head is; undefined where the map is a segmenter's. */
export function gridHead({
  scores: [, rows, columns],
  tail,
  size: [height, width],
}: {
  readonly scores: FeatureShape;
  /** The nodes behind the scores. */
  readonly tail: readonly Node[];
  readonly size: readonly [rows: number, columns: number];
}): { readonly detection: GridSettings; readonly assumptions: readonly Assumption[] } | undefined {
  const ends = tail.filter(({ op }) => op !== "quantize" && op !== "dequantize");
  const fits = rows === Math.ceil(height / cellPixels) && columns === Math.ceil(width / cellPixels);
  if (!fits || ends.length !== 1 || ends[0]?.op !== "softmax") return undefined;
  const assumed = `the map at an eighth of the input is a grid of objects (FOMO), class 0 the background, cells count from ${threshold} on`;
  return {
    detection: { kind: "grid", scoreThreshold: threshold, maxDetections: 100 },
    assumptions: [{ about: "head", assumed }],
  };
}

/** The runtime's own. */
const threshold = 0.5;
