/** Functions of each value, sums over a map, choices of a class, and changes of a value's type. */
import type { ElementFunction } from "../../graph/ir.ts";
import type { Importer } from "./importer.ts";
import type { TfliteOperator } from "./schema.ts";
import { dequantizeConstant, featureQuantization } from "./tensors.ts";

type OperatorReader = (importer: Importer, operator: TfliteOperator) => void;

/** A function of each value, which may depend on the operator's options. */
export function elementwise(of: (operator: TfliteOperator) => ElementFunction): OperatorReader {
  return (importer, operator) => {
    const inputs = [importer.value(operator, 0).node];
    importer.emit(operator, { op: "elementwise", inputs, function: of(operator) });
  };
}

/** RELU, RELU6. */
export function activation(kind: "relu" | "relu6"): OperatorReader {
  return (importer, operator) => {
    const inputs = [importer.value(operator, 0).node];
    importer.emit(operator, { op: "activation", inputs, activation: kind });
  };
}

/** MAXIMUM, MINIMUM with a number. */
export function bound(side: "low" | "high"): OperatorReader {
  return (importer, operator) => {
    const position = importer.isConstant(operator, 1) ? 1 : 0;
    const tensor = importer.tensor(operator, "inputs", position);
    const constant = importer.constant(operator, position);
    const [limit] = constant.data.length === 1 ? dequantizeConstant(tensor, constant).data : [];
    if (limit === undefined) {
      throw importer.fault("unsupported", operator, "a comparison with more than one number");
    }
    const most = 3.4028234663852886e38;
    const between = { low: -most, high: most, [side]: limit };
    importer.emit(operator, {
      op: "elementwise",
      inputs: [importer.value(operator, 1 - position).node],
      function: { kind: "clip", ...between },
    });
  };
}

/** LOGISTIC. */
export function readLogistic(importer: Importer, operator: TfliteOperator): void {
  importer.emit(operator, { op: "sigmoid", inputs: [importer.value(operator, 0).node] });
}

/** SOFTMAX. */
export function readSoftmax(importer: Importer, operator: TfliteOperator): void {
  if (operator.options?.float32(0) !== 1) {
    throw importer.fault("unsupported", operator, "a beta other than 1");
  }
  importer.emit(operator, { op: "softmax", inputs: [importer.value(operator, 0).node] });
}

/** MEAN over rows, columns or both; dimensions of one do not count. */
export function readMean(importer: Importer, operator: TfliteOperator): void {
  const { node, shape, over } = readReduction(importer, operator, "a mean");
  const inputs = [node];
  const [batch, rows, columns, channels] = shape;
  const spans = (axis: 1 | 2): boolean => over.has(axis) || shape[axis] === 1;
  if (spans(1) && spans(2)) {
    importer.emitShaped(operator, [batch, 1, 1, channels], { op: "globalAveragePool", inputs });
    return;
  }
  const kernel = [over.has(1) ? rows : 1, over.has(2) ? columns : 1] as const;
  importer.emitShaped(
    operator,
    [batch, over.has(1) ? 1 : rows, over.has(2) ? 1 : columns, channels],
    { op: "averagePool2d", inputs, kernel, stride: 1, dilation: 1, padding: "valid" },
  );
}

/** REDUCE_MAX over rows, columns or both. */
export function readLargest(importer: Importer, operator: TfliteOperator): void {
  const { node, shape, over } = readReduction(importer, operator, "the largest");
  const [batch, rows, columns, channels] = shape;
  const kernel = [over.has(1) ? rows : 1, over.has(2) ? columns : 1] as const;
  importer.emitShaped(operator, [batch, rows - kernel[0] + 1, columns - kernel[1] + 1, channels], {
    op: "maxPool2d",
    inputs: [node],
    kernel,
    stride: 1,
    dilation: 1,
    padding: "valid",
  });
}

function readReduction(importer: Importer, operator: TfliteOperator, what: string) {
  const { node, shape } = importer.value(operator, 0);
  const tensor = importer.tensor(operator, "inputs", 0);
  const { data } = importer.constant(operator, 1);
  const axes = Array.from(data, (axis) => importer.dimension(tensor, axis));
  const over = new Set(axes.filter((axis) => shape[axis] !== 1));
  if (over.has(0) || over.has(3)) {
    throw importer.fault("unsupported", operator, `${what} over anything but rows and columns`);
  }
  return { node, shape, over };
}

/** ARG_MAX; class indices fit into bytes where there are at most 256 of them. */
export function readArgMax(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const tensor = importer.tensor(operator, "inputs", 0);
  const [axis = 0] = importer.constant(operator, 1).data;
  if (importer.dimension(tensor, axis) !== 3) {
    throw importer.fault("unsupported", operator, "the largest of anything but the channels");
  }
  const [batch, rows, columns, channels] = value.shape;
  const bytes = value.quantization !== undefined && channels <= 256;
  importer.define(
    importer.tensor(operator, "outputs", 0).index,
    { op: "argMax", inputs: [value.node] },
    {
      shape: [batch, rows, columns, 1],
      quantization: bytes ? { dtype: "uint8", scale: 1, zeroPoint: 0 } : undefined,
    },
  );
}

/** QUANTIZE. */
export function readQuantize(importer: Importer, operator: TfliteOperator): void {
  importer.emit(operator, { op: "quantize", inputs: [importer.value(operator, 0).node] });
}

/** DEQUANTIZE, of constants too. */
export function readDequantize(importer: Importer, operator: TfliteOperator): void {
  if (importer.isConstant(operator, 0)) {
    const tensor = importer.tensor(operator, "inputs", 0);
    const { type } = tensor;
    const stored = type === "float16" ? "half-precision floats" : "8 bits";
    importer.notes.add(`weights are stored in ${stored} and run as floats`);
    importer.defineConstant(operator, dequantizeConstant(tensor, importer.constant(operator, 0)));
    return;
  }
  const value = importer.value(operator, 0);
  importer.emit(operator, { op: "dequantize", inputs: [value.node] });
}

/** CAST of bytes to floats, or of floats to floats. */
export function readCast(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const from = importer.tensor(operator, "inputs", 0);
  const to = importer.tensor(operator, "outputs", 0);
  const plain = from.type === "uint8" && from.quantization === undefined;
  if (to.type !== "float32" || (from.type !== "float32" && !plain)) {
    throw importer.fault("unsupported", operator, `from ${from.type} to ${to.type}`);
  }
  if (featureQuantization(to) === undefined && plain) {
    importer.emit(operator, { op: "dequantize", inputs: [value.node] });
  } else importer.alias(to.index, value);
}
