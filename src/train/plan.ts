/**
 * A classifier's graph as training sees it: a list of layers, each a convolution with its batch norm,
 * perhaps ReLU6, perhaps a shortcut, and at the end pool and classifier. The graph stays the one
 * description of the network; this only groups its nodes.
 */
import { MobileNetError } from "../errors.ts";
import { checkGraph } from "../graph/check-graph.ts";
import {
  type Conv2dNode,
  type DepthwiseConv2dNode,
  type FeatureShape,
  type Graph,
  type Node,
  parametersOf,
} from "../graph/ir.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { WindowShape } from "./layers/window.ts";

/** A tensor between layers: the index of the layer that makes it, or −1 for the network's input. */
export type Source = number;

/** Convolution → batch norm → (ReLU6) → (plus a shortcut). */
export interface TrainingLayer extends WindowShape {
  readonly name: string;
  readonly kind: "convolution" | "depthwise";
  readonly source: Source;
  /** What is added to the output: the block's input. */
  readonly shortcut: Source | undefined;
  readonly relu6: boolean;
  /** Parameter names. */
  readonly weights: string;
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

/** Layers in the order of the data, then global average pool and classifier. */
export interface TrainingPlan {
  readonly graph: Graph;
  /** Of one sample: `[1, h, w, c]`. */
  readonly input: FeatureShape;
  readonly layers: readonly TrainingLayer[];
  readonly classifier: {
    readonly weights: string;
    readonly bias: string;
    readonly features: number;
    readonly classes: number;
    /** What the pool reads. */
    readonly source: Source;
  };
}

type Draft = { -readonly [Key in keyof TrainingLayer]: TrainingLayer[Key] } & {
  normalized: boolean;
  /** The node that the layer has come to: nothing may read its values as they were before. */
  last: string;
};

/**
 * Groups a classifier's nodes into layers. Only what a layer computes in its order is taken:
 * convolution → batch norm → ReLU6 or shortcut; any other order is refused, not rearranged.
 *
 * @throws MobileNetError `unsupported` where the graph has a node that cannot be trained.
 *
 * @example
 * ```ts
 * const { layers, classifier } = planTraining(mobilenetV2({ width: 0.5, classes: 10 }));
 * [layers.length, classifier.features]; // [52, 1280]
 * ```
 */
export function planTraining(graph: Graph): TrainingPlan {
  checkGraph(graph, "planTraining");
  const shapes = inferShapes(graph);
  const shapeOf = (name: string | undefined): FeatureShape => required(shapes, name ?? "");
  const sources = new Map<string, Source>();
  const drafts: Draft[] = [];
  let input: FeatureShape | undefined;
  let pooled: { readonly node: string; readonly source: Source } | undefined;
  let classifier: (TrainingPlan["classifier"] & { readonly node: string }) | undefined;
  const reads: { readonly node: Node; readonly input: string }[] = [];
  const owners = new Map<string, string>();

  const sourceOf = (node: Node, index = 0): Source => {
    const source = sources.get(node.inputs[index] ?? "");
    if (source === undefined) throw untrainable(node, "a layer's output", node.inputs[index] ?? "");
    return source;
  };
  /** The source of a layer or pool, which has to be what another layer ends with. */
  const readBy = (node: Node, index = 0): Source => {
    reads.push({ node, input: node.inputs[index] ?? "" });
    return sourceOf(node, index);
  };
  /** The layer that a node goes on with. */
  const latest = (node: Node): Draft => {
    const draft = drafts[sourceOf(node)];
    if (draft === undefined || draft !== drafts.at(-1) || draft.last !== node.inputs[0]) {
      throw untrainable(node, "the convolution before it", node.inputs[0] ?? "");
    }
    draft.last = node.name;
    sources.set(node.name, drafts.length - 1);
    return draft;
  };
  const isOpen = ({ relu6, shortcut }: Draft): boolean => !relu6 && shortcut === undefined;
  for (const node of graph.nodes) {
    for (const name of parametersOf(node)) {
      const owner = owners.get(name);
      if (owner !== undefined) throw untrainable(node, "weights of its own", `those of ${owner}`);
      owners.set(name, node.name);
    }
    switch (node.op) {
      case "input":
        if (input !== undefined) throw untrainable(node, "one input", "another");
        input = [1, node.shape[1], node.shape[2], node.shape[3]];
        sources.set(node.name, -1);
        break;
      case "conv2d":
      case "depthwiseConv2d": {
        if (pooled !== undefined && node.inputs[0] === pooled.node) {
          const [features = 0, classes = 0] = (
            graph.parameters.get(node.weights)?.shape ?? []
          ).slice(2);
          if (node.bias === undefined) throw untrainable(node, "a bias", "none");
          if (classifier !== undefined) throw untrainable(node, "one classifier", "another");
          if (!isDense(node)) throw untrainable(node, "a dense layer", "another form");
          const { source } = pooled;
          const { name, weights, bias } = node;
          classifier = { node: name, weights, bias, features, classes, source };
          break;
        }
        if (node.bias !== undefined || node.activation !== "none" || node.inputs.length > 1) {
          throw untrainable(node, "a convolution with batch norm and no bias", "another form");
        }
        const from = shapeOf(node.inputs[0]);
        drafts.push({
          name: node.name,
          kind: node.op === "conv2d" ? "convolution" : "depthwise",
          source: readBy(node),
          shortcut: undefined,
          relu6: false,
          weights: node.weights,
          input: from,
          output: shapeOf(node.name),
          kernel: node.kernel,
          stride: node.stride,
          dilation: node.dilation,
          pads: resolvePads(node, from[1], from[2]),
          gamma: "",
          beta: "",
          mean: "",
          variance: "",
          epsilon: 0,
          normalized: false,
          last: node.name,
        });
        sources.set(node.name, drafts.length - 1);
        break;
      }
      case "batchNorm": {
        const { gamma, beta, mean, variance, epsilon } = node;
        const draft = latest(node);
        if (draft.normalized || !isOpen(draft)) {
          throw untrainable(
            node,
            "one batch norm, directly after its convolution",
            "another order",
          );
        }
        Object.assign(draft, { gamma, beta, mean, variance, epsilon, normalized: true });
        break;
      }
      case "activation": {
        if (node.activation !== "relu6") throw untrainable(node, "relu6", node.activation);
        const draft = latest(node);
        if (!draft.normalized || !isOpen(draft)) {
          throw untrainable(node, "ReLU6 directly after a batch norm", "another order");
        }
        draft.relu6 = true;
        break;
      }
      case "add": {
        const [a, b] = [sourceOf(node, 0), sourceOf(node, 1)];
        const [end, start] = a > b ? [0, 1] : [1, 0];
        const draft = drafts[Math.max(a, b)];
        if (
          draft === undefined ||
          draft !== drafts.at(-1) ||
          draft.last !== node.inputs[end] ||
          !draft.normalized ||
          !isOpen(draft) ||
          a === b
        ) {
          throw untrainable(node, "a shortcut around a linear bottleneck", "another sum");
        }
        draft.shortcut = readBy(node, start);
        draft.last = node.name;
        sources.set(node.name, drafts.length - 1);
        break;
      }
      case "globalAveragePool":
        if (pooled !== undefined) throw untrainable(node, "one pool", "another");
        pooled = { node: node.name, source: readBy(node) };
        break;
      case "softmax":
        if (classifier === undefined || node.inputs[0] !== classifier.node) {
          throw untrainable(node, "softmax of the classifier's logits", node.inputs[0] ?? "");
        }
        break;
      default:
        throw untrainable(node, "convolutions, batch norms, ReLU6, sums and a pool", node.op);
    }
  }
  if (input === undefined || classifier === undefined) {
    throw new MobileNetError("unsupported", "the network has no classifier to train", {
      node: graph.name,
      expected: "a global average pool and a dense layer at the end",
    });
  }
  const bare = drafts.find((draft) => !draft.normalized);
  if (bare !== undefined) {
    throw new MobileNetError("unsupported", "a layer has no batch norm", {
      node: bare.name,
      remedy: "Train from weights that keep their batch-norm statistics, not from folded ones.",
    });
  }
  for (const { node, input: read } of reads) {
    const source = required(sources, read);
    const last = drafts[source]?.last;
    if (last !== undefined && last !== read) throw untrainable(node, `the values of ${last}`, read);
  }
  const layers = drafts.map(({ normalized: _normalized, last: _last, ...layer }) => layer);
  const { node: _node, ...head } = classifier;
  return { graph, input, layers, classifier: head };
}

/** Whether a convolution of a pooled map is the same as a dense layer. */
function isDense({
  op,
  kernel,
  activation,
  padding,
  inputs,
}: Conv2dNode | DepthwiseConv2dNode): boolean {
  const bare = typeof padding !== "object" || Object.values(padding).every((pad) => pad === 0);
  return (
    op === "conv2d" &&
    kernel.join() === "1,1" &&
    activation === "none" &&
    bare &&
    inputs.length === 1
  );
}

/**
 * Refuses what is no plan.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkPlan(plan: unknown, call: string): void {
  const { graph, input, layers, classifier } = fieldsOf(plan);
  if (Array.isArray(input) && Array.isArray(layers) && typeof classifier === "object") {
    checkGraph(graph, call);
    return;
  }
  throw wrongArgument(call, "a plan, as planTraining gives", plan);
}

/** How many values a feature map of one sample has. */
export function sampleSize([, ...sample]: FeatureShape): number {
  return elementCount(sample);
}

function untrainable(node: Node, expected: string, received: string): MobileNetError {
  return new MobileNetError("unsupported", "this layer cannot be trained", {
    node: node.name,
    expected,
    received,
  });
}
