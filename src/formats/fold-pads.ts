/**
 * Zeros that a graph adds in an operation of their own belong to the convolution that reads them:
 * Keras pads by hand before its stride-2 convolutions. What is left over stays a `pad`.
 */
import type { Graph, Node, Padding, PadNode, Pads, Window } from "../graph/ir.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import { required } from "../required.ts";

/** Gives each unpadded convolution the padding of the node before it. */
export function foldPads(graph: Graph): Graph {
  const padNodes = new Map(
    graph.nodes
      .filter((node): node is PadNode => node.op === "pad")
      .map((node) => [node.name, node]),
  );
  if (padNodes.size === 0) return graph;
  const shapes = inferShapes(graph);
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return node;
    const [padded = "", ...others] = node.inputs;
    const pad = padNodes.get(padded);
    if (pad === undefined || node.padding !== "valid") return node;
    const [bare = ""] = pad.inputs;
    const [, rows, columns] = required(shapes, bare);
    const inputs = [bare, ...others];
    return { ...node, inputs, padding: namedPadding(node, pad.pads, [rows, columns]) };
  });
  return pruneGraph({ ...graph, nodes });
}

/** The rule that gives these pads for this size; the pads themselves where none does. */
export function namedPadding(
  window: Window,
  pads: Pads,
  [rows, columns]: readonly [number, number],
): Padding {
  const rule = (["same", "symmetric"] as const).find((padding) => {
    const given = resolvePads({ ...window, padding }, rows, columns);
    return (["top", "left", "bottom", "right"] as const).every(
      (side) => given[side] === pads[side],
    );
  });
  return rule ?? pads;
}
