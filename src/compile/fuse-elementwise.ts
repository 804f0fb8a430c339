/**
 * Work that touches each element once belongs to the convolution that made the element: ReLU and
 * ReLU6 become its activation, and the shortcut of a linear bottleneck becomes its second input.
 */
import type { Conv2dNode, Graph, Node } from "../graph/ir.ts";
import { isFloat, singleUse } from "../graph/rewrite.ts";

/** Turns `activation(conv(x))` into one node. */
export function fuseActivations(graph: Graph): Graph {
  const single = singleUse(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const absorbed = new Set<string>();
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "activation") return node;
    const source = byName.get(node.inputs[0]!);
    if (source?.op !== "conv2d" && source?.op !== "depthwiseConv2d") return node;
    // A shortcut is added after the activation, so a convolution that has one already stays as it is.
    const bare = source.activation === "none" && source.inputs.length === 1;
    if (!bare || ![source, node].every(isFloat) || !single.has(source.name)) return node;
    absorbed.add(source.name);
    return { ...source, name: node.name, activation: node.activation };
  });
  return { ...graph, nodes: nodes.filter((node) => !absorbed.has(node.name)) };
}

/** Turns `shortcut + conv(x)` into one node where the convolution is linear. */
export function fuseResiduals(graph: Graph): Graph {
  const single = singleUse(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const absorbed = new Set<string>();
  const fusable = (name: string): Conv2dNode | undefined => {
    const node = byName.get(name);
    const linear = node?.op === "conv2d" && node.activation === "none" && node.inputs.length === 1;
    return linear && isFloat(node) && single.has(name) ? node : undefined;
  };
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "add" || !isFloat(node)) return node;
    const [a = "", b = ""] = node.inputs;
    // Later operands first: the projection comes after the shortcut.
    for (const [source, shortcut] of [
      [fusable(b), a],
      [fusable(a), b],
    ] as const) {
      if (source === undefined || source.name === shortcut) continue;
      absorbed.add(source.name);
      return { ...source, name: node.name, inputs: [source.inputs[0]!, shortcut] };
    }
    return node;
  });
  return { ...graph, nodes: nodes.filter((node) => !absorbed.has(node.name)) };
}
