/** Optimizers, schedules, averages: each against numbers worked out by hand or by another formula. */
import { describe, expect, it } from "vitest";
import { WeightAverage } from "../../src/train/average.ts";
import type { TrainedParameter, TrainingNetwork } from "../../src/train/network.ts";
import {
  clipGradients,
  type DecayOptions,
  gradientNorm,
  type OptimizerOptions,
  OptimizerState,
} from "../../src/train/optimizers.ts";
import { recipes } from "../../src/train/recipes.ts";
import { learningRate, type Schedule } from "../../src/train/schedules.ts";

/** A network of one weight and one γ, in double precision. */
function twoParameters(weight: number, gamma: number): TrainingNetwork {
  const parameter = (name: string, role: TrainedParameter["role"], value: number) => ({
    name,
    shape: [1],
    role,
    values: Float64Array.of(value),
    gradient: Float64Array.of(0),
  });
  const parameters = new Map([
    ["w", parameter("w", "weights", weight)],
    ["g", parameter("g", "gamma", gamma)],
  ]);
  const rest = { plan: {}, batch: 1, forward: () => new Float64Array() };
  return { ...rest, parameters } as unknown as TrainingNetwork;
}

/** The weight after each of the gradients; slots are float32, so agreement is to 1e-6. */
function run(
  options: OptimizerOptions & DecayOptions,
  gradients: readonly number[],
  rate = 0.1,
): number[] {
  const network = twoParameters(1, 1);
  const optimizer = new OptimizerState(network, options);
  const weight = network.parameters.get("w") as TrainedParameter;
  return gradients.map((gradient) => {
    weight.gradient?.fill(gradient);
    optimizer.step(rate);
    return weight.values[0] as number;
  });
}

describe("optimizers", () => {
  it("SGD steps along the gradient", () => {
    expect(run({ kind: "sgd", momentum: 0 }, [0.5, -1])).toEqual([0.95, 1.05]);
  });

  it("momentum adds up: v = 0.5, then 0.9 · 0.5 + 0.5", () => {
    const [first, second] = run({ kind: "sgd", momentum: 0.9 }, [0.5, 0.5]);
    expect(first).toBeCloseTo(1 - 0.05, 6);
    expect(second).toBeCloseTo(1 - 0.05 - 0.1 * 0.95, 6);
  });

  it("Nesterov's looks one step ahead", () => {
    const [first, second] = run({ kind: "sgd", momentum: 0.9, nesterov: true }, [0.5, 0.5]);
    // g + 0.9 v: 0.5 + 0.45, then 0.5 + 0.9 · 0.95.
    expect(first).toBeCloseTo(1 - 0.1 * 0.95, 6);
    expect(second).toBeCloseTo(1 - 0.1 * 0.95 - 0.1 * 1.355, 6);
  });

  it("RMSProp has its ε inside the root and the rate in the momentum", () => {
    const [first, second] = run({ kind: "rmsprop", epsilon: 1, decay: 0.9, momentum: 0.9 }, [2, 2]);
    // s = 0.9 · 1 + 0.1 · 4 = 1.3; v = 0.2 / √2.3.
    const v1 = 0.2 / Math.sqrt(2.3);
    expect(first).toBeCloseTo(1 - v1, 6);
    // s = 0.9 · 1.3 + 0.4 = 1.57; v = 0.9 v + 0.2 / √2.57.
    expect(second).toBeCloseTo(1 - v1 - (0.9 * v1 + 0.2 / Math.sqrt(2.57)), 6);
  });

  it("Adam's first steps are the rate, whatever the gradient's size", () => {
    for (const size of [1e-3, 1, 1e3]) {
      const [first, second] = run({ kind: "adamw" }, [size, size]);
      expect(first).toBeCloseTo(0.9, 4);
      expect(second).toBeCloseTo(0.8, 4);
    }
  });

  it("weight decay joins the gradient, or for AdamW takes off the weight", () => {
    expect(run({ kind: "sgd", momentum: 0, weightDecay: 0.1 }, [0.5])[0]).toBeCloseTo(1 - 0.06, 9);
    // 1 · (1 − 0.1 · 0.1) − 0.1.
    expect(run({ kind: "adamw", weightDecay: 0.1 }, [0.5])[0]).toBeCloseTo(0.99 - 0.1, 6);
  });

  it.each([true, false])("γ is exempt from weight decay on request: %s", (exemptNorms) => {
    const network = twoParameters(1, 1);
    new OptimizerState(network, { kind: "sgd", weightDecay: 0.1, exemptNorms }).step(0.1);
    expect(network.parameters.get("w")?.values[0]).toBeCloseTo(0.99, 9);
    expect(network.parameters.get("g")?.values[0]).toBeCloseTo(exemptNorms ? 1 : 0.99, 9);
  });

  it("refuses constants out of range", () => {
    expect(() => run({ kind: "sgd", momentum: 2 }, [])).toThrow(/momentum/);
    expect(() => run({ kind: "adamw", weightDecay: -1 }, [])).toThrow(/weightDecay/);
    expect(() => run({ kind: "sgd", momentum: 1 }, [])).toThrow(/momentum: expected .*below 1/);
    expect(() => run({ kind: "rmsprop", decay: 1 }, [])).toThrow(/decay/);
    expect(() => run({ kind: "adamw", epsilon: Number.POSITIVE_INFINITY }, [])).toThrow(/epsilon/);
    const unknown = { kind: "adam" } as unknown as OptimizerOptions;
    expect(() => run(unknown, [])).toThrow(/sgd, rmsprop or adamw, received "adam"/);
  });
});

