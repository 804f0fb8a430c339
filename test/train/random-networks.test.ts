/** The kernels against the reference on arbitrary graphs: whatever is next to what. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../../src/errors.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { planTraining } from "../../src/train/plan.ts";
import { assemble } from "../conformance/assemble.ts";
import { anyFloatRecipes } from "../conformance/recipes.ts";
import { compareNetworks } from "./compare-networks.ts";

/**
 * Sums of some thousand values in float32, through a few layers (see wasm-network.test.ts). A channel whose
 * variance in the batch happens to be small is enlarged, and each rounding with it: by up to 1/√ε ≈ 30 in
 * each norm, 30 to a gradient's parts that cancel.
 */
const [fixed, own] = [5e-5, 1e-2];

function isTrainable(graph: Graph): boolean {
  try {
    return planTraining(graph).graph.parameters.size > 0;
  } catch (error) {
    if (error instanceof MobileNetError && error.code === "unsupported") return false;
    throw error;
  }
}

describe("arbitrary graphs", () => {
  it("have the reference's outputs, gradients and statistics", async () => {
    const graphs = anyFloatRecipes.map(assemble).filter(isTrainable);
    const options = fc.record({
      batch: fc.integer({ min: 1, max: 9 }),
      frozenBatchNorm: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        graphs,
        options,
        fc.nat(),
        async (graph, { batch, frozenBatchNorm }, draw) => {
          const how = { seed: draw, count: 1 + (draw % batch), weights: graph.parameters };
          const differences = await compareNetworks(graph, { batch, frozenBatchNorm }, how);
          const tolerance = frozenBatchNorm ? fixed : own;
          expect(differences.filter(({ error }) => !(error < tolerance))).toEqual([]);
        },
      ),
      { seed: 1801_04381, numRuns: process.env["LONG"] ? 1000 : 30, endOnFailure: true },
    );
  });
});
