/**
 * Operators whose inputs are all constants: exporters compute shapes, bounds and weights by them. They
 * are computed once, at reading, within what the file may take.
 */
import { elementCount } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import {
  allocate,
  broadcast,
  foldConcat,
  foldGather,
  foldSlice,
  foldSplit,
  foldTranspose,
  repeatOver,
} from "./fold-moves.ts";
import type { OnnxOperation } from "./operation.ts";
import { reshaped, squeezed } from "./read-shapes.ts";
import { readStoredTensor, storedBytes } from "./stored-tensors.ts";

type Fold = (op: OnnxOperation) => Constant | readonly Constant[];

/** Each value by itself. */
const unary =
  (of: (x: number, op: OnnxOperation) => number): Fold =>
  (op) => {
    const { shape, data } = op.constant(0);
    const values = allocate(op, shape, data);
    for (const [i, value] of data.entries()) values[i] = of(value, op);
    return { shape, data: values };
  };

/** Two constants, one of which may repeat along dimensions of 1. */
const binary =
  (of: Joined, truth = false): Fold =>
  (op) => {
    const { length } = op.node.inputs;
    if (length !== 2) throw op.fault("invalid-model", `${length} inputs in place of two`);
    return joined(op, [op.constant(0), op.constant(1)], { of, truth });
  };

/** One constant or more, by twos. */
const several =
  (of: Joined): Fold =>
  (op) => {
    const [first = op.constant(0), ...others] = op.node.inputs.map((_, i) => op.constant(i));
    return others.reduce((a, b) => joined(op, [a, b], { of, truth: false }), first);
  };

type Joined = (a: number, b: number, whole: boolean) => number;

function joined(
  op: OnnxOperation,
  [a, b]: readonly [Constant, Constant],
  { of, truth }: { readonly of: Joined; readonly truth: boolean },
): Constant {
  const shape = broadcast(op, [a.shape, b.shape]);
  const values = allocate(op, shape, truth ? new Uint8Array(0) : a.data);
  const [fromA, fromB] = [repeatOver(a.shape, shape), repeatOver(b.shape, shape)];
  const whole = !(a.data instanceof Float32Array);
  for (let i = 0; i < values.length; i++) {
    values[i] = of(a.data[fromA(i)] ?? 0, b.data[fromB(i)] ?? 0, whole);
  }
  return { shape, data: values };
}

const folds: Readonly<Record<string, Fold>> = {
  Identity: (op) => op.constant(0),
  Dropout: (op) => {
    op.ignore("ratio", "seed");
    return op.constant(0);
  },
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b, whole) => (whole ? Math.trunc(a / b) : a / b)),
  Max: several((a, b) => Math.max(a, b)),
  Min: several((a, b) => Math.min(a, b)),
  Pow: binary((a, b) => a ** b),
  Mod: binary((a, b) => a - b * Math.floor(a / b)),
  Equal: binary((a, b) => (a === b ? 1 : 0), true),
  Less: binary((a, b) => (a < b ? 1 : 0), true),
  Greater: binary((a, b) => (a > b ? 1 : 0), true),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  Not: unary((x) => (x === 0 ? 1 : 0)),
  Cast: foldCast,
  Where: foldWhere,
  Reshape: (op) => {
    const { shape, data } = op.constant(0);
    const given = op.list("shape") ?? op.numbers(1) ?? [];
    return { shape: reshaped(op, shape, given, op.truth("allowzero")), data };
  },
  Flatten: (op) => {
    const { shape, data } = op.constant(0);
    const axis = op.setting("axis") ?? 1;
    const at = axis === shape.length ? axis : op.axis(axis, shape.length);
    return { shape: [elementCount(shape.slice(0, at)), elementCount(shape.slice(at))], data };
  },
  Squeeze: foldSqueeze,
  Unsqueeze: foldSqueeze,
  Transpose: foldTranspose,
  Concat: foldConcat,
  Gather: foldGather,
  Slice: foldSlice,
  Split: foldSplit,
  Expand: (op) => {
    const { shape, data } = op.constant(0);
    const to = broadcast(op, [shape, op.numbers(1) ?? []]);
    const values = allocate(op, to, data);
    const from = repeatOver(shape, to);
    for (let i = 0; i < values.length; i++) values[i] = data[from(i)]!;
    return { shape: to, data: values };
  },
  ConstantOfShape: (op) => {
    const shape = op.numbers(0) ?? [];
    const tensor = op.tensor("value");
    const { data } = tensor ? stored(op, tensor) : { data: Float32Array.of(0) };
    return { shape, data: allocate(op, shape, data).fill(data[0] ?? 0) };
  },
  Range: (op) => {
    const [start = 0, limit = 0, step = 1] = [0, 1, 2].map((position) => op.number(position));
    const length = Math.max(0, Math.ceil((limit - start) / step));
    const values = allocate(op, [length], op.constant(0).data);
    return { shape: [length], data: values.map((_, i) => start + i * step) };
  },
  ReduceProd: (op) => {
    const { shape, data } = op.constant(0);
    const axes = op.listOrInput("axes", 1) ?? shape.map((_, i) => i);
    if (axes.length !== shape.length)
      throw op.fault("unsupported", "a product over some dimensions");
    op.importer.reserve(data.length);
    const keeps = op.truth("keepdims", 1);
    const product = allocate(op, [1], data).fill(Array.from(data).reduce((a, b) => a * b, 1));
    return { shape: keeps ? shape.map(() => 1) : [], data: product };
  },
};

