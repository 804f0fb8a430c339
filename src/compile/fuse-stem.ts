/**
 * The stem joins the first block. That block has no expansion of its own (t = 1), and the stem's
 * output, 112² × 32 at full size, is the largest tensor of all: as the block's expansion it is made row
 * by row and never exists as a whole (section 5.1).
 */
import type { Conv2dNode, Graph, Node } from "../graph/ir.ts";
import { isFloat, singleUse } from "../graph/rewrite.ts";
import { convolutionOf, sameKind } from "./fuse-blocks.ts";

/** An image's channels; in float32 a convolution over more is no stem. */
const mostStemInputs = 4;

/** Makes a stem the expansion of the block that follows it. */
export function fuseStem(graph: Graph): Graph {
  const single = singleUse(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const absorbed = new Set<string>();
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "invertedResidual" || node.expand !== undefined || node.residual) return node;
    const stem = byName.get(node.inputs[0]!);
    if (stem === undefined || !isStem(stem, graph) || !single.has(stem.name)) return node;
    if (!sameKind(stem, node.depthwise)) return node;
    absorbed.add(stem.name);
    return { ...node, inputs: stem.inputs, expand: convolutionOf(stem) };
  });
  return { ...graph, nodes: nodes.filter((node) => !absorbed.has(node.name)) };
}

function isStem(node: Node, { parameters }: Graph): node is Conv2dNode {
  if (node.op !== "conv2d" || node.inputs.length !== 1) return false;
  if (!isFloat(node)) return true;
  const inputs = parameters.get(node.weights)?.shape[2] ?? Number.POSITIVE_INFINITY;
  return inputs <= mostStemInputs;
}
