/**
 * What each node becomes in a Keras model: one layer, with its activation's behind it. Only layers and
 * arguments that mean the same in Keras 2, Keras 3 and TensorFlow.js are written; what has none is
 * refused by its name.
 */
import {
  type Activation,
  type Conv2dNode,
  type DepthwiseConv2dNode,
  type ElementFunction,
  type FeatureShape,
  type Graph,
  type Node,
  type NodeOf,
  unknownOperation,
} from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import { type Shape, sameShape } from "../../tensor.ts";
import { namedWindow, plainOperations } from "../plain-operations.ts";
import { leastDims, type ShapedValue } from "../shaped-values.ts";
import { type DraftLayer, KerasDraft, noLayer } from "./layer-draft.ts";
import { kerasOrder } from "./layer-order.ts";

/** A model's layers in Keras's order, and what leads out of it. */
export interface WrittenLayers {
  readonly layers: readonly DraftLayer[];
  /** The names of the layers whose outputs leave the model. */
  readonly outputs: readonly string[];
  /** Whether layers are called otherwise than the graph's nodes. */
  readonly isRenamed: boolean;
}

const channelsLast = { data_format: "channels_last" } as const;

/**
 * The layers of a graph.
 *
 * @param graph - Float, with values for its parameters; blocks not joined.
 * @throws MobileNetError `unsupported` naming the node that no layer stands for.
 */
export function writeLayers(graph: Graph): WrittenLayers {
  const draft = new KerasDraft(plainOperations(graph));
  for (const node of draft.graph.nodes) writeLayer(draft, node);
  const outputs = graph.outputs.map((name) => draft.values.least(name).tensor);
  const { layers, names } = draft;
  return { layers: kerasOrder(layers, outputs), outputs, isRenamed: names.hasChanged };
}

function writeLayer(draft: KerasDraft, node: Node): ShapedValue {
  const { values } = draft;
  if (node.quantization !== undefined) throw noLayer(node, "8-bit values");
  const [first = ""] = node.inputs;
  switch (node.op) {
    case "input": {
      const dims = node.shape.slice(1);
      const config = { batch_input_shape: [null, ...dims], dtype: "float32" };
      return draft.give(node, [], dims, { className: "InputLayer", config });
    }
    case "conv2d":
    case "depthwiseConv2d":
      return writeConvolution(draft, node);
    case "batchNorm":
      return onEach(draft, node, "BatchNormalization", {
        config: { axis: -1, epsilon: node.epsilon, center: true, scale: true },
        weights: [
          draft.weight("gamma", node.gamma),
          draft.weight("beta", node.beta),
          draft.weight("moving_mean", node.mean),
          draft.weight("moving_variance", node.variance),
        ],
      });
    case "activation":
      return onEach(draft, node, "ReLU", reluOf(node.activation));
    case "elementwise":
      return onEach(draft, node, ...functionLayer(node, node.function));
    case "softmax":
    case "sigmoid":
      return onEach(draft, node, "Activation", { config: { activation: node.op } });
    case "globalAveragePool": {
      const dims = values.shape(node.name).slice(3);
      return draft.give(node, [values.map(first)], dims, {
        className: "GlobalAveragePooling2D",
        config: channelsLast,
      });
    }
    case "averagePool2d":
    case "maxPool2d":
      return onMap(draft, node, ...poolLayer(draft, node));
    case "resizeBilinear":
    case "resizeNearest":
      return onMap(draft, node, "UpSampling2D", { config: repetition(draft, node) });
    case "pad": {
      const { top, bottom, left, right } = node.pads;
      const padding = [
        [top, bottom],
        [left, right],
      ];
      return onMap(draft, node, "ZeroPadding2D", { config: { padding, ...channelsLast } });
    }
    case "slice":
      return onMap(draft, node, "Cropping2D", { config: cropOf(node, values.shape(first)) });
    case "transpose":
      return onMap(draft, node, "Permute", { config: { dims: node.order } });
    case "add":
      return onAlike(draft, node, "Add");
    case "multiply": {
      const [a, b] = node.inputs.map((name) => values.shape(name));
      if (a && b && sameShape(a, b)) return onAlike(draft, node, "Multiply");
      const maps = node.inputs.map((name) => values.map(name));
      return draft.give(node, maps, mapDims(draft, node), { className: "Multiply" });
    }
    case "concat":
      return writeConcat(draft, node);
    case "reshape": {
      const dims = leastDims(values.shape(node.name));
      const config = { target_shape: dims };
      return draft.give(node, [values.get(first)], dims, { className: "Reshape", config });
    }
    case "quantize":
    case "dequantize":
      throw noLayer(node, "8-bit values");
    case "argMax":
      throw noLayer(node, "the number of the best class");
    case "invertedResidual":
      throw noLayer(node, "a whole block");
    default:
      return unknownOperation(node);
  }
}

type LayerParts = Pick<Partial<DraftLayer>, "config" | "weights">;

/** A layer on a node's values in whatever dimensions they have. */
function onEach(draft: KerasDraft, node: Node, className: string, parts: LayerParts): ShapedValue {
  const input = draft.values.get(node.inputs[0] ?? "");
  return draft.give(node, [input], input.dims, { className, ...parts });
}

/** A layer from a map to a map. */
function onMap(draft: KerasDraft, node: Node, className: string, parts: LayerParts): ShapedValue {
  const input = draft.values.map(node.inputs[0] ?? "");
  return draft.give(node, [input], mapDims(draft, node), { className, ...parts });
}

/** A layer on several values of one shape. */
function onAlike(draft: KerasDraft, node: Node, className: string): ShapedValue {
  const inputs = draft.values.alike(node.inputs);
  return draft.give(node, inputs, inputs[0]?.dims ?? [], { className });
}

