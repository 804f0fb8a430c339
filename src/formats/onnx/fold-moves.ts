/** What constants become that are moved: allocated within what the file may take, then filled. */
import { elementCount, type Shape, sameShape, type TensorData } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import type { OnnxOperation } from "./operation.ts";
import { slices, splits } from "./read-moves.ts";
import { orderOfDimensions } from "./read-shapes.ts";

/** An array like another, of a length. */
function like(data: TensorData, length: number): TensorData {
  if (data instanceof Float32Array) return new Float32Array(length);
  if (data instanceof Int8Array) return new Int8Array(length);
  return data instanceof Uint8Array ? new Uint8Array(length) : new Int32Array(length);
}

/** Allocates what a fold gives, within the file's allowance. */
export function allocate(op: OnnxOperation, shape: Shape, data: TensorData): TensorData {
  const length = elementCount(shape);
  if (shape.length > 8 || shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw op.fault("invalid-model", `a constant of ${shape.join("×")}`);
  }
  op.importer.reserve(length + 1);
  return like(data, length);
}

/** The shape over which smaller ones repeat. */
export function broadcast(op: OnnxOperation, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const size = sizes.find((each) => each !== 1) ?? 1;
    if (sizes.every((each) => each === 1 || each === size)) return size;
    throw op.fault("invalid-model", shapes.map((shape) => shape.join("×")).join(" and "));
  });
}

/** Where each position of a shape is found in a smaller one that repeats. */
export function repeatOver(from: Shape, to: Shape): (index: number) => number {
  if (sameShape(from, to)) return (index) => index;
  const missing = to.length - from.length;
  const steps = to.map((_, i) => {
    const own = from[i - missing] ?? 1;
    return own === 1 ? 0 : elementCount(from.slice(i - missing + 1));
  });
  return (index) => {
    let rest = index;
    let at = 0;
    for (let i = to.length - 1; i >= 0; i--) {
      at += (rest % (to[i] ?? 1)) * (steps[i] ?? 0);
      rest = Math.floor(rest / (to[i] ?? 1));
    }
    return at;
  };
}

/** Transpose of constants. */
export function foldTranspose(op: OnnxOperation): Constant {
  const name = op.input(0);
  const integers = op.importer.quantizedConstant(name);
  const { shape, data } = integers ?? op.constant(0);
  const order = orderOfDimensions(op, shape.length);
  const to = order.map((axis) => shape[axis] ?? 1);
  const values = allocate(op, to, data);
  const steps = order.map((axis) => elementCount(shape.slice(axis + 1)));
  for (let i = 0; i < values.length; i++) {
    let [rest, at] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % (to[axis] ?? 1)) * (steps[axis] ?? 0);
      rest = Math.floor(rest / (to[axis] ?? 1));
    }
    values[i] = data[at]!;
  }
  const moved = { shape: to, data: values };
  return integers === undefined
    ? moved
    : ({ ...integers, ...moved, axis: order.indexOf(integers.axis) } as Constant);
}

/** Concat of constants. */
export function foldConcat(op: OnnxOperation): Constant {
  const all = op.node.inputs.map((_, position) => op.constant(position));
  const [first] = all;
  if (first === undefined) throw op.fault("invalid-model", "nothing to put together");
  const axis = op.axis(op.required("axis"), first.shape.length);
  const size = all.reduce((sum, { shape }) => sum + (shape[axis] ?? 1), 0);
  // Of another number of dimensions it may not have this one.
  const alike = (each: Constant): boolean =>
    each.shape.length === first.shape.length &&
    each.shape.every((length, at) => at === axis || length === first.shape[at]);
  if (!all.every(alike)) {
    throw op.fault("invalid-model", all.map((each) => each.shape.join("×")).join(" and "));
  }
  const shape = first.shape.with(axis, size);
  const values = allocate(op, shape, first.data);
  const outer = elementCount(shape.slice(0, axis));
  op.importer.reserve(outer * all.length);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const each of all) {
      const run = each.data.length / outer;
      values.set(each.data.subarray(o * run, (o + 1) * run), at);
      at += run;
    }
  }
  return { shape, data: values };
}

/** Gather of constants. */
export function foldGather(op: OnnxOperation): Constant {
  const [from, places] = [op.constant(0), op.constant(1)];
  const axis = op.axis(op.setting("axis") ?? 0, from.shape.length);
  const whole = from.shape[axis] ?? 1;
  const shape = [...from.shape.slice(0, axis), ...places.shape, ...from.shape.slice(axis + 1)];
  const values = allocate(op, shape, from.data);
  const inner = elementCount(from.shape.slice(axis + 1));
  const count = places.data.length;
  for (let i = 0; i < values.length; i++) {
    const [outer, rest] = [Math.floor(i / (count * inner)), i % (count * inner)];
    const place = op.axis(places.data[Math.floor(rest / inner)]!, whole);
    values[i] = from.data[(outer * whole + place) * inner + (rest % inner)]!;
  }
  return { shape, data: values };
}

/** Slice of constants. */
export function foldSlice(op: OnnxOperation): Constant {
  const { shape, data } = op.constant(0);
  const ranges = new Map(slices(op, shape).map((range) => [range.axis, range]));
  const to = shape.map((size, axis) => {
    const range = ranges.get(axis);
    if (range?.step === 0) throw op.fault("invalid-model", "a step of 0");
    return range === undefined
      ? size
      : Math.max(0, Math.ceil((range.to - range.from) / range.step));
  });
  const values = allocate(op, to, data);
  for (let i = 0; i < values.length; i++) {
    let [rest, at, step] = [i, 0, 1];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const range = ranges.get(axis);
      const place = rest % (to[axis] ?? 1);
      at += step * ((range?.from ?? 0) + place * (range?.step ?? 1));
      rest = Math.floor(rest / (to[axis] ?? 1));
      step *= shape[axis] ?? 1;
    }
    values[i] = data[at]!;
  }
  return { shape: to, data: values };
}

/** Split of constants. */
export function foldSplit(op: OnnxOperation): readonly Constant[] {
  const { shape, data } = op.constant(0);
  const { axis, sizes } = splits(op, shape);
  const inner = elementCount(shape.slice(axis + 1));
  const run = (shape[axis] ?? 1) * inner;
  let start = 0;
  return sizes.map((size) => {
    const to = shape.with(axis, size);
    const values = allocate(op, to, data);
    const length = size * inner;
    for (let i = 0; i < values.length; i++) {
      values[i] = data[Math.floor(i / length) * run + start * inner + (i % length)]!;
    }
    start += size;
    return { shape: to, data: values };
  });
}
