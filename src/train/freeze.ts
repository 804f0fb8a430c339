/**
 * Freezing: the network is cut after the last frozen block. What lies before runs as any other compiled
 * network; only what lies behind is trained, with the block's output as its input.
 */
import { MobileNetError } from "../errors.ts";
import { checkGraph } from "../graph/check-graph.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { pruneGraph, selectOutputs, withoutArchitecture } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { blockNames } from "../models/mobilenet-v2.ts";
import { required } from "../required.ts";
import { quote } from "../untrusted.ts";

/** A network in two parts. */
export interface SplitGraph {
  /** From pictures to the cut. */
  readonly frozen: Graph;
  /** From the cut to the end. */
  readonly trained: Graph;
}

/**
 * Cuts a network.
 *
 * @param last - What is frozen last: `stem`, `block_0` … `block_16`, or, of a classifier, `head` for all but
 *   the last layer. A detector can be cut up to `block_12`, since its head looks into block 13.
 * @throws MobileNetError `invalid-argument` for any other name, or where layers behind the cut look before it.
 *
 * @example
 * ```ts
 * const { frozen, trained } = splitGraph(mobilenetV2(), "block_12");
 * [frozen.outputs[0], trained.nodes[1]?.name]; // ["block_12/add", "block_13/expand"]
 * ```
 */
export function splitGraph(graph: Graph, last: string): SplitGraph {
  checkGraph(graph, "splitGraph");
  const cut = cutNode(graph, last);
  const shape = required(inferShapes(graph), cut);
  const frozen = selectOutputs(graph, [cut]);
  const before = new Set(frozen.nodes.map(({ name }) => name));
  const input: Node = { op: "input", name: cut, inputs: [], shape };
  const rest = graph.nodes.filter(({ name }) => !before.has(name));
  const across = rest.flatMap(({ inputs }) => inputs).find((one) => before.has(one) && one !== cut);
  if (across !== undefined) {
    throw new MobileNetError("invalid-argument", "the network cannot be cut there", {
      node: graph.name,
      expected: `all that comes after ${last} to read its output alone`,
      received: `a layer that reads ${across}, too`,
      remedy: "Freeze up to an earlier block: of a detector, block_12 at most.",
    });
  }
  // The mean of one pixel is the pixel: the plan looks for a pool before the classifier.
  const pool: Node = { op: "globalAveragePool", name: "pooled", inputs: [cut] };
  const nodes =
    last === "head" ? [pool, ...rest.map((node) => redirect(node, cut, "pooled"))] : rest;
  const trained = pruneGraph({
    ...withoutArchitecture(graph),
    name: `${graph.name} after ${last}`,
    nodes: [input, ...nodes],
  });
  return { frozen, trained };
}

/** Whether a network of table 2 has such a block. */
export function isFreezable(last: string): boolean {
  return last === "stem" || last === "head" || blockNames.includes(last);
}

function redirect(node: Node, from: string, to: string): Node {
  return { ...node, inputs: node.inputs.map((name) => (name === from ? to : name)) };
}

/** The output of what is frozen last. */
function cutNode({ name, landmarks }: Graph, last: string): string {
  const cuts = new Map(blockNames.map((block, index) => [block, landmarks?.blocks?.[index]]));
  cuts.set("stem", landmarks?.stem).set("head", landmarks?.pool);
  const found = cuts.get(last);
  if (found !== undefined) return found;
  throw new MobileNetError("invalid-argument", "there is no such block to freeze up to", {
    node: name,
    expected: `stem, ${blockNames[0]} … ${blockNames.at(-1)} or head, of a network of this library`,
    received: quote(last),
  });
}
