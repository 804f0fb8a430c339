/**
 * From ranges of real numbers to 8 bits: `real = scale · (q − zeroPoint)` with int8 `q`. Feature maps
 * are asymmetric, weights symmetric with one scale per output channel (docs/numerics.md). Scales are
 * float32 numbers, because a file stores them so.
 */
import type { Parameter, Quantization } from "../graph/ir.ts";
import { elementCount } from "../tensor.ts";

/** The real numbers that a feature map may take. */
export interface ValueRange {
  readonly least: number;
  readonly greatest: number;
}

/** The magnitude of a bias in units of its sum; half of int32, so that sums have room beside it. */
const greatestBias = 2 ** 30;

/** The least `s_input · s_weights / s_output`: a whole sum below it would move no result. */
const leastRatio = 2 ** -24;

/** What a softmax or sigmoid gives: 0 to 255/256, by convention of the format. */
export const probabilities: Quantization = { dtype: "int8", scale: 1 / 256, zeroPoint: -128 };

/**
 * The int8 quantisation that covers a range. The range is widened to contain 0, which becomes an
 * integer exactly: padding and ReLU need it.
 *
 * @example
 * ```ts
 * coverRange({ least: 0, greatest: 6 }); // { dtype: "int8", scale: Math.fround(6 / 255), zeroPoint: -128 }
 * ```
 */
export function coverRange({ least, greatest }: ValueRange): Quantization {
  const low = Math.min(0, least);
  // A map that is 0 everywhere still needs a scale.
  const high = Math.max(0, greatest) - low > 0 ? Math.max(0, greatest) : 1;
  const scale = Math.max(Math.fround((high - low) / 255), 2 ** -100);
  const zeroPoint = Math.min(127, Math.max(-128, Math.round(-128 - low / scale)));
  return { dtype: "int8", scale, zeroPoint };
}

/** A convolution's integers. */
export interface QuantizedConvolution {
  /** int8 with one scale per output channel, the innermost dimension. */
  readonly weights: Parameter;
  /** int32 in units of s_input · s_weights. */
  readonly bias: Parameter;
}

/** Whether weights have one scale for each output channel, or one for all. */
export type WeightScales = "per-channel" | "per-tensor";

/** A scale for weights of a greatest magnitude and their bias: a float32 number above 0. */
export function weightStep(
  most: number,
  bias: number,
  { input, output }: { readonly input: Quantization; readonly output: Quantization },
): number {
  return Math.fround(
    Math.max(
      most / 127,
      Math.abs(bias) / (input.scale * greatestBias),
      (output.scale * leastRatio) / input.scale,
    ),
  );
}

/**
 * Rounds a convolution's weights to −127 … 127 and its bias to int32. A channel's scale is its
 * greatest magnitude / 127, or that of all channels, or more where the bias would not fit its 32 bits.
 *
 * @param weights - `[…, outputs]`.
 */
export function quantizeConvolution(
  weights: Parameter,
  bias: ArrayLike<number>,
  {
    input,
    output,
    scales: kind = "per-channel",
  }: {
    readonly input: Quantization;
    readonly output: Quantization;
    readonly scales?: WeightScales | undefined;
  },
): QuantizedConvolution {
  const channels = weights.shape.at(-1) ?? 0;
  const values = weights.data ?? new Float32Array(elementCount(weights.shape));
  const greatest = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) {
    greatest[i % channels] = Math.max(greatest[i % channels]!, Math.abs(values[i]!));
  }
  if (kind === "per-tensor") greatest.fill(greatest.reduce((a, b) => Math.max(a, b), 0));
  const own = Array.from(greatest, (most, channel) =>
    weightStep(most, bias[channel] ?? 0, { input, output }),
  );
  const scales = kind === "per-tensor" ? own.map(() => Math.max(...own)) : own;
  const rounded = Int8Array.from(values, (value, i) =>
    Math.min(127, Math.max(-127, Math.round(value / scales[i % channels]!))),
  );
  const integers = Int32Array.from(scales, (scale, channel) =>
    Math.round((bias[channel] ?? 0) / Math.fround(input.scale * scale)),
  );
  return {
    weights: {
      shape: weights.shape,
      data: rounded,
      quantization: { scales, zeroPoints: scales.map(() => 0) },
    },
    bias: { shape: [channels], data: integers },
  };
}
