/**
 * Section 5.1: an inverted residual is a sum over its expanded channels, since what follows the depthwise
 * convolution is linear. So it can be computed as t narrower blocks one after another, whose projections
 * are added: the same multiply-adds, and of the expanded tensor only one t-th at any time.
 */
import { MobileNetError } from "../../errors.ts";
import type {
  Conv2dNode,
  DepthwiseConv2dNode,
  Graph,
  Node,
  Parameter,
  Program,
} from "../../index.ts";
import { required } from "../../required.ts";

/** Channels are cut at multiples of this, so that no kernel works on padding. */
const unit = 8;

/** The layers of a block; the stem is the expansion of the first. */
interface Block {
  readonly expand: Conv2dNode;
  readonly depthwise: DepthwiseConv2dNode;
  readonly project: Conv2dNode;
}

/** A program's operations as a graph again: batch norms are folded in it, activations and sums fused. */
export function graphOf({ name, inputs, steps, outputs, parameters }: Program): Graph {
  const pictures = inputs.map((slot): Node => {
    return { op: "input", name: slot.name, inputs: [], shape: slot.shape };
  });
  return {
    name,
    nodes: [...pictures, ...steps.map(({ node }) => node)],
    outputs: outputs.map((slot) => slot.name),
    parameters,
  };
}

/**
 * The network with each block in so many parts, fewer where there are not 8 channels for each.
 *
 * @param graph - As `graphOf` gives it, of a program without fused blocks.
 * @throws MobileNetError `invalid-argument` where a projection is not linear.
 */
export function splitBlocks(graph: Graph, ways: number): Graph {
  const blocks = new Map(blocksOf(graph).map((block) => [block.project.name, block]));
  const inside = new Set(
    [...blocks.values()].flatMap(({ expand, depthwise }) => [expand.name, depthwise.name]),
  );
  const parameters = new Map(graph.parameters);
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (inside.has(node.name)) return [];
    const block = blocks.get(node.name);
    return block === undefined ? [node] : splitBlock(block, ways, parameters);
  });
  return { ...graph, name: `${graph.name}, ${ways} ways`, nodes, parameters };
}

function blocksOf({ nodes }: Graph): readonly Block[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const only = (name = ""): Node | undefined =>
    readers.get(name) === 1 ? byName.get(name) : undefined;
  return nodes.flatMap((project): readonly Block[] => {
    if (project.op !== "conv2d" || project.kernel[0] !== 1) return [];
    const depthwise = only(project.inputs[0]);
    if (depthwise?.op !== "depthwiseConv2d") return [];
    const expand = only(depthwise.inputs[0]);
    return expand?.op === "conv2d" && expand.inputs.length === 1
      ? [{ expand, depthwise, project }]
      : [];
  });
}

/** The parts of a block, each reading the sum of those before it. */
function splitBlock(
  { expand, depthwise, project }: Block,
  ways: number,
  parameters: Map<string, Parameter>,
): readonly Node[] {
  if (project.activation !== "none") {
    throw new MobileNetError("invalid-argument", "this block is no sum over its channels", {
      node: project.name,
      expected: "a linear projection",
      received: project.activation,
    });
  }
  const channels = required(parameters, depthwise.weights).shape.at(-1)!;
  const [, ...shortcut] = project.inputs;
  const ranges = cut(channels, ways);
  let sum = shortcut;
  return ranges.flatMap(([from, to], i) => {
    const part = (name: string): string => `${name}/part_${i}`;
    const sliced = (name: string, axis: "outputs" | "inputs"): string => {
      parameters.set(part(name), slice(required(parameters, name), axis, from, to));
      return part(name);
    };
    const narrow = <Layer extends Conv2dNode | DepthwiseConv2dNode>(
      layer: Layer,
      inputs: readonly string[],
    ): Layer => ({
      ...layer,
      inputs,
      name: part(layer.name),
      weights: sliced(layer.weights, "outputs"),
      ...(layer.bias === undefined ? {} : { bias: sliced(layer.bias, "outputs") }),
    });
    const { bias, ...last } = project;
    const projected: Node = {
      ...last,
      ...(i === 0 && bias !== undefined ? { bias } : {}),
      name: i === ranges.length - 1 ? project.name : part(project.name),
      inputs: [part(depthwise.name), ...sum],
      weights: sliced(project.weights, "inputs"),
    };
    sum = [projected.name];
    return [narrow(expand, expand.inputs), narrow(depthwise, [part(expand.name)]), projected];
  });
}

/** Ranges of channels, as equal as multiples of 8 allow. */
function cut(channels: number, ways: number): readonly (readonly [from: number, to: number])[] {
  const units = Math.ceil(channels / unit);
  const end = (i: number): number => Math.min(channels, Math.round((units * i) / ways) * unit);
  return Array.from({ length: ways }, (_, i) => [end(i), end(i + 1)] as const).filter(
    ([from, to]) => to > from,
  );
}

/** A range of output channels, the last axis, or of input channels, the last but one. */
function slice(
  { shape, data }: Parameter,
  axis: "outputs" | "inputs",
  from: number,
  to: number,
): Parameter {
  const at = axis === "outputs" ? shape.length - 1 : shape.length - 2;
  const inner = shape.slice(at + 1).reduce((product, size) => product * size, 1);
  const outer = shape.slice(0, at).reduce((product, size) => product * size, 1);
  const sizes = shape.map((size, i) => (i === at ? to - from : size));
  if (!(data instanceof Float32Array)) return { shape: sizes };
  const [stride, length] = [shape[at]! * inner, (to - from) * inner];
  const values = new Float32Array(outer * length);
  for (let row = 0; row < outer; row++) {
    const start = row * stride + from * inner;
    values.set(data.subarray(start, start + length), row * length);
  }
  return { shape: sizes, data: values };
}
