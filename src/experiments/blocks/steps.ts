/**
 * A part of a graph as figures draw it: a step for each convolution, batch norm and activation included,
 * for each sum, and for what the part reads.
 */
import {
  type Activation,
  type Convolution,
  countCost,
  type Graph,
  inferShapes,
  type Node,
} from "../../index.ts";
import { required } from "../../required.ts";

/** What bends a step's values: nothing where it is `linear`. */
export type Bend = "ReLU6" | "ReLU" | "linear";

/** A step. Plain values, so that it can be kept. */
export type BlockStep = {
  readonly name: string;
  /** Names of the steps that it reads. */
  readonly inputs: readonly string[];
  readonly kind: "input" | "pointwise" | "full" | "depthwise" | "add" | "other";
  /** In a figure's words: `1×1 conv`, `3×3 depthwise, s 2`. */
  readonly words: string;
  readonly bend: Bend;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** Trainable parameters, batch norm's γ and β included. */
  readonly parameters: number;
  readonly multiplyAdds: number;
};

const bends: Readonly<Record<Activation, Bend>> = { none: "linear", relu: "ReLU", relu6: "ReLU6" };

type Draft = { -readonly [Field in keyof BlockStep]: BlockStep[Field] };

/** The steps of a graph's nodes, in order, behind those that they read. */
export function drawnSteps(graph: Graph, names: readonly string[]): readonly BlockStep[] {
  const shapes = inferShapes(graph);
  const costs = new Map(countCost(graph).nodes.map((cost) => [cost.name, cost]));
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const steps = new Map<string, Draft>();
  /** By node, the step that it is part of. */
  const parts = new Map<string, Draft>();
  const add = (node: Node, facts: Pick<BlockStep, "kind" | "words" | "bend" | "inputs">): void => {
    const [, rows, columns, channels] = required(shapes, node.name);
    const cost = { parameters: 0, multiplyAdds: 0 };
    const step = { name: node.name, ...facts, rows, columns, channels, ...cost };
    steps.set(node.name, step);
    parts.set(node.name, step);
  };
  for (const name of names) {
    const node = required(nodes, name);
    for (const input of node.inputs) {
      if (parts.has(input)) continue;
      const read = required(nodes, input);
      add(read, { kind: "input", words: "input", bend: bendOf(read, nodes), inputs: [] });
    }
    const before = parts.get(node.inputs[0] ?? "");
    const own = costs.get(name);
    if ((node.op === "batchNorm" || node.op === "activation") && before !== undefined) {
      parts.set(name, before);
      before.parameters += own?.parameters ?? 0;
      if (node.op === "activation") before.bend = bends[node.activation];
      continue;
    }
    const inputs = node.inputs.map((input) => required(parts, input).name);
    add(node, { ...wordsOf(node), inputs });
    const step = required(parts, name);
    step.parameters = own?.parameters ?? 0;
    step.multiplyAdds = own?.multiplyAdds ?? 0;
  }
  return [...steps.values()];
}

function wordsOf(node: Node): Pick<BlockStep, "kind" | "words" | "bend"> {
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d": {
      const [size, stride] = [node.kernel.join("×"), node.stride > 1 ? `, s ${node.stride}` : ""];
      const bend = bends[node.activation];
      if (node.op === "depthwiseConv2d") {
        return { kind: "depthwise", words: `${size} depthwise${stride}`, bend };
      }
      const kind = isSingle(node) ? "pointwise" : "full";
      return { kind, words: `${size} conv${stride}`, bend };
    }
    case "add":
      return { kind: "add", words: "add", bend: "linear" };
    default:
      return { kind: "other", words: node.op, bend: "linear" };
  }
}

function isSingle({ kernel }: Convolution): boolean {
  return kernel.every((size) => size === 1);
}

/** What bent a node's values, seen past its batch norm. */
function bendOf(node: Node, nodes: ReadonlyMap<string, Node>): Bend {
  if (node.op === "activation" || node.op === "conv2d" || node.op === "depthwiseConv2d") {
    return bends[node.activation];
  }
  const before = node.op === "batchNorm" ? nodes.get(node.inputs[0] ?? "") : undefined;
  return before === undefined ? "linear" : bendOf(before, nodes);
}
