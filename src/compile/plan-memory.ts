/**
 * Places every feature map and scratch space in one arena. A tensor lives from the step that makes
 * it to the last step that reads it; tensors whose lives do not meet may share bytes, and a step that
 * reads its input from front to back may write its output over what it has read.
 */
import type { FeatureShape, Graph, InputNode, Node } from "../graph/ir.ts";
import { withBatch } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { type Interval, placeIntervals } from "./place-intervals.ts";
import type { Program, Slot, Step, Target, Work } from "./program.ts";

/** Turns a fused graph into a program for a target. */
export function planMemory(batched: Graph, target: Target): Program {
  const images = target.imageByImage ? batchOf(batched) : 1;
  const graph = images === 1 ? batched : withBatch(batched, 1);
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
  const workOf = (node: Step["node"]): Work => ({
    node,
    inputs: node.inputs.map(shapeOf),
    output: shapeOf(node.name),
    parameters: graph.parameters,
  });
  const workspaceBytes = work.map((node) => target.workspaceBytes(workOf(node)));
  const leadOf = (node: Step["node"]): number | undefined =>
    target.overlapLead?.(workOf(node), {
      input: pitches.get(node.inputs[0] as string) as number,
      output: pitches.get(node.name) as number,
    });
  const intervals = [
    ...allowOverlaps(tensorIntervals(graph, inputs, work, bytesOf), work, leadOf),
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
    images,
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

/** Images that all inputs have; no operation mixes them. 1 where inputs differ. */
function batchOf({ nodes }: Graph): number {
  const [first = 1, ...others] = nodes.flatMap((node) =>
    node.op === "input" ? [node.shape[0]] : [],
  );
  return others.every((images) => images === first) ? first : 1;
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

/** Notes which outputs may overlap the input that their step is the last to read. */
function allowOverlaps(
  intervals: readonly Interval[],
  work: readonly Step["node"][],
  leadOf: (node: Step["node"]) => number | undefined,
): readonly Interval[] {
  const lastOf = new Map(intervals.map(({ name, last }) => [name, last]));
  return intervals.map((interval) => {
    const node = work[interval.first];
    if (node?.name !== interval.name || node.inputs.length !== 1) return interval;
    const [input] = node.inputs as readonly [string];
    const lead = lastOf.get(input) === interval.first ? leadOf(node) : undefined;
    return lead === undefined ? interval : { ...interval, over: { name: input, lead } };
  });
}
