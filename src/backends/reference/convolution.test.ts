/**
 * The oracle's convolutions, judged by what can be worked out by hand and by formulas that share
 * nothing with them.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../../test/conformance/random.ts";
import type { Conv2dNode, FeatureShape, Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import { elementCount } from "../../tensor.ts";
import * as operations from "./operations.ts";

type FeatureMap = operations.FeatureMap;

const filled = (shape: FeatureShape, values?: readonly number[] | Float32Array): FeatureMap => ({
  shape,
  data: values === undefined ? new Float32Array(elementCount(shape)) : Float32Array.from(values),
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const bare = { name: "n", inputs: [], weights: "", activation: "none" } as const;
const window = (of: Partial<Window>): Window => ({
  kernel: [3, 3],
  stride: 1,
  dilation: 1,
  padding: "same",
  ...of,
});

function conv2d(
  input: FeatureMap,
  of: Partial<Conv2dNode>,
  parameters: { weights: ArrayLike<number>; bias?: ArrayLike<number>; shape: FeatureShape },
): Float32Array {
  const output = filled(parameters.shape);
  const values = { weights: parameters.weights, bias: parameters.bias };
  operations.conv2d({ op: "conv2d", ...bare, ...window({}), ...of }, [input], values, output);
  return output.data;
}

describe("convolution", () => {
  const ramp = filled([1, 3, 3, 1], range(9));

  it("sums the window, zeros outside: 3×3 ones over a ramp", () => {
    const sums = conv2d(ramp, {}, { weights: Array(9).fill(1), shape: [1, 3, 3, 1] });
    expect([...sums]).toEqual([8, 15, 12, 21, 36, 27, 20, 33, 24]);
  });

  it("does not flip its kernel: the weight at row 0, column 1 reads from above", () => {
    const weights = [0, 1, 0, 0, 0, 0, 0, 0, 0];
    const shifted = conv2d(ramp, {}, { weights, shape: [1, 3, 3, 1] });
    expect([...shifted]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 5]);
  });

  it("begins at the first pixel at stride 2 on even sizes in TensorFlow, one before in PyTorch", () => {
    const four = filled([1, 4, 4, 1], range(16));
    const centre = [0, 0, 0, 0, 1, 0, 0, 0, 0];
    const at = (padding: "same" | "symmetric"): readonly number[] => [
      ...conv2d(four, { stride: 2, padding }, { weights: centre, shape: [1, 2, 2, 1] }),
    ];
    expect(at("same")).toEqual([5, 7, 13, 15]);
    expect(at("symmetric")).toEqual([0, 2, 8, 10]);
  });

  it("spreads its taps by the dilation", () => {
    const weights = [0, 0, 0, 1, 0, 0, 0, 0, 0];
    const line = filled([1, 1, 5, 1], [1, 2, 3, 4, 5]);
    const left = conv2d(line, { dilation: 2 }, { weights, shape: [1, 1, 5, 1] });
    expect([...left]).toEqual([0, 0, 1, 2, 3]);
  });

  it("reads weights as rows, columns, inputs, outputs and adds a bias to each output", () => {
    const pixel = filled([1, 1, 1, 2], [10, 1]);
    const weights = [1, 2, 3, 4, 5, 6];
    const of = { kernel: [1, 1] as const };
    const sums = conv2d(pixel, of, { weights, bias: [0.5, 0, -1], shape: [1, 1, 1, 3] });
    expect([...sums]).toEqual([14.5, 25, 35]);
  });

  it("adds the shortcut after the activation", () => {
    const x = filled([1, 1, 1, 1], [9]);
    const output = filled([1, 1, 1, 1]);
    const node = { op: "conv2d", ...bare, ...window({ kernel: [1, 1] }) } as const;
    const values = { weights: [1], bias: undefined };
    const shortcut = filled([1, 1, 1, 1], [100]);
    operations.conv2d({ ...node, activation: "relu6" }, [x, shortcut], values, output);
    expect(output.data[0]).toBe(106);
  });

  it("equals a matrix product over unrolled windows (im2col)", () => {
    const size = fc.integer({ min: 1, max: 7 });
    const property = fc.property(
      fc.record({
        seed: fc.integer({ min: 1, max: 1e9 }),
        rows: size,
        columns: size,
        channels: fc.integer({ min: 1, max: 5 }),
        outputs: fc.integer({ min: 1, max: 5 }),
        kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
        stride: fc.constantFrom(1, 2, 3),
        dilation: fc.constantFrom(1, 2, 9),
      }),
      ({ seed, rows, columns, channels, outputs, kernel, stride, dilation }) => {
        const random = seededRandom(seed);
        const values = normalValues(2 * rows * columns * channels, random);
        const input = filled([2, rows, columns, channels], values);
        const weights = normalValues(kernel[0] * kernel[1] * channels * outputs, random);
        const of = window({ kernel, stride, dilation });
        const matrix = unroll(input, of);
        const shape = [2, Math.ceil(rows / stride), Math.ceil(columns / stride), outputs] as const;
        const direct = conv2d(input, of, { weights, shape });
        const product = matrix.flatMap((row) =>
          range(outputs).map((o) =>
            row.reduce((sum, x, i) => sum + x * weights[i * outputs + o]!, 0),
          ),
        );
        // Both sum in double precision in the same order; only the rounding to float32 differs.
        expect([...direct]).toEqual([...Float32Array.from(product)]);
      },
    );
    fc.assert(property, { seed: 1, numRuns: 60 });
  });
});

/** One row for each output position: the values under its window, padded with zeros first. */
function unroll({ shape, data }: FeatureMap, of: Window): readonly (readonly number[])[] {
  const [batch, rows, columns, channels] = shape;
  const { top, left, bottom, right } = resolvePads(of, rows, columns);
  const [tall, wide] = [rows + top + bottom, columns + left + right];
  const padded = new Float64Array(batch * tall * wide * channels);
  const at = (n: number, y: number, x: number): number => ((n * tall + y) * wide + x) * channels;
  for (const [i, value] of data.entries()) {
    const pixel = Math.floor(i / channels);
    const [n, y, x] = [
      Math.floor(pixel / (rows * columns)),
      Math.floor(pixel / columns) % rows,
      pixel % columns,
    ];
    padded[at(n, y + top, x + left) + (i % channels)] = value;
  }
  const reach = of.kernel.map((k) => (k - 1) * of.dilation) as [number, number];
  const result: number[][] = [];
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y + reach[0] < tall; y += of.stride) {
      for (let x = 0; x + reach[1] < wide; x += of.stride) {
        const taps = range(of.kernel[0]).flatMap((ky) =>
          range(of.kernel[1]).map((kx) => at(n, y + ky * of.dilation, x + kx * of.dilation)),
        );
        result.push(taps.flatMap((start) => [...padded.subarray(start, start + channels)]));
      }
    }
  }
  return result;
}

describe("depthwise convolution", () => {
  it("equals a full convolution whose weights are diagonal in the channels", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(1, 2),
      fc.constantFrom(1, 3),
      fc.constantFrom("same" as const, "symmetric" as const),
      (seed, [rows, columns], channels, stride, dilation, padding) => {
        const random = seededRandom(seed);
        const input = filled(
          [1, rows, columns, channels],
          normalValues(rows * columns * channels, random),
        );
        const weights = normalValues(9 * channels, random);
        const diagonal = new Float32Array(9 * channels * channels);
        for (const [i, weight] of weights.entries()) {
          diagonal[i * channels + (i % channels)] = weight;
        }
        const shape = [1, Math.ceil(rows / stride), Math.ceil(columns / stride), channels] as const;
        const of = window({ stride, dilation, padding });
        const output = filled(shape);
        const node = { op: "depthwiseConv2d", ...bare, ...of } as const;
        operations.depthwiseConv2d(node, [input], { weights, bias: undefined }, output);
        // The full sum only adds zeros in between.
        expect([...output.data]).toEqual([...conv2d(input, of, { weights: diagonal, shape })]);
      },
    );
    fc.assert(property, { seed: 1, numRuns: 60 });
  });
});
