/**
 * Convolutions over 8-bit feature maps. The sum of `(x − zx) · (w − zw)` is exact in 32 bits, so its
 * order does not matter; only the way back to 8 bits rounds. A position in the padding holds the
 * zero point, that is x − zx = 0, and adds nothing.
 */
import type { Convolution, Graph, Quantization } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import {
  activationRange,
  convolutionRequantizer,
  type Requantization,
  type Requantizer,
} from "./quantized-arithmetic.ts";
import type { QuantizedMap } from "./quantized-map.ts";

/** A convolution's parameters, made ready for integer sums. */
export interface PackedConvolution {
  /** `w − zw` in the order of the weights. */
  readonly weights: Int16Array;
  /** In units of the sum. */
  readonly bias: Int32Array;
  /** One for each output channel. */
  readonly requantize: readonly Requantizer[];
}

/** What a convolution's numbers stand for. */
export interface ConvolutionQuantization {
  readonly parameters: Graph["parameters"];
  readonly input: Quantization;
  readonly output: Quantization;
  readonly rule: Requantization;
}

/** Subtracts the weights' zero points and prepares each output channel's way back to 8 bits. */
export function packConvolution(
  convolution: Convolution,
  { parameters, input, output, rule }: ConvolutionQuantization,
): PackedConvolution {
  const { shape = [], data = [], quantization } = parameters.get(convolution.weights) ?? {};
  const { scales, zeroPoints } = quantization ?? { scales: [1], zeroPoints: [0] };
  const channels = shape.at(-1) ?? 0;
  const of = (values: readonly number[], channel: number): number =>
    values[values.length === 1 ? 0 : channel]!;
  const range = activationRange(convolution.activation, output);
  const bias = new Int32Array(channels);
  if (convolution.bias !== undefined) bias.set(parameters.get(convolution.bias)?.data ?? []);
  return {
    weights: Int16Array.from(data, (w, i) => w - of(zeroPoints, i % channels)),
    bias,
    requantize: Array.from({ length: channels }, (_, channel) => {
      const values = { input: input.scale, weights: of(scales, channel), output };
      return convolutionRequantizer(rule, values, range);
    }),
  };
}

/** A dense convolution. */
export function quantizedConv2d(
  node: Convolution,
  { input, packed, output }: ConvolutionMaps,
): void {
  const [inputs, outputs] = [input.shape[3], output.shape[3]];
  const { data } = input;
  const { zeroPoint } = input.quantization;
  const { weights } = packed;
  const sums = new Int32Array(outputs);
  forEachTap(node, { input, packed, output }, sums, (pixel, tap) => {
    for (let i = 0; i < inputs; i++) {
      const x = data[pixel * inputs + i]! - zeroPoint;
      if (x === 0) continue;
      const row = (tap * inputs + i) * outputs;
      for (let o = 0; o < outputs; o++) sums[o]! += x * weights[row + o]!;
    }
  });
}

/** One filter per channel. */
export function quantizedDepthwiseConv2d(
  node: Convolution,
  { input, packed, output }: ConvolutionMaps,
): void {
  const channels = output.shape[3];
  const { data } = input;
  const { zeroPoint } = input.quantization;
  const { weights } = packed;
  const sums = new Int32Array(channels);
  forEachTap(node, { input, packed, output }, sums, (pixel, tap) => {
    for (let c = 0; c < channels; c++) {
      sums[c]! += (data[pixel * channels + c]! - zeroPoint) * weights[tap * channels + c]!;
    }
  });
}

/** A convolution's operands. */
export interface ConvolutionMaps {
  readonly input: QuantizedMap;
  readonly packed: PackedConvolution;
  readonly output: QuantizedMap;
}

/**
 * For each output pixel: the sums begin as the bias, `accumulate` adds the input pixel under each of
 * the window's taps that is not padding, and the result is requantised.
 */
function forEachTap(
  node: Convolution,
  { input, packed, output }: ConvolutionMaps,
  sums: Int32Array,
  accumulate: (pixel: number, tap: number) => void,
): void {
  const [, rows, columns] = input.shape;
  const [batch, outputRows, outputColumns, channels] = output.shape;
  const [kernelRows, kernelColumns] = node.kernel;
  const pads = resolvePads(node, rows, columns);
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outputRows; row++) {
      for (let column = 0; column < outputColumns; column++) {
        sums.set(packed.bias);
        for (let ky = 0; ky < kernelRows; ky++) {
          const y = row * node.stride - pads.top + ky * node.dilation;
          if (y < 0 || y >= rows) continue;
          for (let kx = 0; kx < kernelColumns; kx++) {
            const x = column * node.stride - pads.left + kx * node.dilation;
            if (x < 0 || x >= columns) continue;
            accumulate((image * rows + y) * columns + x, ky * kernelColumns + kx);
          }
        }
        for (let c = 0; c < channels; c++) output.data[index++] = packed.requantize[c]!(sums[c]!);
      }
    }
  }
}
