/** Batch norms that are given back to folded weights compute the same, whatever weights and statistics. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { BatchNormNode, Graph } from "../../src/graph/ir.ts";
import { foldedConvolutions, unfoldBatchNorms } from "../../src/train/unfold.ts";

const epsilon = 1e-3;

/** One 1×1 convolution of one input channel: a weight and a bias for each output channel. */
function convolution(weights: readonly number[], biases: readonly number[]): Graph {
  const builder = new GraphBuilder("one");
  const name = "layer";
  builder.conv2d(weights.length, {
    name,
    input: builder.input("image", [1, 1, 1, 1]),
    padding: "same",
    activation: "none",
  });
  const graph = builder.build([name]);
  const shape = [weights.length];
  const parameters = new Map([
    ["layer/weights", { shape: [1, 1, 1, ...shape], data: Float32Array.from(weights) }],
    ["layer/bias", { shape, data: Float32Array.from(biases) }],
  ]);
  return { ...graph, parameters };
}

/** What the unfolded layer makes of an input, in double precision. */
function outputs(graph: Graph, input: number): number[] {
  const norm = graph.nodes.find((node): node is BatchNormNode => node.op === "batchNorm");
  const of = (name = ""): ArrayLike<number> => graph.parameters.get(name)?.data ?? [];
  const [weights, gamma, beta] = [of("layer/weights"), of(norm?.gamma), of(norm?.beta)];
  const [mean, variance] = [of(norm?.mean), of(norm?.variance)];
  return Array.from(weights, (weight, c) => {
    const spread = Math.sqrt(variance[c]! + epsilon);
    return ((weight * input - mean[c]!) / spread) * gamma[c]! + beta[c]!;
  });
}

describe("a batch norm given back", () => {
  it.each([
    ["a weight of any size", [2, 1e-3, 1e-10, 1e6], [0, 0.1, 3, -2], 0.4],
    ["filters of zeros", [0, 0], [0, 1.7], 0],
    ["a channel that never changes", [1, -1], [0.5, 0.5], 0],
  ] as const)("computes the same with %s", (_, weights, biases, spread) => {
    const graph = convolution(weights, biases);
    expect(foldedConvolutions(graph)).toEqual(["layer"]);
    // Of inputs of mean 3.
    const mean = Float64Array.from(weights, (weight, c) => 3 * weight + biases[c]!);
    const variance = Float64Array.from(weights, (weight) => spread * weight * weight);
    const statistics = new Map([["layer", { mean, variance }]]);
    const unfolded = unfoldBatchNorms(graph, { statistics, epsilon });
    for (const input of [3, 2, -1]) {
      for (const [c, found] of outputs(unfolded, input).entries()) {
        const expected = weights[c]! * input + biases[c]!;
        // Weights, γ, β and mean are rounded to float32, each once.
        const size = Math.abs(weights[c]!) * (Math.abs(input) + 3) + Math.abs(biases[c]!);
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(6 * 2 ** -24 * size);
      }
    }
    // One filter of one weight: its length is √2.
    const { data = [] } = unfolded.parameters.get("layer/weights") ?? {};
    weights.forEach((weight, c) => {
      if (weight === 0) expect(data[c]).toBe(0);
      else expect(Math.abs(data[c]!)).toBeCloseTo(Math.sqrt(2 / weights.length), 5);
    });
  });

  it("leaves a graph without statistics as it is", () => {
    const graph = convolution([1], [0]);
    expect(unfoldBatchNorms(graph, { statistics: new Map(), epsilon })).toBe(graph);
  });
});
