/**
 * Values rounded to 8 bits and back, as they will be in a quantised network; the gradient passes as if they
 * were not, where they are within the bits' range (Jacob et al., 2018).
 */
import type { Quantization } from "../../graph/ir.ts";
import { weightStep } from "../../quantize/affine.ts";
import { type RoundedLayer, sampleSize } from "../plan.ts";
import type { Values } from "../values.ts";
import type { Layer } from "./layer.ts";

/** The least and the greatest value of 8 bits, in steps from 0. */
function stepEnds({ dtype, zeroPoint }: Quantization): readonly [least: number, most: number] {
  return dtype === "int8" ? [-128 - zeroPoint, 127 - zeroPoint] : [-zeroPoint, 255 - zeroPoint];
}

/** The least and the greatest value of 8 bits. */
export function gridEnds(quantization: Quantization): {
  readonly low: number;
  readonly high: number;
} {
  const [least, most] = stepEnds(quantization);
  return { low: quantization.scale * least, high: quantization.scale * most };
}

/** Adding it and taking it away again leaves whole numbers, the even one of two that are equally near. */
const roundingShift = 1.5 * 2 ** 52;

/** The nearest values that 8 bits have: `quantizeValue` and back, of many. */
function roundValues(x: Values, quantization: Quantization, size: number, into: Values): void {
  const { scale } = quantization;
  const [least, most] = stepEnds(quantization);
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < size; i++) {
    const steps = Math.fround(Math.fround(x[i]!) * inverse);
    const held = steps < least ? least : Math.min(steps, most);
    into[i] = scale * (held + roundingShift - roundingShift);
  }
}

export const fakeQuantizeLayer: Layer<"fakeQuantize"> = {
  forward({ node: { quantization }, output: shape }, { count, inputs, output }) {
    roundValues(inputs[0]!, quantization, count * sampleSize(shape), output);
  },
  backward({ node, output: shape }, { count, inputs, gradient, inputGradients: [dx] }) {
    if (dx === undefined) return;
    const { low, high } = gridEnds(node.quantization);
    const x = inputs[0]!;
    const size = count * sampleSize(shape);
    for (let i = 0; i < size; i++) {
      const value = x[i]!;
      if (value > low && value < high) dx[i] = dx[i]! + gradient[i]!;
    }
  },
};

/** A layer's parameters: `[…, channels]` and, where it has them, one for each channel. */
interface LayerValues {
  readonly weights: Values;
  readonly bias: Values | undefined;
}

/**
 * A layer's parameters rounded as `quantizeConvolution` rounds them: weights to −127 … 127 times a scale, which
 * is the greatest magnitude over 127, of each output channel (the last axis) or of all; biases to whole numbers of
 * the sums' steps.
 */
export function roundLayer(
  { weights, bias }: LayerValues,
  { input, output, scales }: Pick<RoundedLayer, "input" | "output" | "scales">,
  { channels, into }: { readonly channels: number; readonly into: LayerValues },
): void {
  const greatest = new Float64Array(channels);
  for (let start = 0; start < weights.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      const size = Math.abs(weights[start + c]!);
      if (size > greatest[c]!) greatest[c] = size;
    }
  }
  if (scales === "per-tensor") greatest.fill(greatest.reduce((a, b) => Math.max(a, b), 0));
  const steps = greatest.map((most, c) => weightStep(most, bias?.[c] ?? 0, { input, output }));
  if (scales === "per-tensor") steps.fill(steps.reduce((a, b) => Math.max(a, b), 0));
  const inverse = steps.map((step) => 1 / step);
  for (let start = 0; start < weights.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      into.weights[start + c] = steps[c]! * Math.floor(weights[start + c]! * inverse[c]! + 0.5);
    }
  }
  if (bias === undefined || into.bias === undefined) return;
  for (let c = 0; c < channels; c++) {
    const step = Math.fround(input.scale * steps[c]!);
    into.bias[c] = step * Math.round(bias[c]! / step);
  }
}
