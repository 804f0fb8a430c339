/**
 * Every operation on every backend, over random shapes and attributes, against the definition. The
 * tolerance is each element's own bound from the error analysis of float32 sums (error-bound.ts):
 * nothing is tuned, and an error in a single tap is far outside.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backends, randomInputs, violation } from "./backends.ts";
import { operationCases, seed, sketch } from "./operation-cases.ts";

describe.each(backends)("$name computes", (backend) => {
  it.each(operationCases)("$title", async ({ graphs, runs }) => {
    await fc.assert(
      fc.asyncProperty(graphs, seed, async (graph, inputSeed) => {
        const inputs = randomInputs(graph, inputSeed);
        expect(await violation(backend, graph, inputs)).toBeUndefined();
      }),
      { seed: 1801_04381, numRuns: runs },
    );
  });
});

describe.each(backends)("$name at the extremes", (backend) => {
  const run = async (op: "softmax" | "sigmoid", values: readonly number[]): Promise<void> => {
    const graph = sketch({ seed: 1, shape: [1, 1, 1, values.length] }, (s, x) => s.unary(op, x));
    expect(await violation(backend, graph, [Float32Array.from(values)])).toBeUndefined();
  };

  it.each([
    { title: "large logits", values: [1000, 999, 998.5, -1000] },
    { title: "equal logits", values: [88, 88, 88, 88, 88] },
    { title: "one far above the rest", values: [-200, -300, 500, -200, 0, 3, 7, 9, 11] },
    { title: "a single class", values: [-42] },
  ])("softmax neither overflows nor loses its sum: $title", ({ values }) => run("softmax", values));

  it("sigmoid reaches 0 and 1 without overflow", () =>
    run(
      "sigmoid",
      [-1e30, -1000, -104, -88.8, -88, -20, -1, -0, 0, 1, 17, 20, 88, 89, 1000, 1e30],
    ));

  it("ReLU6 keeps 6 and 0 exactly", async () => {
    const graph = sketch({ seed: 1, shape: [1, 1, 1, 7] }, (s, x) => s.activation(x, "relu6"));
    const values = Float32Array.of(-1e30, -0.5, 0, 5.9999995, 6, 6.0000005, 1e30);
    expect(await violation(backend, graph, [values])).toBeUndefined();
  });
});
