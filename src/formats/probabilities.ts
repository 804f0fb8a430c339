/**
 * Which values of a graph are probabilities. A softmax or sigmoid makes them, and much that may follow
 * (enlarging, cutting out, one minus them) leaves them what they are: bounds of all values that come of
 * them tell, node by node. What has no bounds here is a logit or a feature.
 */
import type { BatchNormNode, FeatureShape, Graph, Node } from "../graph/ir.ts";
import { required } from "../required.ts";

/** Between which numbers a node's values lie. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  /** Whether the channels of each pixel sum to 1. */
  readonly exclusive: boolean;
}

/** The bounds of all values that come of probabilities or of chosen classes. */
export function boundsOf(
  graph: Graph,
  shapes: ReadonlyMap<string, FeatureShape>,
): ReadonlyMap<string, Bounds> {
  const found = new Map<string, Bounds>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => found.get(name));
    const [channels, before] = [node.name, node.inputs[0] ?? ""].map(
      (name) => shapes.get(name)?.[3] ?? 0,
    ) as [number, number];
    const bounds = ruleOf(node, { inputs, graph, channels, before });
    if (bounds !== undefined) found.set(node.name, bounds);
  }
  return found;
}

/** Whether values are probabilities, but for the rounding of the constants that made them. */
export function isProbability({ low, high }: Bounds): boolean {
  return low >= -1e-6 && high <= 1 + 1e-6 && low < high;
}

const unit: Bounds = { low: 0, high: 1, exclusive: false };

interface Place {
  readonly inputs: readonly (Bounds | undefined)[];
  readonly graph: Graph;
  /** Of the node and of its first input. */
  readonly channels: number;
  readonly before: number;
}

function ruleOf(node: Node, { inputs, graph, channels, before }: Place): Bounds | undefined {
  const [first] = inputs;
  switch (node.op) {
    case "softmax":
      return channels === 1 ? { low: 1, high: 1, exclusive: true } : { ...unit, exclusive: true };
    case "sigmoid":
      return unit;
    case "argMax":
      return { low: 0, high: Infinity, exclusive: false };
    case "concat":
      return joined(inputs, node.axis !== 3);
    case "add":
      return both(inputs, (a, b) => ({ low: a.low + b.low, high: a.high + b.high }));
    case "multiply":
      return both(inputs, productOf);
    case "elementwise":
      if (node.function.kind === "hardSigmoid") return unit;
      return node.function.kind === "clip" ? clamped(first, node.function) : undefined;
    case "activation":
      return clamped(first, { low: 0, high: node.activation === "relu" ? Infinity : 6 });
    case "batchNorm":
      return first && scaled(first, node, graph);
    case "pad":
      return (
        first && { low: Math.min(0, first.low), high: Math.max(0, first.high), exclusive: false }
      );
    case "transpose":
      return first && { ...first, exclusive: first.exclusive && node.order[2] === 3 };
    case "slice":
    case "reshape":
      return first && { ...first, exclusive: first.exclusive && channels === before };
    case "maxPool2d":
      return first && { ...first, exclusive: false };
    case "averagePool2d":
    case "globalAveragePool":
    case "resizeBilinear":
    case "resizeNearest":
    case "quantize":
    case "dequantize":
      return first;
    default:
      return undefined;
  }
}

type Ends = Pick<Bounds, "low" | "high">;

function both([a, b]: Place["inputs"], join: (a: Bounds, b: Bounds) => Ends): Bounds | undefined {
  return a && b && { ...join(a, b), exclusive: false };
}

function productOf(a: Ends, b: Ends): Ends {
  const products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
  return { low: Math.min(...products), high: Math.max(...products) };
}

/** Maps beside each other, where all have bounds. */
function joined(inputs: Place["inputs"], exclusive: boolean): Bounds | undefined {
  const known = inputs.filter((each) => each !== undefined);
  if (known.length < inputs.length) return undefined;
  return {
    low: Math.min(...known.map(({ low }) => low)),
    high: Math.max(...known.map(({ high }) => high)),
    exclusive: exclusive && known.every((each) => each.exclusive),
  };
}

function clamped(bounds: Bounds | undefined, { low, high }: Ends): Bounds | undefined {
  if (bounds === undefined) return undefined;
  const clamp = (value: number): number => Math.min(Math.max(value, low), high);
  const ends = { low: clamp(bounds.low), high: clamp(bounds.high) };
  const same = ends.low === bounds.low && ends.high === bounds.high;
  return { ...ends, exclusive: bounds.exclusive && same };
}

/** A scale and a shift for each channel; nothing is known of them before weights are bound. */
function scaled({ low, high }: Bounds, node: BatchNormNode, graph: Graph): Bounds | undefined {
  const [gamma, beta, mean, variance] = [node.gamma, node.beta, node.mean, node.variance].map(
    (name) => required(graph.parameters, name).data,
  );
  if (!gamma || !beta || !mean || !variance) return undefined;
  let [least, most] = [Infinity, -Infinity];
  for (const [c, shift] of beta.entries()) {
    const factor = gamma[c]! / Math.sqrt(variance[c]! + node.epsilon);
    for (const end of [low, high]) {
      const value = (end - mean[c]!) * factor + shift;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return { low: least, high: most, exclusive: false };
}
