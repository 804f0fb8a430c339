/**
 * What each node becomes in a TensorFlow graph: one operation, of those that TensorFlow.js runs. A
 * convolution takes bias and activation along, as its converter joins them.
 */
import {
  type Activation,
  type Conv2dNode,
  type DepthwiseConv2dNode,
  type Node,
  type NodeOf,
  unknownOperation,
} from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import { type Shape, sameShape } from "../../tensor.ts";
import { namedWindow } from "../plain-operations.ts";
import { leastDims, type ShapedValue } from "../shaped-values.ts";
import {
  attribute,
  type GraphDefDraft,
  noOperation,
  type WrittenAttribute,
} from "./graph-draft.ts";

type Attributes = Readonly<Record<string, WrittenAttribute>>;

const { integers, integer, number, text, texts, truth, type } = attribute;
const channelsLast: Attributes = { data_format: text("NHWC") };
const indices: Attributes = { Tidx: type("DT_INT32") };
const names: Readonly<Record<Exclude<Activation, "none">, string>> = {
  relu: "Relu",
  relu6: "Relu6",
};

/** Adds a node's operations to the draft. */
export function writeOperation(draft: GraphDefDraft, node: Node): ShapedValue {
  const { values } = draft;
  if (node.quantization !== undefined) throw noOperation(node, "8-bit values");
  const [first = ""] = node.inputs;
  switch (node.op) {
    case "input":
      return draft.input(node);
    case "conv2d":
    case "depthwiseConv2d":
      return writeConvolution(draft, node);
    case "batchNorm": {
      const parameters = [node.gamma, node.beta, node.mean, node.variance];
      return onMap(draft, node, {
        op: "FusedBatchNormV3",
        constants: parameters.map((name) => draft.weight(name)),
        attributes: {
          ...{ U: type("DT_FLOAT"), epsilon: number(node.epsilon) },
          ...{ is_training: truth(false), ...channelsLast },
        },
      });
    }
    case "activation":
      return onEach(draft, node, names[node.activation]);
    case "elementwise":
      return writeFunction(draft, node);
    case "sigmoid":
      return onEach(draft, node, "Sigmoid");
    case "softmax":
      return onEach(draft, node, "Softmax");
    case "globalAveragePool": {
      const axes = draft.integers("rows_and_columns", [1, 2]);
      const attributes = { ...indices, keep_dims: truth(false) };
      const dims = values.shape(node.name).slice(3);
      return draft.give(node, [values.map(first).tensor, axes], dims, ["Mean", attributes]);
    }
    case "averagePool2d":
    case "maxPool2d":
      return writePool(draft, node);
    case "resizeBilinear":
    case "resizeNearest": {
      const op = node.op === "resizeBilinear" ? "ResizeBilinear" : "ResizeNearestNeighbor";
      const attributes = {
        align_corners: truth(node.alignCorners),
        half_pixel_centers: truth(node.halfPixelCenters),
      };
      const size = draft.integers(`size_${node.size.join("x")}`, node.size);
      return onMap(draft, node, { op, constants: [size], attributes });
    }
    case "pad": {
      const { top, bottom, left, right } = node.pads;
      const borders = [0, 0, top, bottom, left, right, 0, 0];
      const paddings = draft.integers("paddings", borders, [4, 2]);
      const attributes = { Tpaddings: type("DT_INT32") };
      return onMap(draft, node, { op: "Pad", constants: [paddings], attributes });
    }
    case "slice": {
      const [begin, size] = [
        draft.integers("begin", [0, ...node.start]),
        draft.integers("size", [-1, ...node.size]),
      ];
      const attributes = { Index: type("DT_INT32") };
      return onMap(draft, node, { op: "Slice", constants: [begin, size], attributes });
    }
    case "transpose": {
      const order = draft.integers("order", [0, ...node.order]);
      const attributes = { Tperm: type("DT_INT32") };
      return onMap(draft, node, { op: "Transpose", constants: [order], attributes });
    }
    case "add":
      return onAlike(draft, node, "AddV2");
    case "multiply": {
      const [a, b] = node.inputs.map((name) => values.shape(name));
      if (a && b && sameShape(a, b)) return onAlike(draft, node, "Mul");
      const maps = node.inputs.map((name) => values.map(name).tensor);
      return draft.give(node, maps, mapDims(draft, node), ["Mul"]);
    }
    case "concat": {
      const { inputs, axis, dims } = values.joined(node);
      const at = draft.integers(`axis_${axis}`, [axis], []);
      const attributes = { ...indices, N: integer(inputs.length) };
      const tensors = inputs.map(({ tensor }) => tensor);
      return draft.give(node, [...tensors, at], dims, ["ConcatV2", attributes]);
    }
    case "reshape":
      return draft.giveReshaped(node, values.get(first), leastDims(values.shape(node.name)));
    case "quantize":
    case "dequantize":
      throw noOperation(node, "8-bit values");
    case "argMax":
      throw noOperation(node, "the best class as a number of the same type");
    case "invertedResidual":
      throw noOperation(node, "a whole block");
    default:
      return unknownOperation(node);
  }
}