function mapDims({ values }: KerasDraft, { name }: Node): Shape {
  return values.shape(name).slice(1);
}

/** A convolution and its activation; of a vector a dense layer, which is the same product. */
function writeConvolution(draft: KerasDraft, node: Conv2dNode | DepthwiseConv2dNode): ShapedValue {
  const { values } = draft;
  const [first = ""] = node.inputs;
  const isDepthwise = node.op === "depthwiseConv2d";
  const own = values.get(first);
  const isDense = !isDepthwise && own.dims.length === 1 && isPointwise(node);
  const input = isDense ? own : values.map(first);
  const { kernel, stride, dilation, padding } = node;
  if (stride > 1 && dilation > 1) throw noLayer(node, "strides and dilation together");
  const { shape } = draft.weight("kernel", node.weights).tensor;
  const channels = shape.at(-1) ?? 0;
  const bias = node.bias === undefined ? [] : [draft.weight("bias", node.bias)];
  const ends = { activation: "linear", use_bias: node.bias !== undefined };
  const window = {
    ...{ kernel_size: kernel, strides: [stride, stride], dilation_rate: [dilation, dilation] },
    ...{ padding, ...channelsLast },
  };
  const layer = isDense
    ? {
        className: "Dense",
        config: { units: channels, ...ends },
        weights: [draft.weight("kernel", node.weights, shape.slice(2)), ...bias],
      }
    : isDepthwise
      ? {
          className: "DepthwiseConv2D",
          config: { ...window, depth_multiplier: 1, ...ends },
          weights: [draft.weight("depthwise_kernel", node.weights, [...shape, 1]), ...bias],
        }
      : {
          className: "Conv2D",
          config: { filters: channels, ...window, ...ends },
          weights: [draft.weight("kernel", node.weights), ...bias],
        };
  const dims = isDense ? [channels] : mapDims(draft, node);
  const { activation, name } = node;
  if (activation === "none") return draft.give(node, [input], dims, layer);
  const linear = draft.layer(`${name}_linear`, { ...layer, inputs: [input.tensor] });
  return draft.give(node, [{ tensor: linear, dims }], dims, {
    className: "ReLU",
    ...reluOf(activation),
  });
}

function reluOf(activation: Exclude<Activation, "none">): LayerParts {
  return { config: activation === "relu6" ? { max_value: 6 } : {} };
}

/** Functions that are layers, or activations by name, in every version. */
function functionLayer(
  node: NodeOf<"elementwise">,
  of: ElementFunction,
): readonly [className: string, parts: LayerParts] {
  switch (of.kind) {
    case "clip":
      if (of.low !== 0) throw noLayer(node, "values cut at another number than 0");
      return ["ReLU", { config: { max_value: of.high } }];
    case "tanh":
    case "swish":
      return ["Activation", { config: { activation: of.kind } }];
    case "elu":
      // TensorFlow.js's layer has no other.
      if (of.alpha !== 1) throw noLayer(node, `elu with an alpha of ${of.alpha}`);
      return ["ELU", { config: { alpha: of.alpha } }];
    case "leakyRelu":
      return ["LeakyReLU", { config: { alpha: of.slope } }];
    case "hardSigmoid":
    case "hardSwish":
      // One of these is another function in Keras 3, the other came with it.
      throw noLayer(node, of.kind);
  }
}

function poolLayer(
  { values }: KerasDraft,
  node: NodeOf<"averagePool2d" | "maxPool2d">,
): readonly [className: string, parts: LayerParts] {
  const [, rows, columns] = values.shape(node.inputs[0] ?? "");
  const padding = namedWindow(node, rows, columns);
  if (padding === undefined) throw noLayer(node, "a pool with this padding");
  const { kernel, stride } = node;
  const window = { pool_size: kernel, strides: [stride, stride], padding, ...channelsLast };
  const className = node.op === "maxPool2d" ? "MaxPooling2D" : "AveragePooling2D";
  return [className, { config: window }];
}

/**
 * Each pixel so many times along rows and columns. Of one pixel that is what every way of enlarging
 * gives; bilinear layers of more lie otherwise in TensorFlow.js than in Keras, and none has aligned
 * corners.
 */
function repetition(
  { values }: KerasDraft,
  node: NodeOf<"resizeBilinear" | "resizeNearest">,
): Readonly<Record<string, unknown>> {
  const [, rows, columns] = values.shape(node.inputs[0] ?? "");
  const size = [node.size[0] / rows, node.size[1] / columns];
  const isOne = rows * columns === 1;
  const repeats = node.op === "resizeNearest" && !node.alignCorners && size.every(Number.isInteger);
  if (isOne || repeats) return { size, interpolation: "nearest", ...channelsLast };
  throw noLayer(node, "a map brought to another size in this way");
}

function cropOf(
  node: NodeOf<"slice">,
  [, rows, columns, channels]: FeatureShape,
): Readonly<Record<string, unknown>> {
  const [row, column] = node.start;
  const [height, width, depth] = node.size;
  if (depth !== channels) throw noLayer(node, "a part of the channels");
  const cropping = [
    [row, rows - row - height],
    [column, columns - column - width],
  ];
  return { cropping, ...channelsLast };
}

/** Keras joins no fewer than two. */
function writeConcat(draft: KerasDraft, node: NodeOf<"concat">): ShapedValue {
  const { inputs, axis, dims } = draft.values.joined(node);
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0) return draft.values.set(node.name, only);
  return draft.give(node, inputs, dims, { className: "Concatenate", config: { axis } });
}
