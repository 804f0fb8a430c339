/**
 * Numbers that a graph computes from constants alone: sizes, axes, anchors, folded statistics. Each
 * operation is a row of a table; values are rounded to their type after every step, as TensorFlow does.
 */
import { elementCount, type Shape } from "../../tensor.ts";
import type { NumberKind } from "./attributes.ts";

/** A tensor that needs no picture. */
export interface GraphConstant {
  readonly kind: NumberKind;
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** Values of a kind, rounded to it. */
export function constantOf(
  kind: NumberKind,
  shape: Shape,
  values: ArrayLike<number>,
): GraphConstant {
  const data =
    kind === "float"
      ? Float32Array.from(values)
      : kind === "int"
        ? Int32Array.from(values, Math.trunc)
        : Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  return { kind, shape, data };
}

/** Whole numbers as a vector. */
export function integers(values: readonly number[]): GraphConstant {
  return constantOf("int", [values.length], values);
}

/** The row-major strides of a shape, 0 along axes that are repeated. */
function stridesFor(shape: Shape, rank: number): readonly number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size !== 1) strides[axis + rank - shape.length] = stride;
    stride *= size;
  }
  return strides;
}

/** The shape of two tensors together, where one is repeated along axes of size 1; else nothing. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** Each index of a shape in row-major order, as offsets into tensors with these strides. */
function walk(
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (at: number, offsets: readonly number[]) => void,
): void {
  const count = elementCount(shape);
  const index = new Array<number>(shape.length).fill(0);
  const offsets = strides.map(() => 0);
  for (let at = 0; at < count; at++) {
    visit(at, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const isLast = ++index[axis]! === shape[axis];
      for (const [i, stride] of strides.entries()) {
        offsets[i]! += isLast ? -stride[axis]! * (shape[axis]! - 1) : stride[axis]!;
      }
      if (!isLast) break;
      index[axis] = 0;
    }
  }
}

/** Numbers of two tensors brought together; nothing where the shapes do not fit. */
export function combine(
  kind: NumberKind,
  [a, b]: readonly [GraphConstant, GraphConstant],
  of: (a: number, b: number) => number,
): GraphConstant | undefined {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined) return undefined;
  const values = new Float64Array(elementCount(shape));
  const strides = [stridesFor(a.shape, shape.length), stridesFor(b.shape, shape.length)];
  walk(shape, strides, (at, [left = 0, right = 0]) => {
    values[at] = of(a.data[left]!, b.data[right]!);
  });
  return constantOf(kind, shape, values);
}

/** A function of each number. */
export function mapConstant(
  kind: NumberKind,
  tensor: GraphConstant,
  of: (value: number) => number,
): GraphConstant {
  return constantOf(kind, tensor.shape, Float64Array.from(tensor.data, of));
}

/** The same numbers under other axes: axis i is axis `order[i]` of the tensor. */
export function transposeConstant(tensor: GraphConstant, order: readonly number[]): GraphConstant {
  const strides = order.map((axis) => stridesWhole(tensor.shape)[axis]!);
  const shape = order.map((axis) => tensor.shape[axis]!);
  return gather(tensor, shape, { start: 0, strides });
}

/** A box of a tensor: `size` numbers along each axis from `start` on, `step` apart. */
export function part(
  tensor: GraphConstant,
  box: {
    readonly start: readonly number[];
    readonly size: readonly number[];
    readonly step: readonly number[];
  },
): GraphConstant {
  const whole = stridesWhole(tensor.shape);
  const start = box.start.reduce((sum, at, axis) => sum + at * whole[axis]!, 0);
  return gather(tensor, box.size, { start, strides: whole.map((s, axis) => s * box.step[axis]!) });
}

function gather(
  { kind, data }: GraphConstant,
  shape: Shape,
  { start, strides }: { readonly start: number; readonly strides: readonly number[] },
): GraphConstant {
  const values = new Float64Array(elementCount(shape));
  walk(shape, [strides], (at, [offset = 0]) => {
    values[at] = data[start + offset]!;
  });
  return constantOf(kind, shape, values);
}

/** The row-major strides of a shape. */
function stridesWhole(shape: Shape): readonly number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** Tensors one after another along an axis. */
export function join(tensors: readonly GraphConstant[], axis: number): GraphConstant | undefined {
  const [first] = tensors;
  if (first === undefined) return undefined;
  const { kind, shape } = first;
  const fits = tensors.every(
    (other) =>
      other.shape.length === shape.length &&
      other.shape.every((size, i) => i === axis || size === shape[i]),
  );
  if (!fits || axis >= shape.length) return undefined;
  const total = tensors.reduce((sum, other) => sum + other.shape[axis]!, 0);
  const joined = shape.map((size, i) => (i === axis ? total : size));
  const values = new Float64Array(elementCount(joined));
  const rows = elementCount(shape.slice(0, axis));
  const inner = elementCount(shape.slice(axis + 1));
  let start = 0;
  for (const { shape: own, data } of tensors) {
    const run = own[axis]! * inner;
    for (let row = 0; row < rows; row++) {
      const to = (row * total + start) * inner;
      for (let i = 0; i < run; i++) values[to + i] = data[row * run + i]!;
    }
    start += own[axis]!;
  }
  return constantOf(kind, joined, values);
}

/** Sums, products or the like over some axes. */
export function reduce(
  tensor: GraphConstant,
  { axes, keep }: { readonly axes: ReadonlySet<number>; readonly keep: boolean },
  of: (values: readonly number[]) => number,
): GraphConstant {
  const { kind, shape } = tensor;
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  const strides = stridesWhole(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
  const groups: number[][] = Array.from({ length: elementCount(kept) }, () => []);
  walk(shape, [strides, stridesWhole(shape)], (_, [to = 0, from = 0]) => {
    groups[to]!.push(tensor.data[from]!);
  });
  const values = groups.map(of);
  return constantOf(kind, keep ? kept : shape.filter((_, axis) => !axes.has(axis)), values);
}

/** Whether a value is the same everywhere. */
export function isUniform({ data }: Pick<GraphConstant, "data">): boolean {
  const [first] = [data[0]];
  return Array.prototype.every.call(data, (value) => value === first);
}
