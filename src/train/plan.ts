/**
 * A classifier's graph as training sees it: a list of layers, each a convolution with its batch norm,
 * perhaps ReLU6, perhaps a shortcut, and at the end pool and classifier. The graph stays the one
 * description of the network; this only groups its nodes.
 */
import { MobileNetError } from "../errors.ts";
import type { FeatureShape, Graph, Node } from "../graph/ir.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import { elementCount } from "../tensor.ts";
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
};

/**
 * Groups a classifier's nodes into layers.
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
  const shapes = inferShapes(graph);
  const shapeOf = (name: string | undefined): FeatureShape =>
    shapes.get(name ?? "") as FeatureShape;
  const sources = new Map<string, Source>();
  const drafts: Draft[] = [];
  let input: FeatureShape | undefined;
  let pooled: { readonly node: string; readonly source: Source } | undefined;
  let classifier: TrainingPlan["classifier"] | undefined;

  const sourceOf = (node: Node, index = 0): Source => {
    const source = sources.get(node.inputs[index] ?? "");
    if (source === undefined) throw untrainable(node, "a layer's output", node.inputs[index] ?? "");
    return source;
  };
  const latest = (node: Node): Draft => {
    const draft = drafts[sourceOf(node)];
    if (draft === undefined || sourceOf(node) !== drafts.length - 1) {
      throw untrainable(node, "the convolution before it", node.inputs[0] ?? "");
    }
    return draft;
  };
  for (const node of graph.nodes) {
    switch (node.op) {
      case "input":
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
          const { source } = pooled;
          classifier = { weights: node.weights, bias: node.bias, features, classes, source };
          break;
        }
        if (node.bias !== undefined || node.activation !== "none" || node.inputs.length > 1) {
          throw untrainable(node, "a convolution with batch norm and no bias", "another form");
        }
        const from = shapeOf(node.inputs[0]);
        drafts.push({
          name: node.name,
          kind: node.op === "conv2d" ? "convolution" : "depthwise",
          source: sourceOf(node),
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
        });
        sources.set(node.name, drafts.length - 1);
        break;
      }
      case "batchNorm": {
        const { gamma, beta, mean, variance, epsilon } = node;
        Object.assign(latest(node), { gamma, beta, mean, variance, epsilon, normalized: true });
        sources.set(node.name, drafts.length - 1);
        break;
      }
      case "activation":
        if (node.activation !== "relu6") throw untrainable(node, "relu6", node.activation);
        latest(node).relu6 = true;
        sources.set(node.name, drafts.length - 1);
        break;
      case "add": {
        const [a, b] = [sourceOf(node, 0), sourceOf(node, 1)];
        const draft = drafts[Math.max(a, b)];
        if (draft === undefined || draft.relu6 || Math.max(a, b) !== drafts.length - 1 || a === b) {
          throw untrainable(node, "a shortcut around a linear bottleneck", "another sum");
        }
        draft.shortcut = Math.min(a, b);
        sources.set(node.name, drafts.length - 1);
        break;
      }
      case "globalAveragePool":
        pooled = { node: node.name, source: sourceOf(node) };
        break;
      case "softmax":
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
  const layers = drafts.map(({ normalized: _, ...layer }) => layer);
  return { graph, input, layers, classifier };
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
