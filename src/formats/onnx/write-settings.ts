/**
 * How an ONNX file is written. Operators changed between the format's operator sets; what a set cannot
 * say is refused with the least one that can.
 */

import type { DetectorEnd } from "../detector-end.ts";

/** The operator sets that are written. */
export const onnxOpsets = { least: 9, greatest: 21, usual: 13 } as const;

/** Where channels lie in maps that go in and come out. */
export const onnxLayouts = ["nchw", "nhwc"] as const;
export type OnnxLayout = (typeof onnxLayouts)[number];

/** What may be said of a file. */
export interface OnnxSettings {
  /** The version of ONNX's operators, 9 to 21. */
  readonly opset: number;
  readonly layout: OnnxLayout;
  /** Whether any number of images may go in at once: the first dimension is `N`. */
  readonly dynamicBatch: boolean;
  /** Whether weights are stored in half precision; what is computed stays single. */
  readonly half: boolean;
  /** What a detector's file ends in; absent for encodings and scores. */
  readonly detection?: DetectorEnd;
  /** Texts by name, which other engines pass over; absent for the architecture alone. */
  readonly metadata?: ReadonlyMap<string, string>;
}

export const usualOnnxSettings: OnnxSettings = {
  opset: onnxOpsets.usual,
  layout: "nchw",
  dynamicBatch: false,
  half: false,
};

/** The version of the file format that came with each operator set from 9 on. */
const formatVersions = [4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10] as const;

/** The version of the file format that an operator set is written in. */
export function formatVersionOf(opset: number): number {
  return formatVersions[opset - onnxOpsets.least] ?? formatVersions[0];
}
