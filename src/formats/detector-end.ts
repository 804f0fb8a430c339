/** What a file of a detector of anchors ends in, where that is more than encodings and scores. */
import type { DetectionSettings } from "../models/model.ts";

/** How far a file takes a detector's answer: its boxes, or its objects. */
export interface DetectorEnd {
  readonly boxes: "decoded" | "suppressed";
  readonly settings: DetectionSettings;
  /** `[anchors, 4]`: centre y, centre x, height, width, in fractions of the input. */
  readonly anchors: Float32Array;
  /** Without the background. */
  readonly classes: number;
}

/** The largest single-precision number that is at most the given one, which is at least 0. */
export function singleAtMost(value: number): number {
  const near = Math.fround(value);
  return near <= value ? near : beside(near, -1);
}

/** The largest single-precision number below the given one, which is above 0. */
export function singleBelow(value: number): number {
  const near = Math.fround(value);
  return near < value ? near : beside(near, -1);
}

/** The smallest single-precision number above the given one, which is at least 0. */
export function singleAbove(value: number): number {
  const near = Math.fround(value);
  return near > value ? near : beside(near, 1);
}

/** The next single-precision number of one that is at least 0, and above 0 where it goes down. */
function beside(single: number, step: 1 | -1): number {
  const bits = new Uint32Array(Float32Array.of(single).buffer);
  bits[0]! += step;
  return new Float32Array(bits.buffer)[0]!;
}
