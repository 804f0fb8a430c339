/** Where an operation's axes, boxes and new shapes lie, by TensorFlow's rules; for constants and maps. */
import { elementCount, type Shape } from "../../tensor.ts";
import { integerOf, numbersOf } from "./attributes.ts";
import type { GraphNode } from "./graph-def.ts";

/** An axis counted from 0, where there is such a one; negative ones count from the end. */
export function axisOf(axis: number | undefined, rank: number): number | undefined {
  if (axis === undefined || !Number.isInteger(axis)) return undefined;
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : undefined;
}

/** Several of them; nothing where one is none. */
export function axesOf(axes: ArrayLike<number>, rank: number): readonly number[] | undefined {
  if (axes.length > 16) return undefined;
  const found = Array.from(axes, (axis) => axisOf(axis, rank));
  return found.every((axis) => axis !== undefined) ? found : undefined;
}

/** A shape that stands among the values: whole sizes, none of them negative. */
export function shapeStated(sizes: ArrayLike<number>): Shape | undefined {
  if (sizes.length > 8) return undefined;
  const shape = Array.from(sizes);
  return shape.every((size) => Number.isInteger(size) && size >= 0) ? shape : undefined;
}

/** A shape for the same values, whose −1 is what is left. */
export function shapeReshaped(shape: Shape, to: ArrayLike<number>): Shape | undefined {
  if (to.length > 8) return undefined;
  const sizes = Array.from(to);
  const count = elementCount(shape);
  const known = sizes.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  const open = sizes.filter((size) => size === -1).length;
  if (open > 1 || !areWhole(sizes) || sizes.some((size) => size < -1)) return undefined;
  const left = open === 0 || known === 0 ? 1 : count / known;
  const all = sizes.map((size) => (size === -1 ? left : size));
  return Number.isInteger(left) && elementCount(all) === count ? all : undefined;
}

/** A shape without some axes of size 1, or without all. */
export function shapeSqueezed(node: GraphNode, shape: Shape): Shape | undefined {
  const named = [...numbersOf(node, "squeeze_dims"), ...numbersOf(node, "axis")];
  const axes = axesOf(named, shape.length);
  if (axes === undefined || axes.some((axis) => shape[axis] !== 1)) return undefined;
  return shape.filter((size, axis) => (axes.length === 0 ? size !== 1 : !axes.includes(axis)));
}

/** Whether places and sizes are whole numbers: others would be parts of a value. */
function areWhole(numbers: ArrayLike<number>): boolean {
  return Array.prototype.every.call(numbers, Number.isInteger);
}

/** A box within a tensor. */
export interface Box {
  readonly start: readonly number[];
  readonly size: readonly number[];
}

/** The box of a `Slice`, whose −1 is the rest. */
export function sliceBox(
  shape: Shape,
  begin: ArrayLike<number>,
  size: ArrayLike<number>,
): Box | undefined {
  if (begin.length !== shape.length || size.length !== shape.length) return undefined;
  if (!areWhole(begin) || !areWhole(size)) return undefined;
  const start = Array.from(begin);
  const sizes = Array.from(size, (n, axis) => (n === -1 ? shape[axis]! - start[axis]! : n));
  const fits = shape.every(
    (whole, axis) => start[axis]! >= 0 && sizes[axis]! >= 0 && start[axis]! + sizes[axis]! <= whole,
  );
  return fits ? { start, size: sizes } : undefined;
}

/** The box of a `StridedSlice`, with steps, and the shape without the axes that go and with new ones. */
export interface StrideBox extends Box {
  readonly step: readonly number[];
  readonly shape: Shape;
}

/** Reads begin, end and strides with their masks. */
export function strideBox(
  node: GraphNode,
  shape: Shape,
  [begin = [], end = [], strides = []]: readonly ArrayLike<number>[],
): StrideBox | undefined {
  const bit = (mask: string, at: number): boolean => (integerOf(node, mask, 0) & (1 << at)) !== 0;
  const places = begin.length;
  if (places > 16 || end.length !== places || strides.length !== places) return undefined;
  if (![begin, end, strides].every(areWhole)) return undefined;
  const all = Array.from({ length: places }, (_, i) => i);
  const isEllipsis = (i: number): boolean => bit("ellipsis_mask", i);
  const isNew = (i: number): boolean => !isEllipsis(i) && bit("new_axis_mask", i);
  const hasEllipsis = all.some(isEllipsis);
  const taken = all.filter((i) => !isEllipsis(i) && !isNew(i)).length;
  const left = shape.length - taken;
  if (left < 0) return undefined;
  const [start, size, step, result]: [number[], number[], number[], number[]] = [[], [], [], []];
  const keepWhole = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const whole = shape[start.length]!;
      start.push(0);
      size.push(whole);
      step.push(1);
      result.push(whole);
    }
  };
  for (const i of all) {
    if (isEllipsis(i)) {
      keepWhole(left);
      continue;
    }
    if (isNew(i)) {
      result.push(1);
      continue;
    }
    const whole = shape[start.length]!;
    const by = strides[i]!;
    if (by === 0) return undefined;
    const clamp = (at: number): number => {
      const positive = at < 0 ? at + whole : at;
      return by > 0
        ? Math.min(Math.max(positive, 0), whole)
        : Math.min(Math.max(positive, -1), whole - 1);
    };
    if (bit("shrink_axis_mask", i)) {
      const at = begin[i]! < 0 ? begin[i]! + whole : begin[i]!;
      if (at < 0 || at >= whole) return undefined;
      start.push(at);
      size.push(1);
      step.push(1);
      continue;
    }
    const from = bit("begin_mask", i) ? (by > 0 ? 0 : whole - 1) : clamp(begin[i]!);
    const to = bit("end_mask", i) ? (by > 0 ? whole : -1) : clamp(end[i]!);
    const count = Math.max(0, Math.ceil((to - from) / by));
    start.push(count === 0 ? 0 : from);
    size.push(count);
    step.push(by);
    result.push(count);
  }
  if (!hasEllipsis) keepWhole(left);
  return { start, size, step, shape: result };
}
