/**
 * The oracle's other operations, judged by what can be worked out by hand; convolution.test.ts has
 * the convolutions.
 */
import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../../test/conformance/random.ts";
import type { FeatureShape, ResizeBilinearNode } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import * as operations from "./operations.ts";

type FeatureMap = operations.FeatureMap;

const filled = (shape: FeatureShape, values?: readonly number[] | Float32Array): FeatureMap => ({
  shape,
  data: values === undefined ? new Float32Array(elementCount(shape)) : Float32Array.from(values),
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("ReLU6", () => {
  it("is min(max(x, 0), 6)", () => {
    const values = [-3, -0, 0, 0.5, 6, 6.5, 1e9].map((x) => operations.activate("relu6", x));
    expect(values.map((x) => x + 0)).toEqual([0, 0, 0, 0.5, 6, 6, 6]);
    expect(operations.activate("relu", 1e9)).toBe(1e9);
    expect(operations.activate("none", -3)).toBe(-3);
  });
});

describe("batch norm", () => {
  it("gives mean β and deviation γ to what had its mean and variance", () => {
    const input = filled([1, 2, 1, 2], [1, 10, 5, 30]);
    const output = filled(input.shape);
    const statistics = { mean: [3, 20], variance: [4, 100], epsilon: 0 };
    operations.batchNorm(input, { ...statistics, gamma: [2, 1], beta: [0, 7] }, output);
    expect([...output.data]).toEqual([-2, 6, 2, 8]);
  });

  it("has its ε under the root", () => {
    const output = filled([1, 1, 1, 1]);
    const parameters = { gamma: [1], beta: [0], mean: [0], variance: [0], epsilon: 0.25 };
    operations.batchNorm(filled([1, 1, 1, 1], [3]), parameters, output);
    expect(output.data[0]).toBe(6);
  });
});

describe("global average pool", () => {
  it("is the mean over rows and columns of each image and channel", () => {
    const output = filled([2, 1, 1, 2]);
    operations.globalAveragePool(filled([2, 1, 2, 2], [1, 10, 3, 20, 5, -2, 6, 2]), output);
    expect([...output.data]).toEqual([2, 15, 5.5, 0]);
  });
});

describe("softmax", () => {
  const softmax = (values: readonly number[]): readonly number[] => {
    const output = filled([1, 1, 1, values.length]);
    operations.softmax(filled([1, 1, 1, values.length], values), output);
    return [...output.data];
  };

  it("gives powers of two from their logarithms", () => {
    const shares = softmax([Math.log(1), Math.log(2), Math.log(4), Math.log(1)]);
    // The logarithms are rounded to float32: 2⁻²⁴ · 1.4 of exponent.
    for (const [i, share] of [1 / 8, 2 / 8, 4 / 8, 1 / 8].entries()) {
      expect(Math.abs(shares[i]! - share)).toBeLessThan(2 ** -23);
    }
  });

  it("does not change when a constant is added, however large", () => {
    expect(softmax([1000, 1001, 999])).toEqual(softmax([0, 1, -1]));
    expect(softmax([-5e30, -5e30])).toEqual([0.5, 0.5]);
  });

  it("works on each pixel by itself", () => {
    const output = filled([1, 1, 2, 2]);
    operations.softmax(filled([1, 1, 2, 2], [0, 0, 5, 5]), output);
    expect([...output.data]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

describe("bilinear resizing", () => {
  const resize = (
    input: FeatureMap,
    size: readonly [number, number],
    convention: Pick<ResizeBilinearNode, "alignCorners" | "halfPixelCenters">,
  ): readonly number[] => {
    const output = filled([input.shape[0], ...size, input.shape[3]]);
    const node = { op: "resizeBilinear", name: "r", inputs: [], size, ...convention } as const;
    operations.resizeMap(node, input, output);
    return [...output.data];
  };
  const aligned = { alignCorners: true, halfPixelCenters: false };
  const halfPixel = { alignCorners: false, halfPixelCenters: true };
  const legacy = { alignCorners: false, halfPixelCenters: false };

  it("with aligned corners keeps a linear ramp linear, exactly", () => {
    // 3·y + x over 5×9 samples of the plane [0, 4] × [0, 8].
    const plane = filled(
      [1, 5, 9, 1],
      range(45).map((i) => 3 * Math.floor(i / 9) + (i % 9)),
    );
    for (const [rows, columns] of [
      [9, 17],
      [3, 5],
      [17, 3],
      [5, 33],
    ] as const) {
      const [dy, dx] = [4 / (rows - 1), 8 / (columns - 1)];
      const expected = range(rows * columns).map(
        (i) => 3 * dy * Math.floor(i / columns) + dx * (i % columns),
      );
      expect(resize(plane, [rows, columns], aligned)).toEqual(expected);
    }
  });

  it.each([
    { title: "aligned corners", convention: aligned, expected: [0, 1 / 3, 2 / 3, 1] },
    { title: "half-pixel centres", convention: halfPixel, expected: [0, 0.25, 0.75, 1] },
    { title: "the first TensorFlow's", convention: legacy, expected: [0, 0.5, 1, 1] },
  ])("doubles two pixels in the convention of $title", ({ convention, expected }) => {
    const line = filled([1, 1, 2, 1], [0, 1]);
    expect(resize(line, [1, 4], convention)).toEqual([...Float32Array.from(expected)]);
  });

  it.each([
    { title: "aligned corners", convention: aligned, expected: [0, 3] },
    { title: "half-pixel centres", convention: halfPixel, expected: [0.5, 2.5] },
    { title: "the first TensorFlow's", convention: legacy, expected: [0, 2] },
  ])("halves four pixels in the convention of $title", ({ convention, expected }) => {
    expect(resize(filled([1, 1, 4, 1], range(4)), [1, 2], convention)).toEqual(expected);
  });

  it.each([aligned, halfPixel, legacy])("changes nothing at the same size: %o", (convention) => {
    const input = filled([2, 3, 5, 2], normalValues(60, seededRandom(1)));
    expect(resize(input, [3, 5], convention)).toEqual([...input.data]);
  });

  it.each([aligned, halfPixel, legacy])("spreads a single pixel: %o", (convention) => {
    const input = filled([1, 1, 1, 2], [4, -7]);
    expect(resize(input, [2, 2], convention)).toEqual([4, -7, 4, -7, 4, -7, 4, -7]);
  });
});

describe("concatenation", () => {
  const a = filled([2, 1, 2, 1], [1, 2, 3, 4]);
  const b = filled([2, 1, 2, 1], [5, 6, 7, 8]);

  it.each([
    { axis: 1, shape: [2, 2, 2, 1], expected: [1, 2, 5, 6, 3, 4, 7, 8] },
    { axis: 2, shape: [2, 1, 4, 1], expected: [1, 2, 5, 6, 3, 4, 7, 8] },
    { axis: 3, shape: [2, 1, 2, 2], expected: [1, 5, 2, 6, 3, 7, 4, 8] },
  ] as const)("along axis $axis keeps images apart", ({ axis, shape, expected }) => {
    const output = filled(shape);
    operations.concat({ op: "concat", name: "c", inputs: [], axis }, [a, b], output);
    expect([...output.data]).toEqual(expected);
  });
});
