/**
 * Every operation as its definition reads, one scalar at a time: the oracle that fast kernels are
 * compared with. Sums are kept in double precision and rounded to float32 once, so the oracle is
 * more exact than anything it judges. Feature maps are dense NHWC.
 */
import type { Operands } from "../../compile/program.ts";
import type {
  Activation,
  ConcatNode,
  Conv2dNode,
  DepthwiseConv2dNode,
  FeatureShape,
  ResizeBilinearNode,
} from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import { elementCount } from "../../tensor.ts";

/** A dense feature map. */
export interface FeatureMap {
  readonly shape: FeatureShape;
  readonly data: Float32Array;
}

/** A convolution's parameter values. */
export interface ConvolutionValues {
  readonly weights: ArrayLike<number>;
  readonly bias: ArrayLike<number> | undefined;
}

/** `activation(conv(x) + bias)`, plus the shortcut where there is one. */
export function conv2d(
  node: Conv2dNode,
  [input, shortcut]: Operands<FeatureMap>,
  values: ConvolutionValues,
  output: FeatureMap,
): void {
  const { shape: inputShape, data } = input;
  const [, rows, columns, inputs] = inputShape;
  const outputs = output.shape[3];
  const taps = tapsOf(node, rows, columns);
  let index = 0;
  forEachPixel(output.shape, (image, row, column) => {
    for (let o = 0; o < outputs; o++) {
      let sum = values.bias?.[o] ?? 0;
      for (const tap of taps) {
        const [y, x] = [row * node.stride + tap.row, column * node.stride + tap.column];
        if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
        const pixel = ((image * rows + y) * columns + x) * inputs;
        const weight = tap.index * inputs * outputs + o;
        for (let i = 0; i < inputs; i++) {
          sum += data[pixel + i]! * values.weights[weight + i * outputs]!;
        }
      }
      output.data[index] = activate(node.activation, sum) + (shortcut?.data[index] ?? 0);
      index++;
    }
  });
}

/** One filter per channel. */
export function depthwiseConv2d(
  node: DepthwiseConv2dNode,
  [input]: Operands<FeatureMap>,
  values: ConvolutionValues,
  output: FeatureMap,
): void {
  const { shape, data } = input;
  const [, rows, columns, channels] = shape;
  const taps = tapsOf(node, rows, columns);
  let index = 0;
  forEachPixel(output.shape, (image, row, column) => {
    for (let c = 0; c < channels; c++) {
      let sum = values.bias?.[c] ?? 0;
      for (const tap of taps) {
        const [y, x] = [row * node.stride + tap.row, column * node.stride + tap.column];
        if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
        const pixel = ((image * rows + y) * columns + x) * channels;
        sum += data[pixel + c]! * values.weights[tap.index * channels + c]!;
      }
      output.data[index++] = activate(node.activation, sum);
    }
  });
}

/** The values of a batch norm's parameters. */
export interface BatchNormValues {
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly epsilon: number;
}

/** `gamma · (x − mean) / sqrt(variance + epsilon) + beta`. */
export function batchNorm(input: FeatureMap, values: BatchNormValues, output: FeatureMap): void {
  const channels = input.shape[3];
  input.data.forEach((value, index) => {
    const c = index % channels;
    const deviation = Math.sqrt(values.variance[c]! + values.epsilon);
    const normal = (value - values.mean[c]!) / deviation;
    output.data[index] = values.gamma[c]! * normal + values.beta[c]!;
  });
}

/** ReLU6 is min(max(x, 0), 6). */
export function activate(activation: Activation, value: number): number {
  switch (activation) {
    case "none":
      return value;
    case "relu":
      return Math.max(value, 0);
    case "relu6":
      return Math.min(Math.max(value, 0), 6);
  }
}

/** A function of each element. */
export function map(input: FeatureMap, output: FeatureMap, of: (value: number) => number): void {
  for (let i = 0; i < input.data.length; i++) output.data[i] = of(input.data[i]!);
}

/** The sum of two maps. */
export function add([a, b]: Operands<FeatureMap>, output: FeatureMap): void {
  for (let i = 0; i < output.data.length; i++) {
    output.data[i] = a.data[i]! + b!.data[i]!;
  }
}