describe("gradient clipping", () => {
  it("scales a norm of 5 to the limit and leaves a smaller one", () => {
    const network = twoParameters(0, 0);
    const [w, g] = [...network.parameters.values()];
    w?.gradient?.fill(3);
    g?.gradient?.fill(-4);
    expect(clipGradients(network, 10)).toBe(5);
    expect(w?.gradient?.[0]).toBe(3);
    expect(clipGradients(network, 1)).toBe(5);
    expect(w?.gradient?.[0]).toBeCloseTo(0.6, 12);
    expect(gradientNorm(network)).toBeCloseTo(1, 12);
  });
});

describe("schedules", () => {
  it("fall by a factor an epoch, at once or steadily", () => {
    const stairs = {
      learningRate: 0.045,
      decay: { kind: "exponential", factor: 0.98, staircase: true },
    } as const;
    expect(learningRate(stairs, 1.99, 300)).toBeCloseTo(0.045 * 0.98, 12);
    const steady = { learningRate: 1, decay: { kind: "exponential", factor: 0.25 } } as const;
    expect(learningRate(steady, 0.5, 10)).toBeCloseTo(0.5, 12);
  });

  it("fall along half a cosine: whole, half in the middle, the end", () => {
    const schedule = { learningRate: 2, decay: { kind: "cosine", end: 0.1 } } as const;
    expect([0, 5, 10].map((epoch) => learningRate(schedule, epoch, 10))).toEqual([2, 1.1, 0.2]);
  });

  it("fall in steps", () => {
    const schedule = { learningRate: 1, decay: { kind: "step", every: 3, factor: 0.5 } } as const;
    expect([2.9, 3, 6.5].map((epoch) => learningRate(schedule, epoch, 9))).toEqual([1, 0.5, 0.25]);
  });

  it("rise in a straight line first", () => {
    const schedule = {
      learningRate: 0.5,
      decay: { kind: "cosine" },
      warmupEpochs: 5,
      warmupStart: 0,
    } as const;
    expect([0, 2.5, 5].map((epoch) => learningRate(schedule, epoch, 600))).toEqual([0, 0.25, 0.5]);
  });

  it("refuse a rate of 0", () => {
    expect(() => learningRate({ learningRate: 0, decay: { kind: "constant" } }, 0, 1)).toThrow(
      /learningRate/,
    );
  });

  it.each([
    [{ kind: "exponential", factor: Number.NaN }, /factor/],
    [{ kind: "cosine", end: -1 }, /end/],
    [{ kind: "step", every: 0, factor: 0.1 }, /every/],
    [{ kind: "linear" }, /constant, exponential, cosine or step, received "linear"/],
  ])("refuse %j by name", (decay, message) => {
    const schedule = { learningRate: 1, decay: decay as Schedule["decay"] };
    expect(() => learningRate(schedule, 0, 1)).toThrow(message);
  });
});

describe("the moving average of weights", () => {
  it("follows with 1 − min(decay, (1 + n) / (10 + n))", async () => {
    const network = twoParameters(1, 0);
    const average = new WeightAverage(network, 0.9);
    network.parameters.get("w")?.values.fill(3);
    average.update(network, 1);
    // d = 2 / 11: 1 + (9 / 11) · 2.
    const wanted = 1 + 18 / 11;
    expect(average.values.get("w")?.[0]).toBeCloseTo(wanted, 6);
    await average.during(network, async () => {
      expect(network.parameters.get("w")?.values[0]).toBeCloseTo(wanted, 6);
    });
    expect(network.parameters.get("w")?.values[0]).toBe(3);
    average.update(network, 1000);
    expect(average.values.get("w")?.[0]).toBeCloseTo(wanted + 0.1 * (3 - wanted), 6);
  });
});

it("every recipe has a schedule and an optimizer that run", () => {
  for (const { optimizer, schedule, epochs } of Object.values(recipes)) {
    const network = twoParameters(1, 1);
    network.parameters.get("w")?.gradient?.fill(1);
    new OptimizerState(network, optimizer).step(learningRate(schedule, epochs / 2, epochs));
    expect(network.parameters.get("w")?.values[0]).toBeLessThan(1);
  }
});
