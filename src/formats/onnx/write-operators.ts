/**
 * What each node becomes in an ONNX file: one operator or a few. 8-bit nodes compute with real values
 * between DequantizeLinear and QuantizeLinear, as quantisation tools write them; engines turn each such
 * group into one kernel for integers.
 */
import { type FeatureShape, type Node, type NodeOf, unknownOperation } from "../../graph/ir.ts";
import { sameShape } from "../../tensor.ts";
import { windowAttributes, writeActivation, writeConvolution } from "./convolution.ts";
import { dimsOf, type OnnxDraft, type OnnxValue, sameOrder, type TensorLayout } from "./draft.ts";
import { elementCodes } from "./messages.ts";
import { mixedOperands, noOperator } from "./refusals.ts";
import { writeFunction } from "./write-functions.ts";
import { writeResize } from "./write-resize.ts";
import { simple, writeRange } from "./write-simple.ts";

/** Adds a node's operators to the draft. */
export function writeOnnxNode(draft: OnnxDraft, node: Node): void {
  requireOneKind(draft, node);
  switch (node.op) {
    case "input":
      draft.input(node);
      break;
    case "conv2d":
    case "depthwiseConv2d":
      writeConvolution(draft, node);
      break;
    case "batchNorm": {
      const parameters = [node.gamma, node.beta, node.mean, node.variance].map((name) => {
        const { shape, data } = draft.parameter(name);
        return draft.once(`parameter ${name}`, () => draft.weights(name, shape, data));
      });
      simple(draft, node, {
        kind: "BatchNormalization",
        layout: "channelsFirst",
        constants: parameters,
        attributes: { epsilon: { float: node.epsilon } },
      });
      break;
    }
    case "activation": {
      const { name, layout } = draft.first(node);
      const input = draft.real(name, layout);
      draft.give(node, layout, (output) => writeActivation(draft, node.activation, input, output));
      break;
    }
    case "add":
      simple(draft, node, { kind: "Add" });
      break;
    case "sigmoid":
      simple(draft, node, { kind: "Sigmoid" });
      break;
    case "globalAveragePool":
      writeMean(draft, node);
      break;
    case "averagePool2d":
      simple(draft, node, {
        kind: "AveragePool",
        layout: "channelsFirst",
        attributes: { ...windowAttributes(draft, node), count_include_pad: 0 },
      });
      break;
    case "softmax": {
      const own = pixelLayout(draft.first(node));
      // Before operator set 13 it takes all axes from the given one on together.
      const layout = draft.settings.opset < 13 && own === "channelsFirst" ? "channelsLast" : own;
      simple(draft, node, { kind: "Softmax", layout, attributes: { axis: axisOf(layout, 3) } });
      break;
    }
    case "argMax":
      writeArgMax(draft, node);
      break;
    case "resizeBilinear":
    case "resizeNearest":
      writeResize(draft, node);
      break;
    case "concat":
      writeConcat(draft, node);
      break;
    case "reshape":
      writeReshape(draft, node);
      break;
    case "pad": {
      const { top, left, bottom, right } = node.pads;
      const pads = [0, 0, top, left, 0, 0, bottom, right];
      const said =
        draft.settings.opset < 11
          ? { attributes: { pads } }
          : { constants: [draft.constant(`${node.name}/pads`, "int64", [8], pads)] };
      simple(draft, node, { kind: "Pad", layout: "channelsFirst", ...said });
      break;
    }
    case "quantize":
      writeQuantize(draft, node);
      break;
    case "dequantize": {
      const { layout, tensor, quantized } = draft.first(node);
      if (quantized === undefined) throw mixedOperands(node);
      draft.give(node, layout, (output) => {
        draft.operator("DequantizeLinear", [tensor, ...quantized.ends], output);
      });
      break;
    }
    case "elementwise":
      writeFunction(draft, node);
      break;
    case "multiply":
      writeMultiply(draft, node);
      break;
    case "maxPool2d":
      if (node.dilation !== 1) draft.needs(node, "dilation of a maximum", 10);
      simple(draft, node, {
        kind: "MaxPool",
        layout: "channelsFirst",
        attributes: windowAttributes(draft, node),
      });
      break;
    case "slice":
      writeSlice(draft, node);
      break;
    case "transpose":
      writeTranspose(draft, node);
      break;
    case "invertedResidual":
      throw noOperator(node, "a whole block");
    default:
      unknownOperation(node);
  }
}

/** The axis of rows (1), columns (2) or channels (3) in a layout. */
function axisOf(layout: TensorLayout, axis: 1 | 2 | 3): number {
  if (layout === "channelsLast") return axis;
  if (layout === "list") return axis === 3 ? 2 : 1;
  return axis === 3 ? 1 : axis + 1;
}

/** For what looks at each pixel's channels: maps of one pixel are vectors. */
function pixelLayout({ layout, shape: [, rows, columns] }: OnnxValue): TensorLayout {
  return rows === 1 && columns === 1 ? "vector" : layout;
}