/** The product of two maps, or of a map and one value per image and channel. */
export function multiply([a, b]: Operands<FeatureMap>, output: FeatureMap): void {
  const [, rows, columns, channels] = output.shape;
  const image = rows * columns * channels;
  const whole = b!.data.length === a.data.length;
  for (let i = 0; i < output.data.length; i++) {
    const other = whole ? i : Math.floor(i / image) * channels + (i % channels);
    output.data[i] = a.data[i]! * b!.data[other]!;
  }
}

/** The mean over rows and columns. */
export function globalAveragePool(input: FeatureMap, output: FeatureMap): void {
  const [batch, rows, columns, channels] = input.shape;
  const area = rows * columns;
  for (let image = 0; image < batch; image++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let pixel = 0; pixel < area; pixel++) {
        sum += input.data[(image * area + pixel) * channels + c]!;
      }
      output.data[image * channels + c] = sum / area;
    }
  }
}

/** Softmax over the channels; the largest value is subtracted first, so that nothing overflows. */
export function softmax(input: FeatureMap, output: FeatureMap): void {
  const channels = input.shape[3];
  for (let start = 0; start < input.data.length; start += channels) {
    const values = input.data.subarray(start, start + channels);
    const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const powers = Float64Array.from(values, (value) => Math.exp(value - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    for (let c = 0; c < channels; c++) output.data[start + c] = powers[c]! / total;
  }
}

/** Bilinear interpolation in the node's convention. */
export function resizeMap(node: ResizeBilinearNode, input: FeatureMap, output: FeatureMap): void {
  const [, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const source = (target: number, from: number, to: number): number => {
    if (node.alignCorners) return to > 1 ? (target * (from - 1)) / (to - 1) : 0;
    if (!node.halfPixelCenters) return (target * from) / to;
    return ((target + 0.5) * from) / to - 0.5;
  };
  let index = 0;
  forEachPixel(output.shape, (image, row, column) => {
    const [y0, y1, fy] = neighbours(source(row, rows, outputRows), rows);
    const [x0, x1, fx] = neighbours(source(column, columns, outputColumns), columns);
    const at = (y: number, x: number, c: number): number =>
      input.data[((image * rows + y) * columns + x) * channels + c]!;
    for (let c = 0; c < channels; c++) {
      const top = at(y0, x0, c) + (at(y0, x1, c) - at(y0, x0, c)) * fx;
      const bottom = at(y1, x0, c) + (at(y1, x1, c) - at(y1, x0, c)) * fx;
      output.data[index++] = top + (bottom - top) * fy;
    }
  });
}

function neighbours(position: number, size: number): readonly [number, number, number] {
  const floor = Math.floor(position);
  const clamp = (i: number): number => Math.min(Math.max(i, 0), size - 1);
  return [clamp(floor), clamp(floor + 1), position - floor];
}

/** Maps laid side by side along an axis. */
export function concat(node: ConcatNode, inputs: readonly FeatureMap[], output: FeatureMap): void {
  // Everything inside the axis is one run of values; the runs of all inputs follow each other.
  const runOf = (shape: FeatureShape): number => elementCount(shape.slice(node.axis));
  const outer = elementCount(output.shape.slice(0, node.axis));
  const total = runOf(output.shape);
  let start = 0;
  for (const input of inputs) {
    const run = runOf(input.shape);
    for (let i = 0; i < outer; i++) {
      output.data.set(input.data.subarray(i * run, (i + 1) * run), i * total + start);
    }
    start += run;
  }
}

interface Tap {
  readonly index: number;
  readonly row: number;
  readonly column: number;
}

/** The window's positions relative to `output position · stride`. */
function tapsOf(node: Conv2dNode | DepthwiseConv2dNode, rows: number, columns: number): Tap[] {
  const pads = resolvePads(node, rows, columns);
  const [kernelRows, kernelColumns] = node.kernel;
  return Array.from({ length: kernelRows * kernelColumns }, (_, index) => ({
    index,
    row: Math.floor(index / kernelColumns) * node.dilation - pads.top,
    column: (index % kernelColumns) * node.dilation - pads.left,
  }));
}

function forEachPixel(
  [batch, rows, columns]: FeatureShape,
  visit: (image: number, row: number, column: number) => void,
): void {
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) visit(image, row, column);
    }
  }
}
