/**
 * The 8-bit operations other than convolutions, each by the rule of the engines that run such
 * networks in practice; docs/numerics.md says which and why. Feature maps are dense NHWC.
 */
import type { ConcatNode, ResizeBilinearNode, Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import { elementCount } from "../../tensor.ts";
import { blendPixel, interpolation } from "./interpolation.ts";
import {
  clamp,
  fixedPoint,
  floatRequantizer,
  multiplyFixedPoint,
  type Requantization,
  roundHalfToEven,
  typeRange,
} from "./quantized-arithmetic.ts";
import {
  mapQuantized,
  type QuantizedMap,
  requantizeTable,
  rescaleTable,
  sameQuantization,
} from "./quantized-map.ts";
import { windowPositions } from "./windows.ts";

const { fround } = Math;

/** The sum of two maps of different scales. */
export function quantizedAdd(
  [a, b]: readonly [QuantizedMap, QuantizedMap],
  output: QuantizedMap,
  rule: Requantization,
): void {
  const sum = rule === "float" ? sumByShift(a, b, output) : sumByFixedPoint(a, b, output);
  const range = typeRange(output.quantization.dtype);
  const { zeroPoint } = output.quantization;
  for (let i = 0; i < output.data.length; i++) {
    output.data[i] = clamp(sum(a.data[i]!, b.data[i]!) + zeroPoint, range);
  }
}

type BinaryRule = (a: number, b: number) => number;

/** Both scales as integers over a common power of two, the larger with 21 bits; ties up. */
function sumByShift(a: QuantizedMap, b: QuantizedMap, output: QuantizedMap): BinaryRule {
  const ratioOf = ({ quantization }: QuantizedMap): number =>
    fround(quantization.scale / output.quantization.scale);
  const [ratioA, ratioB] = [ratioOf(a), ratioOf(b)];
  const shift = 20 - Math.floor(Math.log2(Math.max(ratioA, ratioB)));
  const scaleA = roundHalfToEven(ratioA * 2 ** shift);
  const scaleB = roundHalfToEven(ratioB * 2 ** shift);
  const [zeroA, zeroB] = [a.quantization.zeroPoint, b.quantization.zeroPoint];
  const half = 2 ** (shift - 1);
  return (x, y) => Math.floor(((x - zeroA) * scaleA + (y - zeroB) * scaleB + half) / 2 ** shift);
}

/** Both operands as fractions of twice the larger scale, with 20 bits to spare. */
function sumByFixedPoint(a: QuantizedMap, b: QuantizedMap, output: QuantizedMap): BinaryRule {
  const twice = 2 * Math.max(a.quantization.scale, b.quantization.scale);
  const scaleA = fixedPoint(a.quantization.scale / twice);
  const scaleB = fixedPoint(b.quantization.scale / twice);
  const down = fixedPoint(twice / (2 ** 20 * output.quantization.scale));
  const [zeroA, zeroB] = [a.quantization.zeroPoint, b.quantization.zeroPoint];
  return (x, y) => {
    const left = multiplyFixedPoint((x - zeroA) * 2 ** 20, scaleA);
    const right = multiplyFixedPoint((y - zeroB) * 2 ** 20, scaleB);
    return multiplyFixedPoint(left + right, down);
  };
}

/** The mean over rows and columns. */
export function quantizedGlobalAveragePool(input: QuantizedMap, output: QuantizedMap): void {
  const [, rows, columns] = input.shape;
  const window = { kernel: [rows, columns], stride: 1, dilation: 1, padding: "valid" } as const;
  quantizedAveragePool2d(window, input, output);
}

/** The mean of the positions under a window that lie within the map. */
export function quantizedAveragePool2d(
  window: Window,
  input: QuantizedMap,
  output: QuantizedMap,
): void {
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const pads = resolvePads(window, rows, columns);
  const ys = windowPositions(window, { start: pads.top, axis: 0, size: rows }, outputRows);
  const xs = windowPositions(window, { start: pads.left, axis: 1, size: columns }, outputColumns);
  const sums = new Int32Array(channels);
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (const rowsUnder of ys) {
      for (const columnsUnder of xs) {
        sums.fill(0);
        for (const y of rowsUnder) {
          for (const x of columnsUnder) {
            const pixel = ((image * rows + y) * columns + x) * channels;
            for (let c = 0; c < channels; c++) sums[c]! += input.data[pixel + c]!;
          }
        }
        const mean = meanRule(input, output, rowsUnder.length * columnsUnder.length);
        for (let c = 0; c < channels; c++) output.data[index++] = mean(sums[c]!);
      }
    }
  }
}