function mapDims({ values }: GraphDefDraft, { name }: Node): Shape {
  return values.shape(name).slice(1);
}

/** An operation on a node's values in whatever dimensions they have. */
function onEach(
  draft: GraphDefDraft,
  node: Node,
  op: string,
  attributes: Attributes = {},
): ShapedValue {
  const { tensor, dims } = draft.values.get(node.inputs[0] ?? "");
  return draft.give(node, [tensor], dims, [op, attributes]);
}

/** An operation from a map, and constants after it, to a map. */
function onMap(
  draft: GraphDefDraft,
  node: Node,
  {
    op,
    constants = [],
    attributes,
  }: {
    readonly op: string;
    readonly constants?: readonly string[];
    readonly attributes: Attributes;
  },
): ShapedValue {
  const { tensor } = draft.values.map(node.inputs[0] ?? "");
  return draft.give(node, [tensor, ...constants], mapDims(draft, node), [op, attributes]);
}

/** An operation on several values of one shape. */
function onAlike(draft: GraphDefDraft, node: Node, op: string): ShapedValue {
  const inputs = draft.values.alike(node.inputs);
  const tensors = inputs.map(({ tensor }) => tensor);
  return draft.give(node, tensors, inputs[0]?.dims ?? [], [op]);
}

/** A convolution with what is joined to it; of a vector a product of matrices. */
function writeConvolution(
  draft: GraphDefDraft,
  node: Conv2dNode | DepthwiseConv2dNode,
): ShapedValue {
  const { values } = draft;
  const [first = ""] = node.inputs;
  const isDepthwise = node.op === "depthwiseConv2d";
  const own = values.get(first);
  const isDense = !isDepthwise && own.dims.length === 1 && isPointwise(node);
  const { stride, dilation, padding, activation, bias } = node;
  if (stride > 1 && dilation > 1) throw noOperation(node, "strides and dilation together");
  const { shape = [] } = draft.graph.parameters.get(node.weights) ?? {};
  const stored = isDense ? shape.slice(2) : isDepthwise ? [...shape, 1] : shape;
  const inputs = [
    isDense ? own.tensor : values.map(first).tensor,
    draft.weight(node.weights, stored),
  ];
  const attributes: Attributes = isDense
    ? { transpose_a: truth(false), transpose_b: truth(false) }
    : {
        ...{
          strides: integers([1, stride, stride, 1]),
          padding: text(padding.toString().toUpperCase()),
        },
        ...{ dilations: integers([1, dilation, dilation, 1]), ...channelsLast },
      };
  const dims = isDense ? shape.slice(3) : mapDims(draft, node);
  const [plain, fused] = isDense
    ? ["MatMul", "_FusedMatMul"]
    : isDepthwise
      ? ["DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"]
      : ["Conv2D", "_FusedConv2D"];
  const active = activation === "none" ? undefined : names[activation];
  if (bias !== undefined) {
    const joined = texts(["BiasAdd", ...(active === undefined ? [] : [active])]);
    const own = { ...attributes, fused_ops: joined, num_args: integer(1) };
    return draft.give(node, [...inputs, draft.weight(bias)], dims, [fused, own]);
  }
  if (active === undefined) return draft.give(node, inputs, dims, [plain, attributes]);
  const linear = draft.operation(`${node.name}/linear`, plain, inputs, attributes);
  return draft.give(node, [linear], dims, [active]);
}

/** Functions of each value that are one operation. */
function writeFunction(draft: GraphDefDraft, node: NodeOf<"elementwise">): ShapedValue {
  const of = node.function;
  switch (of.kind) {
    case "clip": {
      const { tensor, dims } = draft.values.get(node.inputs[0] ?? "");
      const bounds = [draft.scalar(of.low), draft.scalar(of.high)];
      return draft.give(node, [tensor, ...bounds], dims, ["ClipByValue"]);
    }
    case "tanh":
      return onEach(draft, node, "Tanh");
    case "elu":
      if (of.alpha !== 1) throw noOperation(node, `elu with an alpha of ${of.alpha}`);
      return onEach(draft, node, "Elu");
    case "leakyRelu":
      return onEach(draft, node, "LeakyRelu", { alpha: number(of.slope) });
    case "swish":
    case "hardSigmoid":
    case "hardSwish":
      throw noOperation(node, of.kind);
  }
}

function writePool(draft: GraphDefDraft, node: NodeOf<"averagePool2d" | "maxPool2d">): ShapedValue {
  const [, rows, columns] = draft.values.shape(node.inputs[0] ?? "");
  const padding = namedWindow(node, rows, columns);
  if (padding === undefined) throw noOperation(node, "a pool with this padding");
  const { kernel, stride } = node;
  return onMap(draft, node, {
    op: node.op === "maxPool2d" ? "MaxPool" : "AvgPool",
    attributes: {
      ...{ ksize: integers([1, ...kernel, 1]), strides: integers([1, stride, stride, 1]) },
      ...{ padding: text(padding.toUpperCase()), ...channelsLast },
    },
  });
}
