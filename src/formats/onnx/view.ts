/**
 * How a tensor of the file lies in the values of a graph's node. The file has channels first, or any
 * other order and any number of dimensions; the node has rows, columns and channels. A node's values of
 * one image are a list, which factors divide: the outermost varies slowest. Each of the tensor's
 * dimensions is a product of factors. So transposing and reshaping change nothing but the view, until an
 * operation wants its dimensions in a certain place.
 */
import type { FeatureShape } from "../../graph/ir.ts";
import { elementCount, type Shape } from "../../tensor.ts";

/** A tensor's dimensions and where they lie. */
export interface View {
  readonly dims: Shape;
  /** Images; where there are several, dimension 0 is they, and no factor is. */
  readonly batch: number;
  /** Sizes above 1, the slowest first; their product is the size of one image's values. */
  readonly factors: readonly number[];
  /** For each dimension the factors whose product it is, the slowest first. */
  readonly axes: readonly (readonly number[])[];
}

/** Dimensions that become rows, columns and channels, the slowest first. */
export type Groups = readonly [
  rows: readonly number[],
  columns: readonly number[],
  channels: readonly number[],
];

/** Maps as ONNX has them: `[n, channels, rows, columns]`. */
export const channelsFirstGroups: Groups = [[2], [3], [1]];
/** `[n, rows, columns, channels]`. */
export const channelsLastGroups: Groups = [[1], [2], [3]];

/** The view of a tensor whose dimensions lie in groups' order. */
export function viewOf(dims: Shape, groups: Groups, batch: number): View {
  const order = groups.flat().filter((axis) => dims[axis] !== 1);
  return {
    dims,
    batch,
    factors: order.map((axis) => dims[axis] ?? 1),
    axes: dims.map((_, axis) => (order.includes(axis) ? [order.indexOf(axis)] : [])),
  };
}

/** The shape of a node whose values lie in groups' order. */
export function shapeOf(
  { dims, batch }: Pick<View, "dims" | "batch">,
  groups: Groups,
): FeatureShape {
  const [rows, columns, channels] = groups.map((axes) =>
    elementCount(axes.map((axis) => dims[axis] ?? 1)),
  );
  return [batch, rows ?? 1, columns ?? 1, channels ?? 1];
}

/** The view with its dimensions in another order; undefined where images would move. */
export function transposeView(view: View, order: readonly number[]): View | undefined {
  if (view.batch > 1 && order[0] !== 0) return undefined;
  const axes = order.map((axis) => view.axes[axis] ?? []);
  return { ...view, dims: order.map((axis) => view.dims[axis] ?? 1), axes };
}

/**
 * The view under other dimensions of as many values; undefined where a dimension would be made of parts
 * that lie apart, or of several images.
 */
export function reshapeView({ batch, dims, factors, axes }: View, to: Shape): View | undefined {
  if (elementCount(dims) !== elementCount(to) || (batch > 1 && to[0] !== batch)) return undefined;
  // What is left of the factors in the tensor's order, and into what each was divided.
  const rest = axes.flat().map((factor) => ({ factor, size: factors[factor] ?? 1 }));
  const parts: number[][] = factors.map(() => []);
  const places: { readonly factor: number; readonly part: number }[][] = [];
  for (const [axis, size] of to.entries()) {
    const found: { factor: number; part: number }[] = [];
    let wanted = batch > 1 && axis === 0 ? 1 : size;
    while (wanted > 1) {
      const next = rest[0];
      if (next === undefined) return undefined;
      const taken = wanted % next.size === 0 ? next.size : wanted;
      if (next.size % taken !== 0) return undefined;
      const own = parts[next.factor]!;
      found.push({ factor: next.factor, part: own.length });
      own.push(taken);
      wanted /= taken;
      next.size /= taken;
      if (next.size === 1) rest.shift();
    }
    places.push(found);
  }
  const before = parts.map((_, factor) => parts.slice(0, factor).flat().length);
  return {
    dims: to,
    batch,
    factors: parts.flat(),
    axes: places.map((list) => list.map(({ factor, part }) => (before[factor] ?? 0) + part)),
  };
}

/** The factors in the order of groups, which name every dimension that is not 1. */
export function orderOf({ axes }: View, groups: Groups): readonly number[] {
  return groups.flat().flatMap((axis) => axes[axis] ?? []);
}

/** Whether factors are in the order in which they lie. */
export function isInOrder(order: readonly number[]): boolean {
  return order.every((factor, i) => factor === i);
}

/** Factors that stay together on the way to another order, as one step of rows, columns and channels. */
export interface Blocks {
  /** Their sizes as they lie. */
  readonly sizes: readonly number[];
  /** Which of them comes first, second, third. */
  readonly order: readonly number[];
}

/** The blocks whose order makes an order of factors. */
export function blocksOf({ factors }: View, order: readonly number[]): Blocks {
  // A block begins wherever a factor does not follow the one before it in the wanted order.
  const starts = new Set(order.filter((factor, i) => i === 0 || order[i - 1] !== factor - 1));
  const inMemory = [...starts].sort((a, b) => a - b);
  const sizes = inMemory.map((start, i) => {
    return elementCount(factors.slice(start, inMemory[i + 1] ?? factors.length));
  });
  const wanted = order.filter((factor) => starts.has(factor));
  return { sizes, order: wanted.map((start) => inMemory.indexOf(start)) };
}
