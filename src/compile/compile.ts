/**
 * The compiler: a list of pure passes, Graph → Graph, then the memory plan. The order matters: a
 * batch norm must be gone before an activation can join its convolution, and a shortcut must be
 * part of its projection before a block can become one operation.
 */
import { checkGraph } from "../graph/check-graph.ts";
import type { Graph } from "../graph/ir.ts";
import { pruneInner } from "../graph/rewrite.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { fuseBlocks } from "./fuse-blocks.ts";
import { fuseActivations, fuseResiduals } from "./fuse-elementwise.ts";
import { fuseStem } from "./fuse-stem.ts";
import { planMemory } from "./plan-memory.ts";
import { checkTarget, type Program, type Target } from "./program.ts";

/** A rewrite of the graph that keeps what it computes. */
export type Pass = (graph: Graph) => Graph;

/** The passes for every target, in order. */
export const passes: readonly Pass[] = [pruneInner, foldBatchNorm, fuseActivations, fuseResiduals];

/** The graph as a target's kernels see it. */
export function optimize(graph: Graph, target: Pick<Target, "fuseBlocks" | "fuseStem">): Graph {
  const blocks = target.fuseStem ? [fuseBlocks, fuseStem] : [fuseBlocks];
  const all = target.fuseBlocks ? [...passes, ...blocks] : passes;
  return all.reduce((rewritten, pass) => pass(rewritten), graph);
}

/**
 * Compiles a graph for a backend's target.
 *
 * @throws MobileNetError `invalid-model` when the graph's shapes do not fit; `invalid-argument` for what is
 *   no graph or no target.
 *
 * @example
 * ```ts
 * const program = compile(mobilenetV2(), referenceBackend.target);
 * program.arenaBytes > 0; // true
 * ```
 */
export function compile(graph: Graph, target: Target): Program {
  checkGraph(graph, "compile");
  checkTarget(target, "compile");
  return planMemory(optimize(graph, target), target);
}