/** Computes an operator of constants; false where it is none that is computed so. */
export function foldConstants(op: OnnxOperation): boolean {
  const { inputs, kind, domain } = op.node;
  const all = inputs.every((name) => name === "" || op.importer.isConstant(name));
  const fold = domain === "" && Object.hasOwn(folds, kind) ? folds[kind] : undefined;
  if (!all || inputs.length === 0 || fold === undefined) return false;
  for (const [i, constant] of [fold(op)].flat().entries()) {
    op.importer.defineConstant(op.node.outputs[i] ?? "", constant);
  }
  return true;
}

function stored(
  op: OnnxOperation,
  tensor: NonNullable<ReturnType<OnnxOperation["tensor"]>>,
): Constant {
  if (tensor.external !== undefined) throw op.fault("unsupported", "a setting in another file");
  op.importer.reserve(storedBytes(tensor));
  return readStoredTensor(op.importer.file.wire, tensor, undefined);
}

/** Constant: a tensor, a number or numbers. */
export function onnxConstantOperator(op: OnnxOperation): void {
  const tensor = op.tensor("value");
  if (tensor !== undefined) {
    op.defineConstant(stored(op, tensor));
    return;
  }
  const [real, whole] = [op.setting("value_float"), op.setting("value_int")];
  const [reals, wholes] = [op.list("value_floats"), op.list("value_ints")];
  const numbers = reals ?? wholes ?? [real ?? whole].filter((each) => each !== undefined);
  if (numbers.length === 0 && reals === undefined && wholes === undefined) {
    throw op.fault("unsupported", "a constant of another kind than numbers");
  }
  const isReal = real !== undefined || reals !== undefined;
  const shape = reals === undefined && wholes === undefined ? [] : [numbers.length];
  op.defineConstant({ shape, data: isReal ? Float32Array.from(numbers) : wholeNumbers(numbers) });
}

function wholeNumbers(numbers: Iterable<number>): Int32Array {
  return Int32Array.from(numbers, (x) => Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1));
}

/** Shape: the dimensions of a value, which are known. */
export function onnxShape(op: OnnxOperation): void {
  const name = op.input(0);
  const dims = op.importer.value(name)?.view.dims ?? op.constant(0).shape;
  const [start, end] = [op.setting("start") ?? 0, op.setting("end") ?? dims.length];
  const part = dims.slice(start, end);
  op.defineConstant({ shape: [part.length], data: Int32Array.from(part) });
}

function foldCast(op: OnnxOperation): Constant {
  const { shape, data } = op.constant(0);
  op.ignore("saturate", "round_mode");
  const to = op.setting("to") ?? 0;
  op.importer.reserve(data.length);
  if ([1, 10, 11, 16].includes(to)) return { shape, data: Float32Array.from(data) };
  if (to === 2) return { shape, data: Uint8Array.from(data) };
  if (to === 9) return { shape, data: Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)) };
  if (to === 3) return { shape, data: Int8Array.from(data) };
  if ([5, 6, 7, 12, 13].includes(to)) {
    return { shape, data: wholeNumbers(Array.from(data, Math.trunc)) };
  }
  throw op.fault("unsupported", `constants become element type ${to}`);
}

function foldWhere(op: OnnxOperation): Constant {
  const [which, a, b] = [op.constant(0), op.constant(1), op.constant(2)];
  const shape = broadcast(op, [which.shape, a.shape, b.shape]);
  const values = allocate(op, shape, a.data);
  const froms = [which, a, b].map((constant) => repeatOver(constant.shape, shape));
  const [of = Number, fromA = Number, fromB = Number] = froms;
  for (let i = 0; i < values.length; i++) {
    values[i] = which.data[of(i)] === 0 ? b.data[fromB(i)]! : a.data[fromA(i)]!;
  }
  return { shape, data: values };
}

function foldSqueeze(op: OnnxOperation): Constant {
  const { shape, data } = op.constant(0);
  return { shape: squeezed(op, shape), data };
}
