/** Each layer's gradients against central differences in double precision, and values by hand. */
import { describe, expect, it } from "vitest";
import { resolvePads } from "../../src/graph/shapes.ts";
import { Random } from "../../src/random.ts";
import {
  batchMoments,
  batchNormBackward,
  batchNormForward,
  moveStatistics,
  statisticsOf,
} from "../../src/train/layers/batch-norm.ts";
import { convolutionBackward, convolutionForward } from "../../src/train/layers/convolution.ts";
import { denseBackward, denseForward } from "../../src/train/layers/dense.ts";
import { depthwiseBackward, depthwiseForward } from "../../src/train/layers/depthwise.ts";
import { dropoutBackward, dropoutForward } from "../../src/train/layers/dropout.ts";
import { poolBackward, poolForward } from "../../src/train/layers/pool.ts";
import { relu6Backward, relu6Forward } from "../../src/train/layers/relu6.ts";
import type { WindowShape } from "../../src/train/layers/window.ts";
import { softmaxCrossEntropy } from "../../src/train/loss.ts";
import { differenceStep, fillNormal, finiteDifferences, relativeError } from "./networks.ts";

const tolerance = 1e-3;

function normal(count: number, seed: number): Float64Array {
  const values = new Float64Array(count);
  fillNormal(values, new Random(seed));
  return values;
}

/** A scalar that depends on every output: its gradient by the outputs is `weights`. */
function weigh(values: Float64Array, weights: Float64Array): number {
  return values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0);
}

function windowShape(
  options: { stride: number; dilation: number; padding: "same" | "symmetric" },
  channels: readonly [number, number],
  kernel = 3,
): WindowShape {
  const [rows, columns] = [7, 6];
  const window = { kernel: [kernel, kernel] as const, ...options };
  const pads = resolvePads(window, rows, columns);
  const size = (length: number, around: number): number =>
    Math.floor((length + around - (kernel - 1) * options.dilation - 1) / options.stride) + 1;
  return {
    ...window,
    pads,
    input: [2, rows, columns, channels[0]],
    output: [
      2,
      size(rows, pads.top + pads.bottom),
      size(columns, pads.left + pads.right),
      channels[1],
    ],
  };
}

const volume = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe.each([
  { stride: 1, dilation: 1, padding: "same" as const },
  { stride: 2, dilation: 1, padding: "same" as const },
  { stride: 2, dilation: 1, padding: "symmetric" as const },
  { stride: 1, dilation: 2, padding: "same" as const },
])("a 3×3 window, $padding, stride $stride, dilation $dilation", (options) => {
  it.each(["convolution", "depthwise"] as const)("has the gradients of a %s", (kind) => {
    const depthwise = kind === "depthwise";
    const shape = windowShape(options, depthwise ? [3, 3] : [3, 4]);
    const x = normal(volume(shape.input), 1);
    const w = normal(depthwise ? 27 : 108, 2);
    const y = new Float64Array(volume(shape.output));
    const dy = normal(y.length, 3);
    const [dx, dw] = [new Float64Array(x.length), new Float64Array(w.length)];
    const forward = depthwise ? depthwiseForward : convolutionForward;
    const value = (): number => {
      forward(shape, 2, { x, w, y });
      return weigh(y, dy);
    };
    const backward = depthwise ? depthwiseBackward : convolutionBackward;
    backward(shape, 2, { x, w, dy, dw, dx });
    expect(relativeError(dw, finiteDifferences(w, value))).toBeLessThan(tolerance);
    expect(relativeError(dx, finiteDifferences(x, value))).toBeLessThan(tolerance);
  });
});

describe("the pointwise convolution", () => {
  it("has the right gradients", () => {
    const shape = windowShape({ stride: 1, dilation: 1, padding: "same" }, [3, 5], 1);
    const [x, w] = [normal(volume(shape.input), 4), normal(15, 5)];
    const y = new Float64Array(volume(shape.output));
    const dy = normal(y.length, 6);
    const [dx, dw] = [new Float64Array(x.length), new Float64Array(15)];
    const value = (): number => {
      convolutionForward(shape, 2, { x, w, y });
      return weigh(y, dy);
    };
    convolutionBackward(shape, 2, { x, w, dy, dw, dx });
    expect(relativeError(dw, finiteDifferences(w, value))).toBeLessThan(tolerance);
    expect(relativeError(dx, finiteDifferences(x, value))).toBeLessThan(tolerance);
  });
});

