/**
 * Gives every feature map its 8 bits. Operations that only move or mix values of one scale
 * (padding, reshaping, resizing, windowed means, concatenation) share one range with what they read;
 * softmax and sigmoid have a fixed one.
 */
import type { Graph, Op, Quantization } from "../graph/ir.ts";
import { required } from "../required.ts";
import { coverRange, probabilities, type ValueRange } from "./affine.ts";

/** The quantisation of every node's output, by name. */
export function assignQuantization(
  graph: Graph,
  rangeOf: (name: string) => ValueRange,
): ReadonlyMap<string, Quantization> {
  const groups = sharedScales(graph);
  const ranges = new Map<string, ValueRange>();
  const fixed = new Set<string>();
  for (const node of graph.nodes) {
    const group = required(groups, node.name);
    const { least, greatest } = rangeOf(node.name);
    const known = ranges.get(group);
    ranges.set(group, {
      least: Math.min(least, known?.least ?? 0),
      greatest: Math.max(greatest, known?.greatest ?? 0),
    });
    if (node.op === "softmax" || node.op === "sigmoid") fixed.add(group);
  }
  return new Map(
    graph.nodes.map(({ name }) => {
      const group = required(groups, name);
      const range = required(ranges, group);
      return [name, fixed.has(group) ? probabilities : coverRange(range)];
    }),
  );
}

/** The first node of each node's group of equal scales. */
function sharedScales(graph: Graph): ReadonlyMap<string, string> {
  const parents = new Map(graph.nodes.map(({ name }) => [name, name]));
  const root = (name: string): string => {
    const parent = parents.get(name) ?? name;
    return parent === name ? name : root(parent);
  };
  for (const node of graph.nodes) {
    if (!keepsScale[node.op]) continue;
    for (const input of node.inputs) parents.set(root(node.name), root(input));
  }
  return new Map(graph.nodes.map(({ name }) => [name, root(name)]));
}

/** Operations that only move values or take means of neighbours: their output has their inputs' scale. */
const keepsScale: Readonly<Record<Op, boolean>> = {
  reshape: true,
  pad: true,
  resizeBilinear: true,
  averagePool2d: true,
  maxPool2d: true,
  resizeNearest: true,
  slice: true,
  transpose: true,
  concat: true,
  input: false,
  conv2d: false,
  depthwiseConv2d: false,
  batchNorm: false,
  activation: false,
  elementwise: false,
  multiply: false,
  add: false,
  globalAveragePool: false,
  softmax: false,
  sigmoid: false,
  quantize: false,
  dequantize: false,
  argMax: false,
  invertedResidual: false,
};
