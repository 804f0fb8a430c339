/**
 * Every compiler pass keeps what a graph computes. Passes that only join nodes keep every bit of the
 * definition's arithmetic; folding a batch norm rounds the folded weights, and the error analysis
 * says how far that may move each output.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optimize, passes } from "../../src/compile/compile.ts";
import { foldBatchNorm } from "../../src/compile/fold-batch-norm.ts";
import { fuseBlocks } from "../../src/compile/fuse-blocks.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { firstViolation, randomInputs } from "./backends.ts";
import { type Bounded, evaluate, unitRoundoff } from "./error-bound.ts";
import { randomWeights } from "./random.ts";
import { randomGraph } from "./random-graphs.ts";

const seed = fc.integer({ min: 1, max: 2 ** 30 });
const settings = { seed: 1801_04381, numRuns: 100 };

/** All passes, each with its name; `fuseBlocks` runs for targets that ask for it. */
const namedPasses = [...passes, fuseBlocks].map((pass) => ({ name: pass.name, pass }));

/** Outputs in the graph's order: a pass may rename a node only together with the output. */
function outputsOf(graph: Graph, inputs: readonly Float32Array[]): readonly Bounded[] {
  const results = evaluate(graph, inputs);
  return graph.outputs.map((name) => results.get(name)!);
}

/** What two graphs may differ by where both are within their bounds of exact arithmetic. */
function bothBounds(a: Bounded, b: Bounded): Bounded {
  const data = a.bound.data.map((bound, i) => bound + b.bound.data[i]!);
  return { value: a.value, bound: { shape: a.value.shape, data } };
}

describe("on random graphs", () => {
  it.each(namedPasses)("$name keeps every output", ({ pass }) => {
    fc.assert(
      fc.property(randomGraph, seed, (graph, inputSeed) => {
        // Each pass sees the graphs that it will see: those that earlier passes leave.
        const position = passes.indexOf(pass);
        const earlier = position === -1 ? passes : passes.slice(0, position);
        const before = earlier.reduce((rewritten, each) => each(rewritten), graph);
        const after = pass(before);
        expect(after.outputs).toEqual(before.outputs);
        const inputs = randomInputs(before, inputSeed);
        const received = outputsOf(after, inputs);
        for (const [i, expected] of outputsOf(before, inputs).entries()) {
          const allowed = bothBounds(expected, received[i]!);
          expect(firstViolation(allowed, received[i]!.value.data)).toBeUndefined();
        }
      }),
      settings,
    );
  });

  it.each(namedPasses)("$name leaves its input untouched", ({ pass }) => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const before = structuredClone(graph);
        pass(graph);
        expect(graph).toEqual(before);
      }),
      { ...settings, numRuns: 30 },
    );
  });

  it("optimising twice changes nothing more", () => {
    fc.assert(
      fc.property(randomGraph, fc.boolean(), (graph, blocks) => {
        const once = optimize(graph, { fuseBlocks: blocks });
        const twice = optimize(once, { fuseBlocks: blocks });
        expect(twice.nodes).toEqual(once.nodes);
      }),
      settings,
    );
  });
});

describe("on the networks", () => {
  const expansions = { shortcut: "expansion" } as const;
  const networks = [
    { title: "MobileNetV2", graph: mobilenetV2({ width: 0.35, resolution: 64, classes: 10 }) },
    {
      title: "nonlinear bottlenecks",
      graph: mobilenetV2({ width: 0.35, resolution: 64, classes: 10, block: { nonlinear: true } }),
    },
    {
      title: "shortcuts between expansions",
      graph: mobilenetV2({ ...{ width: 0.35, resolution: 64, classes: 10 }, block: expansions }),
    },
    { title: "MobileNetV1", graph: mobilenetV1({ width: 0.25, resolution: 64, classes: 10 }) },
  ].map(({ title, graph }) => {
    const bound = bindWeights(graph, randomWeights(graph, 7));
    return { title, graph: selectOutputs(bound, ["classifier"]) };
  });

  /** ‖a − b‖ / ‖a‖ over the only output. */
  function relativeDistance(before: Graph, after: Graph): number {
    const inputs = randomInputs(before, 11);
    const [a, b] = [before, after].map((graph) => outputsOf(graph, inputs)[0]!.value.data);
    const norm = (of: (i: number) => number): number => Math.hypot(...a!.map((_, i) => of(i)));
    return norm((i) => a![i]! - b![i]!) / norm((i) => a![i]!);
  }

  // A relative rounding of 2⁻²⁴ in every weight, bias and stored value moves a layer's output by no
  // more than 4 roundings of its own size; ReLU6 and the shortcuts add none. With L layers whose
  // gains are near 1 that makes 4 · L · u; a factor of 10 allows for gains above 1.
  const tolerance = (layers: number): number => 10 * 4 * layers * unitRoundoff;

  it.each(networks)("$title computes the same with batch norms folded", ({ graph }) => {
    const folded = foldBatchNorm(graph);
    expect(folded.nodes.filter(({ op }) => op === "batchNorm")).toEqual([]);
    const layers = folded.nodes.filter(({ op }) => op.endsWith("onv2d")).length;
    expect(relativeDistance(graph, folded)).toBeLessThan(tolerance(layers));
  });

  it.each(networks)("$title computes the same bits with fused blocks", ({ graph }) => {
    const plain = optimize(graph, { fuseBlocks: false });
    const fused = optimize(graph, { fuseBlocks: true });
    expect(fused.nodes.length).toBeLessThan(plain.nodes.length);
    expect(relativeDistance(plain, fused)).toBe(0);
  });
});
