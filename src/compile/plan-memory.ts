/**
 * Places every feature map and scratch space in one arena. A tensor lives from the step that makes
 * it to the last step that reads it; tensors whose lives do not meet may share bytes. Placement is
 * greedy by size: the largest first, each at the lowest offset where it fits, which is within a few
 * percent of the best for networks that narrow as they go.
 */
import type { FeatureShape, Graph, InputNode, Node } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { Program, Slot, Step, Target } from "./program.ts";

/** Offsets are multiples of this, a cache line. */
const alignment = 64;

interface Interval {
  readonly name: string;
  readonly bytes: number;
  /** First and last step during which the bytes hold something, inclusive. */
  readonly first: number;
  readonly last: number;
}

/** Turns a fused graph into a program for a target. */
export function planMemory(graph: Graph, target: Target): Program {
  const shapes = inferShapes(graph);
  const shapeOf = (name: string): FeatureShape => shapes.get(name) as FeatureShape;
  const inputs = graph.nodes.filter((node): node is InputNode => node.op === "input");
  const work = graph.nodes.filter((node): node is Step["node"] => node.op !== "input");
  const pitches = choosePitches(graph, shapes, target.channelAlignment);
  const quantizations = new Map(graph.nodes.map((node) => [node.name, node.quantization]));
  const bytesOf = (name: string): number => {
    const [batch, rows, columns] = shapeOf(name);
    const elementBytes = quantizations.get(name) === undefined ? 4 : 1;
    return batch * rows * columns * (pitches.get(name) as number) * elementBytes;
  };
  const workspaceName = (node: Node): string => `${node.name}:workspace`;
  const workspaceBytes = work.map((node) =>
    target.workspaceBytes({
      node,
      inputs: node.inputs.map(shapeOf),
      output: shapeOf(node.name),
      parameters: graph.parameters,
    }),
  );
  const intervals = [
    ...tensorIntervals(graph, inputs, work, bytesOf),
    ...work.map((node, step) => ({
      name: workspaceName(node),
      bytes: workspaceBytes[step] as number,
      first: step,
      last: step,
    })),
  ];
  const offsets = placeIntervals(intervals);
  const slot = (name: string): Slot => {
    const quantization = quantizations.get(name);
    return {
      name,
      dtype: quantization?.dtype ?? "float32",
      ...(quantization === undefined ? {} : { quantization }),
      offset: offsets.get(name) as number,
      shape: shapeOf(name),
      pitch: pitches.get(name) as number,
    };
  };
  return {
    name: graph.name,
    steps: work.map((node, step) => ({
      node,
      inputs: node.inputs.map(slot),
      output: slot(node.name),
      workspace: {
        offset: offsets.get(workspaceName(node)) as number,
        bytes: workspaceBytes[step] as number,
      },
    })),
    inputs: inputs.map((node) => slot(node.name)),
    outputs: graph.outputs.map(slot),
    arenaBytes: Math.max(
      0,
      ...intervals.map(({ name, bytes }) => (offsets.get(name) as number) + bytes),
    ),
    parameters: graph.parameters,
  };
}

/** Dense where the caller or a reshape sees the values in order, aligned elsewhere. */
function choosePitches(
  graph: Graph,
  shapes: ReadonlyMap<string, FeatureShape>,
  channelAlignment: number,
): ReadonlyMap<string, number> {
  const dense = new Set(graph.outputs);
  for (const node of graph.nodes) {
    if (node.op === "input") dense.add(node.name);
    if (node.op === "reshape") for (const name of [node.name, ...node.inputs]) dense.add(name);
  }
  return new Map(
    [...shapes].map(([name, shape]) => [
      name,
      dense.has(name) ? shape[3] : Math.ceil(shape[3] / channelAlignment) * channelAlignment,
    ]),
  );
}

function tensorIntervals(
  graph: Graph,
  inputs: readonly InputNode[],
  work: readonly Step["node"][],
  bytesOf: (name: string) => number,
): readonly Interval[] {
  const end = work.length;
  const last = new Map<string, number>(graph.outputs.map((name) => [name, end]));
  for (const [step, node] of work.entries()) {
    for (const input of node.inputs) last.set(input, Math.max(last.get(input) ?? 0, step));
  }
  const interval = (name: string, first: number): Interval => ({
    name,
    bytes: bytesOf(name),
    first,
    last: last.get(name) ?? first,
  });
  return [
    ...inputs.map(({ name }) => interval(name, 0)),
    ...work.map(({ name }, step) => interval(name, step)),
  ];
}

function placeIntervals(intervals: readonly Interval[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const placed: (Interval & { readonly offset: number })[] = [];
  for (const interval of intervals.toSorted((a, b) => b.bytes - a.bytes)) {
    const rivals = placed
      .filter((other) => other.first <= interval.last && interval.first <= other.last)
      .toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (offset + interval.bytes <= rival.offset) break;
      offset = Math.max(offset, align(rival.offset + rival.bytes));
    }
    placed.push({ ...interval, offset });
    offsets.set(interval.name, offset);
  }
  return offsets;
}

function align(offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
