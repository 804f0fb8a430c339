/**
 * Lays out every feature map as the target's kernels have it, and gives the steps their places in one
 * arena.
 */
import type { Graph, InputNode, Node } from "../graph/ir.ts";
import { withBatch } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { placeMemory } from "./place-memory.ts";
import type { FeatureLayout, MemoryRules, Operands, Program, Step, Target } from "./program.ts";

/** Turns a fused graph into a program for a target. */
export function planMemory(batched: Graph, target: Target): Program {
  const images = target.imageByImage ? batchOf(batched) : 1;
  const graph = images === 1 ? batched : withBatch(batched, 1);
  const rules = (hasBytes(graph) && target.quantized?.()) || target;
  const layouts = layOut(graph, target.channelAlignment, rules);
  const layoutOf = (name: string): FeatureLayout => required(layouts, name);
  const { name, nodes, outputs, parameters } = graph;
  const isWork = (node: Node): node is Step["node"] => node.op !== "input";
  return placeMemory(
    {
      name,
      images,
      parameters,
      inputs: nodes.filter(({ op }) => op === "input").map((node) => layoutOf(node.name)),
      outputs: outputs.map(layoutOf),
      steps: nodes.filter(isWork).map((node) => ({
        node,
        inputs: operandsOf(node, layoutOf),
        output: layoutOf(node.name),
      })),
    },
    rules,
  );
}

/** Whether feature maps are 8-bit. */
export function hasBytes({ nodes }: Graph): boolean {
  return nodes.some(({ quantization }) => quantization !== undefined);
}

/** Images that all inputs have; no operation mixes them. 1 where inputs differ. */
function batchOf({ nodes }: Graph): number {
  const isInput = (node: Node): node is InputNode => node.op === "input";
  const [first = 1, ...others] = nodes.filter(isInput).map(({ shape }) => shape[0]);
  return others.every((images) => images === first) ? first : 1;
}

/**
 * Dense where the caller or a reshape sees the values in order, aligned elsewhere; as its input is where
 * a node keeps all bits in place.
 */
function layOut(
  graph: Graph,
  channelAlignment: number,
  { inPlace }: MemoryRules,
): ReadonlyMap<string, FeatureLayout> {
  const { nodes, outputs, parameters } = graph;
  const shapes = inferShapes(graph);
  const dense = new Set(outputs);
  for (const node of nodes) {
    if (node.op === "input") dense.add(node.name);
    if (node.op === "reshape") for (const name of [node.name, ...node.inputs]) dense.add(name);
  }
  const layouts = new Map<string, FeatureLayout>();
  for (const node of nodes) {
    const { name, quantization } = node;
    const shape = required(shapes, name);
    const [, , , channels] = shape;
    const layout: FeatureLayout = {
      name,
      dtype: quantization?.dtype ?? "float32",
      ...(quantization === undefined ? {} : { quantization }),
      shape,
      pitch: dense.has(name) ? channels : Math.ceil(channels / channelAlignment) * channelAlignment,
    };
    layouts.set(name, layout);
    if (node.op === "input" || dense.has(name)) continue;
    const inputs = operandsOf(node, (input) => required(layouts, input));
    const kept = inPlace?.({ node, inputs, output: layout, parameters }) === "keeps";
    if (kept) layouts.set(name, { ...layout, pitch: inputs[0].pitch });
  }
  return layouts;
}

/** The layouts of what a node reads. */
function operandsOf(
  { inputs: [first = "", ...others] }: Node,
  layoutOf: (name: string) => FeatureLayout,
): Operands<FeatureLayout> {
  return [layoutOf(first), ...others.map(layoutOf)];
}
