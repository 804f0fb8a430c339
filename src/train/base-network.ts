/** The graphs that a session trains: from scratch, or a model's backbone with a classifier of its own. */
import { MobileNetError } from "../errors.ts";
import { detectArchitecture } from "../formats/architecture.ts";
import type { BatchNormNode, Conv2dNode, Graph, Node, Parameter } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { ClassifierArchitecture } from "../hub/trained-model.ts";
import { cifarStrides, mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { floatNetwork, stridesOf } from "./float-network.ts";

/** What a classifier reads. */
const lastFeatures = "head/relu6";

/** Up to this resolution a network from scratch keeps the picture's size in its first layers. */
const smallResolution = 64;

/** What was asked for, where it may be asked for. */
interface GraphOptions {
  readonly width?: number | undefined;
  readonly resolution?: number | undefined;
}

/** A network without weights. */
export function scratch({ width = 0.5, resolution = 32 }: GraphOptions, classes: number): Graph {
  // Files say a network's width by its channels alone: those of other widths may be alike.
  if (!isNumberIn(width, 0, 2) || Math.abs(width * 20 - Math.round(width * 20)) > 1e-9) {
    throw new MobileNetError("invalid-argument", "there is no network of this width", {
      expected: "a multiple of 0.05 up to 2, such as 0.35, 0.5, 1 or 1.4",
      received: quote(width),
    });
  }
  const small = isNumberIn(resolution, 0, smallResolution) ? { strides: cifarStrides } : {};
  return mobilenetV2({ width, resolution, classes, ...small });
}

/** The backbone of any model, up to its last 1×1 convolution, with a classifier of its own. */
export function renewed(model: Graph, classes: number, { resolution, width }: GraphOptions): Graph {
  if (width !== undefined) {
    throw new MobileNetError("invalid-argument", "a model that is there has its width already", {
      received: quote(width),
      remedy: "Leave out the width, or train from scratch.",
    });
  }
  const isNamed = model.nodes.some(({ name }) => name === lastFeatures);
  const isQuantized = model.nodes.some(({ quantization }) => quantization !== undefined);
  const graph = isNamed && !isQuantized ? model : floatNetwork(model);
  const features = graph.parameters.get("head/weights")?.shape[3];
  if (features === undefined) {
    throw new MobileNetError("unsupported", "this model cannot be trained further", {
      node: graph.name,
      expected: "a network with a head of 1×1 convolutions",
    });
  }
  const backbone = selectOutputs(graph, [lastFeatures]);
  const nodes = backbone.nodes.map((node): Node => {
    if (node.op !== "input" || resolution === undefined) return node;
    return { ...node, shape: [1, resolution, resolution, node.shape[3]] };
  });
  const classifier: Node[] = [
    { op: "globalAveragePool", name: "pool", inputs: [lastFeatures] },
    {
      op: "conv2d",
      name: "classifier",
      inputs: ["pool"],
      weights: "classifier/weights",
      bias: "classifier/bias",
      kernel: [1, 1],
      stride: 1,
      dilation: 1,
      padding: "valid",
      activation: "none",
    },
    { op: "softmax", name: "probabilities", inputs: ["classifier"] },
  ];
  const parameters = new Map<string, Parameter>(backbone.parameters);
  parameters.set("classifier/weights", { shape: [1, 1, features, classes] });
  parameters.set("classifier/bias", { shape: [classes] });
  return { ...backbone, nodes: [...nodes, ...classifier], outputs: ["probabilities"], parameters };
}

/** The arguments that build such a graph. */
export function describeArchitecture(graph: Graph): ClassifierArchitecture {
  const find = <N extends Node>(test: (node: Node) => boolean): N | undefined =>
    graph.nodes.find(test) as N | undefined;
  const input = find<Extract<Node, { op: "input" }>>(({ op }) => op === "input");
  const stem = find<Conv2dNode>(({ name }) => name === "stem");
  const norm = find<BatchNormNode>(({ op }) => op === "batchNorm");
  const shapes = new Map(
    [...graph.parameters].map(([name, { shape }]): [string, Tensor] => [
      name,
      { dtype: "float32", shape, data: new Float32Array(0) },
    ]),
  );
  const { width, classes } = detectArchitecture(shapes);
  if (
    input === undefined ||
    stem === undefined ||
    typeof stem.padding === "object" ||
    stem.padding === "valid"
  ) {
    throw new MobileNetError("unsupported", "this model cannot be trained further", {
      node: graph.name,
      expected: "MobileNetV2 as this library builds it",
    });
  }
  return {
    width,
    classes,
    resolution: [input.shape[1], input.shape[2]],
    padding: stem.padding,
    epsilon: norm?.epsilon ?? 1e-3,
    strides: stridesOf(graph),
  };
}