/** One vector for an image; that of integers stays a map, next to the operators that quantise it. */
function writeMean(draft: OnnxDraft, node: NodeOf<"globalAveragePool">): void {
  if (node.quantization !== undefined) {
    simple(draft, node, { kind: "GlobalAveragePool", layout: "channelsFirst" });
    return;
  }
  const values = draft.real(draft.first(node).name, "channelsFirst");
  draft.give(node, "vector", (output) => {
    const mean = draft.operator("GlobalAveragePool", [values], draft.fresh(`${node.name}/map`));
    draft.operator("Flatten", [mean], output, { axis: 1 });
  });
}

/** Indices are numbers like all other values, not the 64-bit integers that the operator gives. */
function writeArgMax(draft: OnnxDraft, node: NodeOf<"argMax">): void {
  const input = draft.first(node);
  const layout = pixelLayout(input);
  const values = draft.real(input.name, layout);
  const attributes = { axis: axisOf(layout, 3), keepdims: 1 };
  draft.give(node, layout, (output) => {
    const indices = draft.fresh(`${node.name}/indices`);
    draft.operator("ArgMax", [values], indices, attributes);
    draft.operator("Cast", [indices], output, { to: elementCodes.float32 });
  });
}

function writeConcat(draft: OnnxDraft, node: NodeOf<"concat">): void {
  const { layout } = draft.first(node);
  const alike = node.inputs.every((name) => draft.value(name).layout === layout);
  const isThere = { vector: node.axis === 3, list: node.axis !== 2 };
  const fits = alike && (layout === "vector" || layout === "list" ? isThere[layout] : true);
  const common = fits ? layout : "channelsFirst";
  const attributes = { axis: axisOf(common, node.axis) };
  simple(draft, node, { kind: "Concat", layout: common, attributes });
}

/** A factor for each channel repeats over rows and columns; equal shapes need not be maps. */
function writeMultiply(draft: OnnxDraft, node: NodeOf<"multiply">): void {
  const [a, b] = node.inputs.map((name) => draft.shape(name));
  const layout = a && b && sameShape(a, b) ? draft.first(node).layout : "channelsFirst";
  simple(draft, node, { kind: "Mul", layout });
}

function writeSlice(draft: OnnxDraft, node: NodeOf<"slice">): void {
  const ends = node.start.map((start, i) => start + node.size[i]!);
  const from = draft.real(draft.first(node).name, "channelsFirst");
  draft.give(node, "channelsFirst", (output) => {
    writeRange(draft, { from, starts: node.start, ends, axes: [2, 3, 1] }, output);
  });
}

/** Both sides have their channels first: axis 1 of the graph is 2 there, 2 is 3 and 3 is 1. */
function writeTranspose(draft: OnnxDraft, node: NodeOf<"transpose">): void {
  const [rows, columns, channels] = node.order.map((axis) => axisOf("channelsFirst", axis));
  const perm = [0, channels!, rows!, columns!];
  simple(draft, node, { kind: "Transpose", layout: "channelsFirst", attributes: { perm } });
}

/** The graph's order is channels last; a map of one column is a list, as detectors have them. */
function writeReshape(draft: OnnxDraft, node: NodeOf<"reshape">): void {
  const input = draft.first(node);
  const lasts = sameOrder(input.layout, "channelsLast", input.shape);
  const values = draft.real(input.name, lasts ? input.layout : "channelsLast");
  const shape: FeatureShape = draft.shape(node.name);
  const [, rows, columns] = shape;
  const layout = columns === 1 && rows !== 1 ? "list" : "channelsLast";
  draft.give(node, layout, (output) => draft.reshape(values, dimsOf(shape, layout), output));
}

/** Integers that stand for the same are kept: those of int8 and uint8 differ by 128 here as there. */
function writeQuantize(draft: OnnxDraft, node: NodeOf<"quantize">): void {
  const { quantization } = node;
  if (quantization === undefined) throw mixedOperands(node);
  const input = draft.first(node);
  const zero = quantization.zeroPoint + (quantization.dtype === "int8" ? 128 : 0);
  const { as } = input.quantized ?? {};
  if (as?.scale === quantization.scale && as.zeroPoint === zero) {
    draft.same(node, input);
    return;
  }
  const { name, layout } = input;
  draft.quantize(node.name, { real: draft.real(name, layout), layout, as: quantization });
}

/** But for the two that convert, an operation has 8 bits on both sides or on neither. */
function requireOneKind(draft: OnnxDraft, node: Node): void {
  if (node.op === "quantize" || node.op === "dequantize" || node.op === "argMax") return;
  const quantized = node.quantization !== undefined;
  const kinds = node.inputs.map((name) => draft.value(name).quantized !== undefined);
  if (kinds.some((kind) => kind !== quantized)) throw mixedOperands(node);
}
