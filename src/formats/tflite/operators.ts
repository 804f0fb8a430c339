/**
 * What each operator becomes: one function per kind, in a table. The file's window, activation and
 * axis conventions end here; the graph has its own (graph/ir.ts).
 */
import type { FeatureShape } from "../../graph/ir.ts";
import { elementCount, sameShape } from "../../tensor.ts";
import type { Importer } from "./importer.ts";
import { readFusedActivation, readPair, readWindow, requireEqualScales } from "./options.ts";
import type { TfliteOperator } from "./schema.ts";
import { dequantizeConstant, featureDimension, featureShape } from "./tensors.ts";

type OperatorReader = (importer: Importer, operator: TfliteOperator) => void;

/** The operators that networks of this family use. */
const readers: Readonly<Record<string, OperatorReader>> = {
  CONV_2D: (importer, operator) => readConvolution(importer, operator, false),
  DEPTHWISE_CONV_2D: (importer, operator) => readConvolution(importer, operator, true),
  FULLY_CONNECTED: readFullyConnected,
  ADD: readAdd,
  AVERAGE_POOL_2D: readAveragePool,
  MEAN: readMean,
  RESHAPE: readReshape,
  SQUEEZE: readReshape,
  PAD: readPad,
  SOFTMAX: readSoftmax,
  LOGISTIC: (importer, operator) =>
    importer.emit(operator, { op: "sigmoid", inputs: [importer.value(operator, 0).node] }),
  RELU: (importer, operator) => readActivation(importer, operator, "relu"),
  RELU6: (importer, operator) => readActivation(importer, operator, "relu6"),
  CONCATENATION: readConcatenation,
  RESIZE_BILINEAR: readResize,
  ARG_MAX: readArgMax,
  QUANTIZE: (importer, operator) =>
    importer.emit(operator, { op: "quantize", inputs: [importer.value(operator, 0).node] }),
  DEQUANTIZE: readDequantize,
};

/**
 * Adds an operator to the graph.
 *
 * @throws MobileNetError `unsupported` naming the operator and its output where the graph has no
 *   such operation, `invalid-model` where its operands do not fit.
 */
export function readOperatorInto(importer: Importer, operator: TfliteOperator): void {
  const read = Object.hasOwn(readers, operator.kind) ? readers[operator.kind] : undefined;
  if (read === undefined) {
    throw importer.fault("unsupported", operator, "no such operation here");
  }
  read(importer, operator);
}

function readConvolution(importer: Importer, operator: TfliteOperator, depthwise: boolean): void {
  const { options } = operator;
  const input = importer.value(operator, 0);
  const quantized = input.quantization !== undefined;
  // The depthwise table has one more field, the multiplier, before the activation.
  const shift = depthwise ? 1 : 0;
  const layout = depthwise ? "1HWC" : "OHWI";
  const weights = importer.tensor(operator, "inputs", 1);
  const [, rows = 0, columns = 0, channels = 0] = weights.shape;
  if (depthwise && channels !== input.shape[3]) {
    throw importer.fault("unsupported", operator, "more than one filter per channel");
  }
  const bias = importer.bias(operator, 2, quantized);
  importer.emit(operator, {
    op: depthwise ? "depthwiseConv2d" : "conv2d",
    inputs: [input.node],
    weights: importer.weights(operator, 1, { layout, quantized }),
    ...(bias === undefined ? {} : { bias }),
    ...readWindow(importer, operator, [rows, columns]),
    dilation: readPair(importer, operator, { first: 4 + shift, absent: 1, what: "dilation" }),
    activation: readFusedActivation(importer, operator, options?.uint8(3 + shift)),
  });
}

/** A dense layer is a 1×1 convolution over one pixel. */
function readFullyConnected(importer: Importer, operator: TfliteOperator): void {
  if (operator.options?.uint8(1)) {
    throw importer.fault("unsupported", operator, "shuffled weights");
  }
  const value = importer.value(operator, 0);
  const quantized = value.quantization !== undefined;
  const bias = importer.bias(operator, 2, quantized);
  const output = importer.tensor(operator, "outputs", 0);
  const { node, shape } = value;
  const flat = [shape[0], 1, 1, elementCount(shape.slice(1))] as const;
  const inputs = [
    sameShape(shape, flat)
      ? node
      : importer.graph.add(
          `${output.name}/flat`,
          { op: "reshape", inputs: [node], shape: [1, 1, flat[3]] },
          value.quantization,
        ),
  ];
  importer.emit(operator, {
    op: "conv2d",
    inputs,
    weights: importer.weights(operator, 1, { layout: "OI", quantized }),
    ...(bias === undefined ? {} : { bias }),
    kernel: [1, 1],
    stride: 1,
    dilation: 1,
    padding: "valid",
    activation: readFusedActivation(importer, operator, operator.options?.uint8(0)),
  });
}

function readAdd(importer: Importer, operator: TfliteOperator): void {
  const inputs = [0, 1].map((position) => importer.value(operator, position).node);
  const activation = readFusedActivation(importer, operator, operator.options?.uint8(0));
  importer.emit(operator, { op: "add", inputs }, activation);
}

