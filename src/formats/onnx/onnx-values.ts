/** What the tensors of an ONNX file are while its graph grows. */
import type { FeatureShape, ParameterQuantization, Quantization } from "../../graph/ir.ts";
import type { Constant } from "../graph-import.ts";
import type { View } from "./view.ts";

/** A node, or what was made of one by moving its values. */
export interface Place {
  readonly node: string;
  readonly shape: FeatureShape;
  readonly quantization: Quantization | undefined;
}

/** A tensor that the graph computes. */
export interface OnnxValueRead extends Place {
  /**
   * Whether the tensor is the node's integers themselves; if not, it is the real numbers that they stand
   * for, which nothing has computed yet.
   */
  readonly integers: boolean;
  readonly view: View;
}

/** A constant of integers that stand for real numbers, with one scale or one for each of an axis. */
export interface QuantizedConstant extends Constant, ParameterQuantization {
  readonly axis: number;
}

/** A scale and a shift for each channel, or one for all. */
export interface ScaleAndShift {
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
  /** The kind of operator that it comes from. */
  readonly kind: string;
}

/** Whether two quantisations are the same. */
export function isSameQuantization(a: Quantization, b: Quantization): boolean {
  return a.dtype === b.dtype && a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** The real numbers that a constant stands for, one at a time. */
export function realAt({
  shape,
  data,
  scales,
  zeroPoints,
  axis,
}: QuantizedConstant): (index: number) => number {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const size = shape[axis] ?? 1;
  return (index) => {
    const k = scales.length === 1 ? 0 : Math.floor(index / inner) % size;
    return Math.fround((data[index]! - (zeroPoints[k] ?? 0)) * (scales[k] ?? 0));
  };
}
