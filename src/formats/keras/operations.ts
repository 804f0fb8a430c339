/**
 * Operations that Functional models call without a layer: TensorFlow's in Keras 2 (`TFOpLambda`), Keras's
 * own in version 3 (`TrueDivide`). With a constant, arithmetic is a factor and a summand of each channel,
 * as in `keras.applications…preprocess_input`; with two tensors it is what the layers do.
 */
import { quote } from "../../untrusted.ts";
import { apply, isFunction } from "./activations.ts";
import type { ChannelAffine, KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import { flat, globalAverage, targetShape } from "./maps.ts";
import { concatenate, difference, product, sum } from "./merging.ts";
import type { Operand } from "./network.ts";
import { isRealType, nodeOf, OperationCall } from "./operation-call.ts";
import { numbersIn, wordOf } from "./values.ts";

/** What an operation does, in one of its ways to be written. */
type Arithmetic = "add" | "subtract" | "multiply" | "divide";

/** Names that TensorFlow and Keras give to arithmetic, without modules, in lower case. */
const arithmetic: Readonly<Record<string, Arithmetic>> = {
  add: "add",
  addv2: "add",
  biasadd: "add",
  sub: "subtract",
  subtract: "subtract",
  mul: "multiply",
  multiply: "multiply",
  div: "divide",
  realdiv: "divide",
  truediv: "divide",
  divide: "divide",
  truedivide: "divide",
};

/** What a function gives. */
type ReadCall = (call: OperationCall) => KerasTensor;

const negative: ReadCall = (call) => call.layer.affine(call.first(), { scale: [-1], offset: [0] });
const same: ReadCall = (call) => call.first();

/** Other operations of the same kind of names. */
const others: Readonly<Record<string, ReadCall>> = {
  cast,
  identity: same,
  stopgradient: same,
  negative,
  neg: negative,
  mean,
  reducemean: mean,
  reshape: (call) => {
    const { layer } = call;
    const shape = call.valueAt(1, ["shape", "newshape"]);
    // The batch is part of the shape here.
    const list: unknown = Array.isArray(shape) ? shape.slice(1) : shape;
    return flat(layer, call.first(), targetShape(layer, call.first(), list));
  },
  concat: concatenated,
  concatenate: concatenated,
};

/** Classes that say which operation they are in their config, or by being called so. */
export const operationLayers: Readonly<Record<string, ReadLayer>> = {
  TFOpLambda: (layer) => readCall(new OperationCall(layer), layer.config.value("function")),
  TensorFlowOpLayer: (layer) => {
    const node = nodeOf(layer);
    return readCall(new OperationCall(layer, node), node["op"]);
  },
};

/** Reads an operation of Keras 3, whose class is its name. */
export function readOperation(layer: LayerImport, name: string): KerasTensor {
  return readCall(new OperationCall(layer), name);
}

/** Reads an operation by its name, which modules may stand before: `math.truediv`. */
function readCall(call: OperationCall, given: unknown): KerasTensor {
  const { layer } = call;
  const name = typeof given === "string" ? wordOf(given.split(".").at(-1) ?? "") : "";
  const kind = Object.hasOwn(arithmetic, name) ? arithmetic[name] : undefined;
  const other = Object.hasOwn(others, name) ? others[name] : undefined;
  if (kind === undefined && other === undefined && !isFunction(name)) {
    throw layer.fault("unsupported", "no such operation is read", undefined, quote(given));
  }
  if (name === "biasadd") requireChannelsLast(call);
  const made =
    kind === undefined
      ? (other?.(call) ?? apply(name, layer, call.first(), call.settings()))
      : calculate(call, kind);
  call.finish();
  return made;
}

/** Real numbers of another width stay what they are; whole ones would be cut. */
function cast(call: OperationCall): KerasTensor {
  const type = call.valueAt(1, ["dtype", "DstT"]);
  if (isRealType(type)) return call.first();
  throw call.layer.fault(
    "unsupported",
    "it casts to a type that is not read",
    "float32",
    quote(type),
  );
}

/** TensorFlow's names for it: `NHWC` and `N...C`. */
function requireChannelsLast(call: OperationCall): void {
  const format = call.valueAt(2, ["data_format"]) ?? "NHWC";
  if (format === "NHWC" || format === "N...C") return;
  throw call.layer.fault("unsupported", "its data format is not read", "NHWC", quote(format));
}

function calculate(call: OperationCall, kind: Arithmetic): KerasTensor {
  const { layer } = call;
  const a = call.argument(0, ["x", "x1", "value"]);
  const b = call.argument(1, ["y", "x2", "bias"]);
  const [left, right] = [layer.tensorOf(a), layer.tensorOf(b)];
  if (left !== undefined && right !== undefined) {
    if (kind === "add") return sum(layer, left, right, "");
    if (kind === "multiply") return product(layer, left, right, "");
    if (kind === "subtract") return difference(layer, left, right);
    throw layer.fault("unsupported", "a quotient of two tensors is not read");
  }
  const tensor = left ?? right;
  const constant = constantOf(left === undefined ? a : b);
  if (tensor === undefined || constant === undefined) {
    const received = quote([a, b].map((one) => (one && "value" in one ? one.value : "a tensor")));
    throw layer.fault("unsupported", "its operands are not read", "a tensor and numbers", received);
  }
  const affine = left === undefined ? constantFirst(kind, constant) : constantLast(kind, constant);
  if (affine?.scale.every(Number.isFinite)) return layer.affine(tensor, affine);
  throw layer.fault(
    "unsupported",
    "a quotient by this is not read",
    "other numbers",
    quote(constant),
  );
}

function constantOf(operand: Operand | undefined): readonly number[] | undefined {
  return operand !== undefined && "value" in operand ? numbersIn(operand.value) : undefined;
}

const zeros = (values: readonly number[]): readonly number[] => values.map(() => 0);
const ones = (values: readonly number[]): readonly number[] => values.map(() => 1);
const negated = (values: readonly number[]): readonly number[] => values.map((value) => -value);

function constantLast(kind: Arithmetic, values: readonly number[]): ChannelAffine {
  switch (kind) {
    case "add":
      return { scale: ones(values), offset: values };
    case "subtract":
      return { scale: ones(values), offset: negated(values) };
    case "multiply":
      return { scale: values, offset: zeros(values) };
    case "divide":
      return { scale: values.map((value) => 1 / value), offset: zeros(values) };
  }
}

function constantFirst(kind: Arithmetic, values: readonly number[]): ChannelAffine | undefined {
  if (kind === "subtract") return { scale: values.map(() => -1), offset: values };
  return kind === "divide" ? undefined : constantLast(kind, values);
}

/** The mean over rows and columns; the batch counts as an axis. */
function mean(call: OperationCall): KerasTensor {
  const { layer } = call;
  const input = call.first();
  const axis = call.valueAt(1, ["axis"]);
  const keeps = call.valueAt(2, ["keepdims", "keep_dims"]) ?? false;
  const axes = numbersIn(axis)?.map((one) => (one < 0 ? one + 4 : one));
  if (input.dims.length === 3 && axes?.toSorted().join() === "1,2") {
    return globalAverage(layer, input, keeps === true ? 3 : 1);
  }
  throw layer.fault(
    "unsupported",
    "its axis is not read",
    "rows and columns of a map",
    quote(axis),
  );
}

/** Tensors one after another, then the axis where that has no name. */
function concatenated(call: OperationCall): KerasTensor {
  const { layer, places } = call;
  const tensors = places.flatMap((_, place) => layer.tensorOf(call.argument(place, [])) ?? []);
  const [last, ...more] = places.filter((one) => "value" in one);
  const axis = call.named("axis");
  if (more.length > 0 || (axis !== undefined && last !== undefined)) {
    throw layer.fault("unsupported", "it reads a constant where tensors are");
  }
  return concatenate(layer, tensors, axis ?? last?.value ?? -1);
}
