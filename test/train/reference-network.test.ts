/** Whole networks: gradients by finite differences, statistics, and the way back to a classifier. */
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { compile } from "../../src/compile/compile.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import { cifarStrides, mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { Random } from "../../src/random.ts";
import { initialize } from "../../src/train/initialize.ts";
import { exportWeights } from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import {
  finiteDifferences,
  onlyOutput,
  randomize,
  randomTargets,
  relativeError,
  smallGraph,
  step,
} from "./networks.ts";

describe.each([
  { padding: "same" as const, frozenBatchNorm: false },
  { padding: "symmetric" as const, frozenBatchNorm: false },
  { padding: "same" as const, frozenBatchNorm: true },
])(
  "a small network, $padding padding, frozen batch norm $frozenBatchNorm",
  ({ padding, frozenBatchNorm }) => {
    const network = createReferenceNetwork(
      planTraining(smallGraph({ rows: 7, columns: 8, padding })),
      {
        batch: 2,
        dropout: 0.3,
        frozenBatchNorm,
      },
    );
    randomize(network, 1);
    const targets = randomTargets(2, 5, 1);
    const labelSmoothing = 0.1;
    const objective = classification({ labelSmoothing }).prepare(network.plan);
    step(network, targets, { labelSmoothing, random: new Random(9) });
    const parameters = [...network.parameters.values()].filter((p) => p.gradient !== undefined);

    it.each(parameters.map(({ name }) => name))("has the gradient of %s", (name) => {
      const parameter = network.parameters.get(name);
      if (parameter?.gradient === undefined) throw new Error(name);
      const kept = parameter.gradient.slice();
      const wanted = finiteDifferences(parameter.values, () => {
        const outputs = network.forward(2, { training: true, random: new Random(9) });
        return objective.loss({ outputs, targets });
      });
      const largest = Math.max(...wanted.map(Math.abs));
      // Where a batch norm follows, the gradient of a projection's β is exactly 0: nothing is relative.
      if (largest < 1e-9) expect(Math.max(...kept.map(Math.abs))).toBeLessThan(1e-9);
      else expect(relativeError(kept, wanted)).toBeLessThan(1e-3);
    });
  },
);

describe("a training network", () => {
  it("is the classifier that its weights make elsewhere", async () => {
    const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 4, strides: cifarStrides });
    const network = createReferenceNetwork(planTraining(graph), { batch: 2 });
    randomize(network, 2);
    network.forward(2, { training: true });
    const logits = [...onlyOutput(network.forward(1, { training: false }))];
    const bound = bindWeights(graph, exportWeights(network));
    const executable = await referenceBackend.prepare(compile(bound, referenceBackend.target));
    executable.input().set(network.input.subarray(0, 32 * 32 * 3));
    executable.run();
    const probabilities = executable.output();
    const largest = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    // The backend rounds each of 53 layers to float32: 53 · 2⁻²⁴ ≈ 3e-6, amplified by the logits' size.
    for (const [i, logit] of logits.entries()) {
      expect(Math.abs((probabilities[i] as number) - Math.exp(logit - largest) / sum)).toBeLessThan(
        1e-3,
      );
    }
  });

  it("starts the same from the same seed, and otherwise from another", () => {
    const make = (seed: number) => {
      const network = createReferenceNetwork(planTraining(smallGraph()), { batch: 1 });
      initialize(network, { seed });
      return network.parameters.get("block_1/expand/weights")?.values;
    };
    expect(make(3)).toEqual(make(3));
    expect(make(3)).not.toEqual(make(4));
  });

  it("draws its first weights with the published deviations", () => {
    const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 10 });
    const network = createReferenceNetwork(planTraining(graph), { batch: 1 });
    const deviation = (name: string): number => {
      const values = [...(network.parameters.get(name)?.values ?? [])];
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    initialize(network, { seed: 5 });
    // A sample deviation of n values errs by 1/√(2n): 61,440 and 24,192 values, five deviations.
    expect(deviation("head/weights") / Math.sqrt(2 / 1280)).toBeCloseTo(1, 1.5);
    initialize(network, { seed: 5, scheme: "truncated-normal" });
    // Cut at 2 σ, a normal distribution's deviation is 0.8796 σ.
    expect(deviation("head/weights") / (0.09 * 0.8796)).toBeCloseTo(1, 1.5);
  });
});
