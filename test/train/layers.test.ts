/**
 * Each layer's values against the inference's definition of its node, its gradients against central
 * differences in double precision, and what only training has, by hand.
 */
import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { Random } from "../../src/random.ts";
import { elementCount } from "../../src/tensor.ts";
import {
  batchMoments,
  batchNormForward,
  moveStatistics,
  statisticsOf,
} from "../../src/train/layers/batch-norm.ts";
import type { ForwardPass } from "../../src/train/layers/layer.ts";
import { layerOf } from "../../src/train/layers/table.ts";
import { type PlannedOperation, sampleSize } from "../../src/train/plan.ts";
import { firstViolation } from "../conformance/backends.ts";
import { evaluate } from "../conformance/error-bound.ts";
import { type LayerCase, layerCases } from "./layer-cases.ts";
import { differenceStep, fillNormal, finiteDifferences, relativeError } from "./networks.ts";

/**
 * A central difference errs by h² ≈ 4e-11 of the third derivative and by ε/h ≈ 4e-11 of the sum, which is
 * up to some hundred times a derivative here.
 */
const tolerance = 1e-7;

const samples = 2;

function normal(count: number, seed: number, deviation = 1): Float64Array {
  const values = new Float64Array(count);
  fillNormal(values, new Random(seed), deviation);
  // As float32, so that the inference's definition gets the same.
  return values.map(Math.fround);
}

/** A scalar that depends on every output: its gradient by the outputs is `weights`. */
function weigh(values: Float64Array, weights: Float64Array): number {
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
}

/** A case's operation on memory of its own. */
class LayerTest {
  readonly operation: PlannedOperation;
  readonly graph: Graph;
  readonly inputs: readonly Float64Array[];
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly pass: ForwardPass;

  constructor(
    op: PlannedOperation["node"]["op"],
    { node: rest, inputs, parameters = {}, spread }: LayerCase,
    ownStatistics: boolean,
  ) {
    const names = inputs.map((_, i) => `input_${i}`);
    const node = { ...rest, op, name: "layer", inputs: names } as Node;
    this.parameters = new Map(
      Object.entries(parameters).map(([name, shape], i) => {
        const values = normal(elementCount(shape), 10 + i);
        return [name, name === "v" ? values.map((value) => Math.fround(0.5 + value ** 2)) : values];
      }),
    );
    this.graph = {
      name: "one layer",
      nodes: [
        ...inputs.map((shape, i) => ({ op: "input", name: names[i]!, inputs: [], shape }) as const),
        node,
      ],
      outputs: ["layer"],
      parameters: new Map(
        [...this.parameters].map(([name, values]) => {
          return [name, { shape: parameters[name]!, data: Float32Array.from(values) }];
        }),
      ),
    };
    const output = inferShapes(this.graph).get("layer")!;
    const sources = inputs.map(() => -1);
    this.operation = { node, sources, inputs, output } as unknown as PlannedOperation;
    this.inputs = inputs.map((shape, i) => normal(elementCount(shape), 20 + i, spread));
    this.pass = {
      ...{ count: samples, ownStatistics, inputs: this.inputs, kept: {} },
      ...{ batchNormDecay: 0.9, dropout: 0, random: undefined },
      output: new Float64Array(samples * sampleSize(output)),
      values: (name) => this.parameters.get(name)!,
    };
  }

  forward(): Float64Array {
    // What was there before must not matter.
    this.pass.output.fill(Number.NaN);
    layerOf(this.operation).forward(this.operation, this.pass);
    return this.pass.output as Float64Array;
  }