/** With equal scales an integer division, ties away from 0; else by a float32 scale. */
function meanRule(
  { quantization: from }: QuantizedMap,
  { quantization: to }: QuantizedMap,
  count: number,
): (sum: number) => number {
  if (sameQuantization(from, to)) {
    const half = Math.floor(count / 2);
    return (sum) => Math.trunc((sum < 0 ? sum - half : sum + half) / count);
  }
  const scale = fround(from.scale / fround(to.scale * count));
  const requantize = floatRequantizer(scale, to, typeRange(to.dtype));
  return (sum) => requantize(sum - count * from.zeroPoint);
}

/** Bilinear interpolation with weights of 11 fractional bits on either axis; ties up. */
export function quantizedResizeBilinear(
  node: ResizeBilinearNode,
  input: QuantizedMap,
  output: QuantizedMap,
): void {
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const vertical = interpolation(node, rows, outputRows);
  const horizontal = interpolation(node, columns, outputColumns);
  const table = requantizeTable(input.quantization, output.quantization);
  const pixel = new Int32Array(channels);
  let index = 0;
  for (let image = 0; image < batch; image++) {
    const start = image * rows * columns * channels;
    const map = { data: input.data.subarray(start), columns, channels };
    for (const down of vertical) {
      for (const across of horizontal) {
        blendPixel(map, { down, across }, pixel);
        for (const value of pixel) output.data[index++] = table(value);
      }
    }
  }
}

/** Maps laid side by side along an axis, in the output's scale. */
export function quantizedConcat(
  { axis }: ConcatNode,
  inputs: readonly QuantizedMap[],
  output: QuantizedMap,
): void {
  // Everything inside the axis is one run of values; the runs of all inputs follow each other.
  const total = elementCount(output.shape.slice(axis));
  const outer = elementCount(output.shape.slice(0, axis));
  let start = 0;
  for (const { shape, data, quantization } of inputs) {
    const run = elementCount(shape.slice(axis));
    const table = rescaleTable(quantization, output.quantization);
    for (let i = 0; i < outer; i++) {
      for (let k = 0; k < run; k++) output.data[i * total + start + k] = table(data[i * run + k]!);
    }
    start += run;
  }
}

/**
 * Softmax over the channels by a float32 table of exponentials. Its values depend on the engine's
 * `exp`, so that results may differ by one step.
 */
export function quantizedSoftmax(input: QuantizedMap, output: QuantizedMap): void {
  const channels = input.shape[3];
  const { dtype, scale, zeroPoint } = output.quantization;
  const range = typeRange(dtype);
  const round = (value: number): number =>
    dtype === "uint8" ? Math.floor(fround(value + 0.5)) : roundHalfToEven(value);
  const powers = Float32Array.from({ length: 256 }, (_, below) =>
    Math.exp(fround(-input.quantization.scale * below)),
  );
  for (let start = 0; start < input.data.length; start += channels) {
    const values = input.data.subarray(start, start + channels);
    const largest = Math.max(...values);
    let sum = 0;
    for (const value of values) sum = fround(sum + powers[largest - value]!);
    const inverse = fround(1 / fround(sum * scale));
    for (let c = 0; c < channels; c++) {
      const probability = fround(powers[largest - values[c]!]! * inverse);
      output.data[start + c] = clamp(round(probability) + zeroPoint, range);
    }
  }
}

/** The same values under another name, or in another scale. */
export function copyQuantized(input: QuantizedMap, output: QuantizedMap): void {
  mapQuantized(input, output, requantizeTable(input.quantization, output.quantization));
}
