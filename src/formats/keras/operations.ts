/**
 * Operations that Functional models call without a layer: TensorFlow's in Keras 2 (`TFOpLambda`), Keras's
 * own in version 3 (`TrueDivide`). With a constant, arithmetic is a factor and a summand of each channel,
 * as in `keras.applications…preprocess_input`; with two tensors it is what the layers do.
 */
import { quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";
import { apply, isFunction } from "./activations.ts";
import type { ChannelAffine, KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import { flat, globalAverage, targetShape } from "./maps.ts";
import { concatenate, difference, product, sum } from "./merging.ts";
import type { Operand } from "./network.ts";
import { Config, numbersIn, wordOf } from "./values.ts";

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

/** Other operations of the same kind of names. */
const others: Readonly<Record<string, ReadLayer>> = {
  cast: first,
  identity: first,
  stopgradient: first,
  negative: (layer) => layer.affine(first(layer), { scale: [-1], offset: [0] }),
  neg: (layer) => layer.affine(first(layer), { scale: [-1], offset: [0] }),
  mean,
  reducemean: mean,
  reshape: (layer) => {
    const shape = constantAt(layer, 1, ["shape", "newshape"]);
    // The batch is part of the shape here.
    const list: unknown = Array.isArray(shape) ? shape.slice(1) : shape;
    return flat(layer, first(layer), targetShape(layer, first(layer), list));
  },
  concat: concatenated,
  concatenate: concatenated,
};

/** Classes that say which operation they are in their config, or by being called so. */
export const operationLayers: Readonly<Record<string, ReadLayer>> = {
  TFOpLambda: (layer) => readOperation(layer, layer.config.value("function")),
  TensorFlowOpLayer: (layer) => {
    const node = layer.config.value("node_def");
    const parsed = typeof node === "string" ? /"op"\s*:\s*"(\w+)"/.exec(node)?.[1] : undefined;
    return readOperation(layer, isRecord(node) ? node["op"] : parsed);
  },
};

/** Reads an operation by its name, which modules may stand before: `math.truediv`. */
export function readOperation(layer: LayerImport, given: unknown): KerasTensor {
  const name = typeof given === "string" ? wordOf(given.split(".").at(-1) ?? "") : "";
  const kind = Object.hasOwn(arithmetic, name) ? arithmetic[name] : undefined;
  if (kind !== undefined) return calculate(layer, kind);
  const other = Object.hasOwn(others, name) ? others[name] : undefined;
  if (other !== undefined) return other(layer);
  if (isFunction(name)) return apply(name, layer, first(layer), settingsOf(layer));
  throw layer.fault("unsupported", "no such operation is read", undefined, quote(given));
}

/** What an operation is called with by name, and what its config says. */
function settingsOf({ layer, place }: LayerImport): Config {
  const named = [...layer.named].map(([name, one]) => [name, "value" in one ? one.value : null]);
  return new Config({ ...layer.config, ...Object.fromEntries(named) }, place);
}

/** The first tensor that an operation reads. */
function first(layer: LayerImport): KerasTensor {
  const tensor = layer.tensorOf(argument(layer, 0, ["x", "input", "features", "logits"]));
  if (tensor !== undefined) return tensor;
  throw layer.fault("unsupported", "it reads a constant where tensors are");
}

/** An argument by its place or its name. */
function argument(
  layer: LayerImport,
  place: number,
  names: readonly string[],
): Operand | undefined {
  const { operands, named } = layer.layer;
  const name = names.find((candidate) => named.has(candidate));
  return operands[place] ?? (name === undefined ? undefined : named.get(name));
}

function constantAt(layer: LayerImport, place: number, names: readonly string[]): unknown {
  const operand = argument(layer, place, names);
  return operand !== undefined && "value" in operand ? operand.value : undefined;
}

function calculate(layer: LayerImport, kind: Arithmetic): KerasTensor {
  const [a, b] = operandsOf(layer);
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

/** Its two operands; where one is missing, `TensorFlowOpLayer` has it by its place. */
function operandsOf(layer: LayerImport): readonly [Operand | undefined, Operand | undefined] {
  const constants = layer.config.value("constants");
  const { operands } = layer.layer;
  if (!isRecord(constants)) {
    return [argument(layer, 0, ["x", "x1", "value"]), argument(layer, 1, ["y", "x2", "bias"])];
  }
  const [tensor, other] = operands;
  if (Object.hasOwn(constants, "0")) return [{ value: constants["0"] }, tensor];
  return [tensor, Object.hasOwn(constants, "1") ? { value: constants["1"] } : other];
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
function mean(layer: LayerImport): KerasTensor {
  const input = first(layer);
  // Operations of Keras 3 keep their arguments in the config.
  const axis = constantAt(layer, 1, ["axis"]) ?? layer.config.value("axis");
  const keeps = constantAt(layer, 2, ["keepdims"]) ?? layer.config.value("keepdims") ?? false;
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

function concatenated(layer: LayerImport): KerasTensor {
  const inputs = layer.layer.operands.flatMap((one) => layer.tensorOf(one) ?? []);
  const constants = layer.layer.operands.filter((one) => "value" in one);
  const [last] = constants;
  const axis = layer.layer.named.get("axis") ?? last;
  const value = axis !== undefined && "value" in axis ? axis.value : layer.config.value("axis");
  return concatenate(layer, inputs, value ?? -1);
}