  /** Gradients of the inputs and the parameters, which begin with ones: layers add. */
  backward(gradient: Float64Array, wanted: boolean) {
    const ones = (values: Float64Array): Float64Array => new Float64Array(values.length).fill(1);
    const inputs = this.inputs.map((values) => (wanted ? ones(values) : undefined));
    const parameters = new Map([...this.parameters].map(([name, values]) => [name, ones(values)]));
    layerOf(this.operation).backward(this.operation, {
      ...{ ...this.pass, gradient, inputGradients: inputs },
      parameterGradient: (name) => parameters.get(name)!,
    });
    const less = (values: Float64Array): Float64Array => values.map((value) => value - 1);
    return {
      inputs: inputs.map((values) => less(values ?? new Float64Array())),
      parameters: new Map([...parameters].map(([name, values]) => [name, less(values)])),
    };
  }
}

const ops = Object.entries(layerCases) as readonly (readonly [
  PlannedOperation["node"]["op"],
  readonly LayerCase[],
])[];

describe.each(ops)("%s", (op, cases) => {
  it.each(cases.map((of) => [of.title, of] as const))("computes as elsewhere: %s", (_, of) => {
    const test = new LayerTest(op, of, false);
    const inputs = test.inputs.map((values) => Float32Array.from(values));
    const expected = evaluate(test.graph, inputs).get("layer")!;
    expect(firstViolation(expected, Float32Array.from(test.forward()))).toBeUndefined();
  });

  it.each(
    cases.flatMap((of) =>
      (op === "batchNorm" ? [true, false] : [true]).map((own) => [of.title, own, of] as const),
    ),
  )("has the right gradients: %s, own statistics %s", (_, own, of) => {
    const test = new LayerTest(op, of, own);
    const dy = normal(test.pass.output.length, 5);
    const value = (): number => weigh(test.forward(), dy);
    value();
    const got = test.backward(dy, true);
    const onlyParameters = test.backward(dy, false);
    for (const [i, x] of test.inputs.entries()) {
      expect(relativeError(got.inputs[i]!, finiteDifferences(x, value)), `input ${i}`).toBeLessThan(
        tolerance,
      );
    }
    for (const [name, values] of test.parameters) {
      if (name === "m" || name === "v") continue;
      const gradient = got.parameters.get(name)!;
      expect(relativeError(gradient, finiteDifferences(values, value)), name).toBeLessThan(
        tolerance,
      );
    }
    expect(onlyParameters.parameters).toEqual(got.parameters);
  });
});

describe("corners", () => {
  const slopes = (op: "activation" | "elementwise", node: object, x: readonly number[]) => {
    const inputs = [[1, 1, x.length, 1] as const];
    const test = new LayerTest(op, { title: "", node, inputs } as unknown as LayerCase, true);
    const pass = { ...test.pass, count: 1, inputs: [Float64Array.from(x)] };
    const y = new Float64Array(x.length);
    const { operation } = test;
    layerOf(operation).forward(operation, { ...pass, output: y });
    const dx = new Float64Array(x.length);
    layerOf(operation).backward(operation, {
      ...{ ...pass, output: y, inputGradients: [dx] },
      gradient: new Float64Array(x.length).fill(1),
      parameterGradient: () => dx,
    });
    return { y: [...y], slopes: [...dx] };
  };

  it("ReLU6 passes the gradient only inside 0 … 6", () => {
    const found = slopes("activation", { activation: "relu6" }, [-1, 0, 0.5, 5.9, 6, 8]);
    expect(found).toEqual({ y: [0, 0, 0.5, 5.9, 6, 6], slopes: [0, 0, 1, 1, 0, 0] });
  });

  it("ReLU passes it above 0", () => {
    const found = slopes("activation", { activation: "relu" }, [-1, 0, 0.5, 8]);
    expect(found).toEqual({ y: [0, 0, 0.5, 8], slopes: [0, 0, 1, 1] });
  });

  it("hard swish is 0 up to −3 and the value itself from 3 on", () => {
    const found = slopes("elementwise", { function: { kind: "hardSwish" } }, [-4, -3, 0, 3, 4]);
    expect(found).toEqual({ y: [-0, -0, 0, 3, 4], slopes: [0, 0, 0.5, 1, 1] });
  });
});