describe("batch norm", () => {
  const channels = 3;
  const x = normal(20 * channels, 7).map((value, i) => value * (1 + (i % 3)) + (i % 3));
  const [gamma, beta, dy] = [normal(channels, 8), normal(channels, 9), normal(x.length, 10)];

  it("makes mean β and deviation γ", () => {
    const { mean, variance } = batchMoments(x, 20, channels);
    const y = new Float64Array(x.length);
    batchNormForward(statisticsOf(mean, variance, 0), x.length, { x, gamma, beta, y });
    const after = batchMoments(y, 20, channels);
    for (let c = 0; c < channels; c++) {
      expect(after.mean[c]).toBeCloseTo(beta[c] as number, 12);
      expect(after.variance[c]).toBeCloseTo((gamma[c] as number) ** 2, 12);
    }
  });

  it.each([true, false])("has the right gradients, own statistics %s", (ownStatistics) => {
    const fixed = statisticsOf([0.1, -0.2, 0.3], [1, 2, 0.5], 1e-3);
    const statistics = () => {
      const { mean, variance } = batchMoments(x, 20, channels);
      return ownStatistics ? statisticsOf(mean, variance, 1e-3) : fixed;
    };
    const y = new Float64Array(x.length);
    const value = (): number => {
      batchNormForward(statistics(), x.length, { x, gamma, beta, y });
      return weigh(y, dy);
    };
    const [dgamma, dbeta, dx] = [3, 3, x.length].map((n) => new Float64Array(n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    batchNormBackward(statistics(), x.length, { x, gamma, dy, dgamma, dbeta, dx, ownStatistics });
    expect(relativeError(dx, finiteDifferences(x, value))).toBeLessThan(tolerance);
    expect(relativeError(dgamma, finiteDifferences(gamma, value))).toBeLessThan(tolerance);
    expect(relativeError(dbeta, finiteDifferences(beta, value))).toBeLessThan(tolerance);
  });

  it("moves its statistics, the variance unbiased", () => {
    const moving = { mean: Float64Array.of(1), variance: Float64Array.of(2) };
    moveStatistics(moving, { mean: [3], variance: [4] }, { decay: 0.9, pixels: 5 });
    expect(moving.mean[0]).toBeCloseTo(0.9 + 0.3, 12);
    expect(moving.variance[0]).toBeCloseTo(1.8 + 0.1 * 5, 12);
  });
});

describe("the small layers", () => {
  it("ReLU6 passes the gradient only inside 0 … 6", () => {
    const y = Float64Array.of(-1, 0, 0.5, 5.9, 6, 8);
    relu6Forward(y, 6);
    expect([...y]).toEqual([0, 0, 0.5, 5.9, 6, 6]);
    const dy = new Float64Array(6).fill(2);
    relu6Backward(y, dy, 6);
    expect([...dy]).toEqual([0, 0, 2, 2, 0, 0]);
  });

  it("the pool gives every pixel its share", () => {
    const shape = [2, 2, 3, 2] as const;
    const x = normal(24, 11);
    const [y, dy, dx] = [new Float64Array(4), normal(4, 12), new Float64Array(24)];
    const value = (): number => {
      poolForward(shape, 2, { x, y });
      return weigh(y, dy);
    };
    poolBackward(shape, 2, { dy, dx });
    expect(relativeError(dx, finiteDifferences(x, value))).toBeLessThan(tolerance);
  });

  it("the dense layer has the right gradients", () => {
    const shape = { count: 3, inputs: 4, outputs: 5 };
    const [x, w, bias, dy] = [normal(12, 13), normal(20, 14), normal(5, 15), normal(15, 16)];
    const [y, dx, dw, dbias] = [15, 12, 20, 5].map(
      (n) => new Float64Array(n),
    ) as Float64Array[] as [Float64Array, Float64Array, Float64Array, Float64Array];
    const value = (): number => {
      denseForward(shape, { x, w, bias, y });
      return weigh(y, dy);
    };
    denseBackward(shape, { x, w, dy, dw, dbias, dx });
    expect(relativeError(dw, finiteDifferences(w, value))).toBeLessThan(tolerance);
    expect(relativeError(dbias, finiteDifferences(bias, value))).toBeLessThan(tolerance);
    expect(relativeError(dx, finiteDifferences(x, value))).toBeLessThan(tolerance);
  });

  it("dropout keeps the mean and the same places in both directions", () => {
    const count = 10_000;
    const x = new Float64Array(count).fill(1);
    const mask = new Float64Array(count);
    dropoutForward(x, { mask, count, rate: 0.2, random: new Random(17) });
    const mean = x.reduce((sum, value) => sum + value, 0) / count;
    // The mean's deviation is √(0.2 / 0.8 / count) = 0.005.
    expect(Math.abs(mean - 1)).toBeLessThan(5 * 0.005);
    const dy = new Float64Array(count).fill(1);
    dropoutBackward(dy, mask, count);
    expect(dy).toEqual(x);
  });
});

describe("softmax cross entropy", () => {
  it.each([0, 0.1])("has the right gradient, smoothing %s", (labelSmoothing) => {
    const loss = softmaxCrossEntropy({ labelSmoothing });
    const logits = normal(12, 18);
    const targets = Float32Array.of(1, 0, 0, 0, 0, 0.25, 0.75, 0, 0, 0, 0, 1);
    const input = { logits, targets, count: 3, classes: 4 };
    const gradient = new Float64Array(12);
    loss.compute(input, gradient);
    const wanted = finiteDifferences(logits, () => loss.compute(input));
    expect(relativeError(gradient, wanted)).toBeLessThan(tolerance);
  });

  it("is log(classes) for equal logits, whatever the smoothing", () => {
    const input = {
      logits: new Float64Array(4),
      targets: Float32Array.of(0, 1, 0, 0),
      count: 1,
      classes: 4,
    };
    expect(softmaxCrossEntropy({ labelSmoothing: 0.1 }).compute(input)).toBeCloseTo(
      Math.log(4),
      12,
    );
  });

  it("does not overflow", () => {
    const input = {
      logits: Float64Array.of(1000, 0),
      targets: Float32Array.of(0, 1),
      count: 1,
      classes: 2,
    };
    expect(softmaxCrossEntropy().compute(input)).toBeCloseTo(1000, 9);
  });
});

it("the difference step balances rounding and truncation", () => {
  const x = Float64Array.of(0.7);
  const [slope] = finiteDifferences(x, () => Math.sin(x[0] as number));
  expect(Math.abs((slope as number) - Math.cos(0.7))).toBeLessThan(10 * differenceStep ** 2);
});
