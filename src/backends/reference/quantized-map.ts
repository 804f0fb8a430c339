/**
 * 8-bit feature maps, and functions of one 8-bit value as tables: there are only 256 arguments, so
 * each is computed once, as exactly as its rule demands, and looked up from then on.
 */
import type { FeatureShape, Quantization } from "../../graph/ir.ts";
import { dequantizeValue } from "../dequantize.ts";
import {
  clamp,
  quantizeValue,
  roundHalfAway,
  roundHalfToEven,
  typeRange,
} from "./quantized-arithmetic.ts";

/** A dense 8-bit feature map. */
export interface QuantizedMap {
  readonly shape: FeatureShape;
  readonly data: Uint8Array | Int8Array;
  readonly quantization: Quantization;
}

/** A function of an 8-bit value. */
export type QuantizedTable = (value: number) => number;

/** The same scale, zero point and type: values may be copied. */
export function sameQuantization(a: Quantization, b: Quantization): boolean {
  return a.dtype === b.dtype && a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** A table over every value of a type. */
function tableOf(from: Quantization, of: (value: number) => number): QuantizedTable {
  const { least, greatest } = typeRange(from.dtype);
  const values = Int32Array.from({ length: greatest - least + 1 }, (_, i) => of(least + i));
  return (value) => values[value - least]!;
}

/** A function of real values, in the 8 bits of its input and output. */
export function realFunctionTable(
  from: Quantization,
  to: Quantization,
  of: (value: number) => number,
): QuantizedTable {
  return tableOf(from, (value) => quantizeValue(of(dequantizeValue(value, from)), to));
}

/**
 * From one scale to another by a multiplier with eight fractional bits, rounded once and shifted
 * with ties up: `((x − z) · round(256 · s / s') + 128) >> 8`.
 */
export function requantizeTable(from: Quantization, to: Quantization): QuantizedTable {
  if (sameQuantization(from, to)) return (value) => value;
  const multiplier = roundHalfToEven(256 * Math.fround(from.scale / to.scale));
  return tableOf(from, (value) => {
    const scaled = Math.floor(((value - from.zeroPoint) * multiplier + 128) / 256);
    return clamp(scaled + to.zeroPoint, typeRange(to.dtype));
  });
}

/** From one scale to another in float32, ties away from 0: what joining feature maps does. */
export function rescaleTable(from: Quantization, to: Quantization): QuantizedTable {
  if (sameQuantization(from, to)) return (value) => value;
  const scale = Math.fround(from.scale * Math.fround(1 / to.scale));
  const bias = Math.fround(-from.zeroPoint * scale);
  return tableOf(from, (value) => {
    const scaled = Math.fround(Math.fround(value * scale) + bias);
    return clamp(roundHalfAway(scaled) + to.zeroPoint, typeRange(to.dtype));
  });
}

/** A table applied to every value. */
export function mapQuantized(
  input: QuantizedMap,
  output: QuantizedMap,
  table: QuantizedTable,
): void {
  for (let i = 0; i < output.data.length; i++) output.data[i] = table(input.data[i]!);
}
