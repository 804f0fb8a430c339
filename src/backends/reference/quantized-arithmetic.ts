/**
 * The arithmetic of 8-bit networks, apart from any operation: how a sum of integers becomes 8 bits
 * again. Two rules are in use. `float` multiplies by a float32 scale and rounds to the nearest even
 * integer, as XNNPACK does; `fixed-point-31` multiplies by a 31-bit fraction, as TensorFlow Lite's
 * own kernels do. docs/numerics.md derives both.
 */
import type { Activation, Quantization } from "../../graph/ir.ts";

/** How a 32-bit sum is scaled down to 8 bits. */
export type Requantization = "float" | "fixed-point-31";

/** The least and the greatest 8-bit value that a result may take. */
export interface QuantizedRange {
  readonly least: number;
  readonly greatest: number;
}

/** Turns a 32-bit sum into an 8-bit value. */
export type Requantizer = (sum: number) => number;

const { fround } = Math;

/** 1.5 · 2⁵²: adding it to a double leaves no bits for a fraction. */
const integerBias = 1.5 * 2 ** 52;

/** The nearest integer, the even one where two are equally near; for magnitudes below 2⁵¹. */
export function roundHalfToEven(value: number): number {
  return value + integerBias - integerBias;
}

/** The nearest integer, the one further from 0 where two are equally near. */
export function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** What the type can hold. */
export function typeRange(dtype: Quantization["dtype"]): QuantizedRange {
  return dtype === "uint8" ? { least: 0, greatest: 255 } : { least: -128, greatest: 127 };
}

/** The type's range, cut to what an activation lets through. */
export function activationRange(activation: Activation, to: Quantization): QuantizedRange {
  const { least, greatest } = typeRange(to.dtype);
  if (activation === "none") return { least, greatest };
  const six = roundHalfToEven(fround(6 / to.scale)) + to.zeroPoint;
  return {
    least: Math.max(least, to.zeroPoint),
    greatest: activation === "relu6" ? Math.min(greatest, six) : greatest,
  };
}

/** A value held within a range. */
export function clamp(value: number, { least, greatest }: QuantizedRange): number {
  return Math.min(Math.max(value, least), greatest);
}

/** The 8-bit value nearest to a real one. */
export function quantizeValue(value: number, to: Quantization): number {
  const steps = fround(fround(value) * fround(1 / to.scale));
  return clamp(roundHalfToEven(steps) + to.zeroPoint, typeRange(to.dtype));
}

/** Writes the 8-bit values nearest to real ones. */
export function quantizeValues(
  values: ArrayLike<number>,
  to: Quantization,
  output: Uint8Array | Int8Array,
): void {
  for (let i = 0; i < output.length; i++) output[i] = quantizeValue(values[i]!, to);
}

/** The scales that a convolution's result passes through. */
export interface ConvolutionScales {
  readonly input: number;
  readonly weights: number;
  readonly output: Quantization;
}

/** From a convolution's sum to its 8-bit result, within a range. */
export function convolutionRequantizer(
  rule: Requantization,
  { input, weights, output }: ConvolutionScales,
  range: QuantizedRange,
): Requantizer {
  const product = fround(input * weights);
  if (rule === "float") return floatRequantizer(fround(product / output.scale), output, range);
  const multiplier = fixedPoint(product / output.scale);
  return (sum) => clamp(multiplyFixedPoint(sum, multiplier) + output.zeroPoint, range);
}

/** `round(f32(sum) · scale) + zero point`, every step in float32. */
export function floatRequantizer(
  scale: number,
  { zeroPoint }: Pick<Quantization, "zeroPoint">,
  range: QuantizedRange,
): Requantizer {
  return (sum) => clamp(roundHalfToEven(fround(fround(sum) * scale)) + zeroPoint, range);
}

/** A real number above 0 as `fraction · 2^(exponent − 31)` with 2³⁰ ≤ fraction < 2³¹. */
export interface FixedPoint {
  readonly fraction: number;
  readonly exponent: number;
}

/** The nearest number with a 31-bit fraction. */
export function fixedPoint(value: number): FixedPoint {
  let exponent = Math.floor(Math.log2(value)) + 1;
  let fraction = roundHalfAway(value * 2 ** (31 - exponent));
  if (fraction < 2 ** 30) fraction = roundHalfAway(value * 2 ** (31 - --exponent));
  if (fraction >= 2 ** 31) {
    fraction /= 2;
    exponent++;
  }
  return { fraction, exponent };
}

/**
 * `value · multiplier` in two roundings: the high half of the doubled 64-bit product, ties up, then
 * a shift to the right, ties away from 0.
 */
export function multiplyFixedPoint(value: number, { fraction, exponent }: FixedPoint): number {
  const shifted = value * 2 ** Math.max(exponent, 0);
  // The product takes up to 62 bits, too many for a double: multiply the fraction's halves apart.
  const [upper, lower] = [Math.floor(fraction / 2 ** 16), fraction % 2 ** 16];
  const high = Math.floor((shifted * upper) / 2 ** 15);
  const rest = (shifted * upper - high * 2 ** 15) * 2 ** 16 + shifted * lower + 2 ** 30;
  const product = high + Math.floor(rest / 2 ** 31);
  return roundHalfAway(product / 2 ** Math.max(-exponent, 0));
}