function readActivation(
  importer: Importer,
  operator: TfliteOperator,
  activation: "relu" | "relu6",
): void {
  const inputs = [importer.value(operator, 0).node];
  importer.emit(operator, { op: "activation", inputs, activation });
}

function readAveragePool(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const { node, shape } = importer.value(operator, 0);
  const [, rows, columns] = featureShape(importer.tensor(operator, "outputs", 0));
  const kernel = [options?.int32(4) ?? 0, options?.int32(3) ?? 0] as const;
  const activation = readFusedActivation(importer, operator, options?.uint8(5));
  const inputs = [node];
  const whole = rows === 1 && columns === 1 && kernel[0] === shape[1] && kernel[1] === shape[2];
  if (whole) {
    importer.emit(operator, { op: "globalAveragePool", inputs }, activation);
    return;
  }
  if (kernel[0] > shape[1] || kernel[1] > shape[2]) {
    throw importer.fault("unsupported", operator, "a window larger than its input");
  }
  const window = readWindow(importer, operator, kernel);
  importer.emit(operator, { op: "averagePool2d", inputs, ...window, dilation: 1 }, activation);
}

function readMean(importer: Importer, operator: TfliteOperator): void {
  const tensor = importer.tensor(operator, "inputs", 0);
  const { data } = importer.constant(operator, 1);
  const axes = new Set(Array.from(data, (axis) => featureDimension(tensor, axis)));
  if (axes.size !== 2 || !axes.has(1) || !axes.has(2)) {
    throw importer.fault("unsupported", operator, "a mean over anything but rows and columns");
  }
  const inputs = [importer.value(operator, 0).node];
  importer.emit(operator, { op: "globalAveragePool", inputs });
}

function readReshape(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const output = importer.tensor(operator, "outputs", 0);
  const shape = featureShape(output);
  requireEqualScales(importer, operator, value);
  if (sameShape(shape, value.shape)) importer.alias(output.index, value);
  else if (shape[0] !== value.shape[0]) {
    throw importer.fault("unsupported", operator, "a new shape across the images of a batch");
  } else {
    const inner = [shape[1], shape[2], shape[3]] as const;
    importer.emit(operator, { op: "reshape", inputs: [value.node], shape: inner });
  }
}

function readPad(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const { data } = importer.constant(operator, 1);
  const [n0, n1, top = 0, bottom = 0, left = 0, right = 0, c0, c1] = data;
  if (data.length !== 8 || n0 !== 0 || n1 !== 0 || c0 !== 0 || c1 !== 0) {
    throw importer.fault("unsupported", operator, "padding of anything but rows and columns");
  }
  requireEqualScales(importer, operator, value);
  const pads = { top, left, bottom, right };
  importer.emit(operator, { op: "pad", inputs: [value.node], pads });
}

function readSoftmax(importer: Importer, operator: TfliteOperator): void {
  if (operator.options?.float32(0) !== 1) {
    throw importer.fault("unsupported", operator, "a beta other than 1");
  }
  importer.emit(operator, { op: "softmax", inputs: [importer.value(operator, 0).node] });
}

function readConcatenation(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const tensor = importer.tensor(operator, "inputs", 0);
  const axis = featureDimension(tensor, options?.int32(0) ?? 0);
  if (axis !== 1 && axis !== 2 && axis !== 3) {
    throw importer.fault("unsupported", operator, "joining along the batch");
  }
  const activation = readFusedActivation(importer, operator, options?.uint8(1));
  const inputs = operator.inputs.map((_, position) => importer.value(operator, position).node);
  importer.emit(operator, { op: "concat", inputs, axis }, activation);
}

function readResize(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const value = importer.value(operator, 0);
  const { data } = importer.constant(operator, 1);
  const [rows = 0, columns = 0] = data;
  requireEqualScales(importer, operator, value);
  importer.emit(operator, {
    op: "resizeBilinear",
    inputs: [value.node],
    size: [rows, columns],
    alignCorners: options?.boolean(2) ?? false,
    halfPixelCenters: options?.boolean(3) ?? false,
  });
}

/** Class indices fit into bytes where there are at most 256 of them. */
function readArgMax(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const tensor = importer.tensor(operator, "inputs", 0);
  const [axis = 0] = importer.constant(operator, 1).data;
  if (featureDimension(tensor, axis) !== 3) {
    throw importer.fault("unsupported", operator, "the largest of anything but the channels");
  }
  const [batch, rows, columns, channels] = value.shape;
  const shape: FeatureShape = [batch, rows, columns, 1];
  const bytes = value.quantization !== undefined && channels <= 256;
  importer.define(
    importer.tensor(operator, "outputs", 0).index,
    { op: "argMax", inputs: [value.node] },
    { shape, quantization: bytes ? { dtype: "uint8", scale: 1, zeroPoint: 0 } : undefined },
  );
}

function readDequantize(importer: Importer, operator: TfliteOperator): void {
  if (importer.isConstant(operator, 0)) {
    const tensor = importer.tensor(operator, "inputs", 0);
    importer.defineConstant(operator, dequantizeConstant(tensor, importer.constant(operator, 0)));
    return;
  }
  const value = importer.value(operator, 0);
  importer.emit(operator, { op: "dequantize", inputs: [value.node] });
}
