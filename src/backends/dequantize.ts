/** From 8-bit values to the real ones, apart from the other direction: pages with float networks need it alone. */
import type { Quantization } from "../graph/ir.ts";

/** The real value that an 8-bit one stands for. */
export function dequantizeValue(value: number, from: Quantization): number {
  return Math.fround((value - from.zeroPoint) * from.scale);
}

/** Writes the real values that 8-bit ones stand for. */
export function dequantizeValues(
  values: ArrayLike<number>,
  from: Quantization,
  output: Float32Array,
): void {
  for (let i = 0; i < output.length; i++) output[i] = dequantizeValue(values[i]!, from);
}