describe("the largest value under a window", () => {
  it("gives the gradient to the first of equal ones", () => {
    const inputs = [[1, 2, 2, 1] as const];
    const window = { kernel: [2, 2], stride: 2, dilation: 1, padding: "valid" } as const;
    const test = new LayerTest("maxPool2d", { title: "", node: window, inputs }, true);
    const pass = { ...test.pass, count: 1, inputs: [Float64Array.of(1, 3, 3, 0)] };
    const { operation } = test;
    layerOf(operation).forward(operation, pass);
    const dx = new Float64Array(4);
    layerOf(operation).backward(operation, {
      ...{ ...pass, inputGradients: [dx], gradient: Float64Array.of(2) },
      parameterGradient: () => dx,
    });
    expect([...dx]).toEqual([0, 2, 0, 0]);
  });
});

describe("batch norm", () => {
  const channels = 3;
  const x = normal(20 * channels, 7).map((value, i) => value * (1 + (i % 3)) + (i % 3));
  const [gamma, beta] = [normal(channels, 8), normal(channels, 9)];

  it("makes mean β and deviation γ", () => {
    const { mean, variance } = batchMoments(x, 20, channels);
    const y = new Float64Array(x.length);
    batchNormForward(statisticsOf(mean, variance, 0), x.length, { x, gamma, beta, y });
    const after = batchMoments(y, 20, channels);
    for (let c = 0; c < channels; c++) {
      expect(after.mean[c]).toBeCloseTo(beta[c]!, 12);
      expect(after.variance[c]).toBeCloseTo(gamma[c]! ** 2, 12);
    }
  });

  it("moves its statistics, the variance unbiased", () => {
    const moving = { mean: Float64Array.of(1), variance: Float64Array.of(2) };
    moveStatistics(moving, { mean: [3], variance: [4] }, { decay: 0.9, pixels: 5 });
    expect(moving.mean[0]).toBeCloseTo(0.9 + 0.3, 12);
    expect(moving.variance[0]).toBeCloseTo(1.8 + 0.1 * 5, 12);
  });
});

describe("dropout", () => {
  const size = 10_000;
  const shape = [1, 1, 1, size] as const;
  const node = { op: "dropout", name: "pool" } as const;
  const operation = { node, sources: [-1], inputs: [shape], output: shape };
  const x = new Float64Array(size).fill(1);
  const passes = (random: Random | undefined) => {
    const [y, dx] = [new Float64Array(size), new Float64Array(size).fill(3)];
    const kept = {};
    const shared = { count: 1, ownStatistics: true, inputs: [x], output: y, kept, values: () => x };
    const { forward, backward } = layerOf(operation);
    forward(operation, { ...shared, batchNormDecay: 0.9, dropout: 0.2, random });
    const gradient = new Float64Array(size).fill(1);
    backward(operation, { ...shared, gradient, inputGradients: [dx], parameterGradient: () => x });
    return { y, dx };
  };

  it("keeps the mean and the same places in both directions", () => {
    const { y, dx } = passes(new Random(17));
    const mean = y.reduce((sum, value) => sum + value, 0) / size;
    // The mean's deviation is √(0.2 / 0.8 / size) = 0.005.
    expect(Math.abs(mean - 1)).toBeLessThan(5 * 0.005);
    expect(y.filter((value) => value === 0).length).toBeGreaterThan(0);
    expect(dx).toEqual(y.map((value) => value + 3));
  });

  it("drops nothing without anything to draw from", () => {
    const { y, dx } = passes(undefined);
    expect(y).toEqual(x);
    expect(dx).toEqual(x.map((value) => value + 3));
  });
});

it("the difference step balances rounding and truncation", () => {
  const x = Float64Array.of(0.7);
  const [slope] = finiteDifferences(x, () => Math.sin(x[0]!));
  expect(Math.abs(slope! - Math.cos(0.7))).toBeLessThan(10 * differenceStep ** 2);
});
