/**
 * The operators that make boxes and choose among them, as their definitions read. Truths are bytes here,
 * 1 and 0.
 */
import type { OnnxTensor } from "./read-model.ts";
import { type Attributes, type Definition, product, real } from "./run-windows.ts";

/** What several outputs come of. */
export type Several = (
  inputs: readonly OnnxTensor[],
  attributes: Attributes,
) => readonly OnnxTensor[];

/** The position in each dimension of an index. */
function places(index: number, dims: readonly number[]): number[] {
  let rest = index;
  return dims
    .toReversed()
    .map((size) => {
      const place = rest % size;
      rest = Math.floor(rest / size);
      return place;
    })
    .toReversed();
}

function indexOf(at: readonly number[], dims: readonly number[]): number {
  return at.reduce((index, place, i) => index * dims[i]! + place, 0);
}

/** A value of a smaller tensor that repeats over larger dimensions. */
function repeated({ dims, data }: OnnxTensor, at: readonly number[]): number {
  const own = at.slice(at.length - dims.length);
  return data[
    indexOf(
      own.map((place, i) => (dims[i] === 1 ? 0 : place)),
      dims,
    )
  ]!;
}

function broadcast(tensors: readonly OnnxTensor[]): readonly number[] {
  const rank = Math.max(...tensors.map(({ dims }) => dims.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = tensors.map(({ dims }) => dims[i - rank + dims.length] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.some((each) => each !== 1 && each !== size)) throw new Error("other dimensions");
    return size;
  });
}

/** Values one by one, smaller tensors repeated. */
const pointwise =
  (of: (...values: number[]) => number, element?: OnnxTensor["element"]): Definition =>
  (inputs) => {
    const dims = broadcast(inputs);
    const data = Array.from({ length: product(dims) }, (_, index) => {
      const at = places(index, dims);
      return of(...inputs.map((input) => repeated(input, at)));
    });
    const type = element ?? inputs.at(-1)!.element;
    return { element: type, dims, data: type === "float32" ? Float32Array.from(data) : data };
  };

const gather: Definition = ([x, indices], { axis }) => {
  if (indices!.dims.length !== 1) throw new Error("positions are a list");
  const dims = x!.dims.with(axis as number, indices!.dims[0]!);
  return real(dims, (index) => {
    const at = places(index, dims);
    return x!.data[indexOf(at.with(axis as number, indices!.data[at[axis as number]!]!), x!.dims)]!;
  });
};

const gatherElements: Definition = ([x, indices], { axis }) => {
  const data = Array.from(indices!.data, (place, index) => {
    return x!.data[indexOf(places(index, indices!.dims).with(axis as number, place), x!.dims)]!;
  });
  return { element: x!.element, dims: indices!.dims, data };
};

/** Along one axis, which is an attribute or an input. */
const reduce =
  (of: (values: number[]) => number): Definition =>
  ([x, given], { axes = given && Array.from(given.data), keepdims }) => {
    const [axis] = axes as readonly [number];
    const size = x!.dims[axis]!;
    const kept = x!.dims.with(axis, 1);
    const reduced = real(kept, (index) => {
      const at = places(index, kept);
      return of(
        Array.from({ length: size }, (_, i) => x!.data[indexOf(at.with(axis, i), x!.dims)]!),
      );
    });
    return keepdims === 1 ? reduced : { ...reduced, dims: x!.dims.filter((_, i) => i !== axis) };
  };

/** Rows of whole indices `[count, rank]`. */
function rows({ data, dims: [count = 0, rank = 1] }: OnnxTensor): number[][] {
  return Array.from({ length: count }, (_, i) => Array.from(data).slice(i * rank, (i + 1) * rank));
}

const scatterND: Definition = ([x, indices, updates]) => {
  const data = Float32Array.from(x!.data);
  for (const [i, at] of rows(indices!).entries()) data[indexOf(at, x!.dims)] = updates!.data[i]!;
  return { ...x!, data };
};

const topK: Several = ([x, k], { axis }) => {
  const [images, size] = x!.dims as [number, number];
  if (axis !== 1 || x!.dims.length !== 2) throw new Error("another axis");
  const most = k!.data[0]!;
  const orders = Array.from({ length: images }, (_, image) => {
    const value = (i: number): number => x!.data[image * size + i]!;
    return Array.from({ length: size }, (_, i) => i)
      .sort((a, b) => value(b) - value(a) || a - b)
      .slice(0, most)
      .map((i) => [value(i), i] as const);
  }).flat();
  const dims = [images, most];
  return [
    { element: "float32", dims, data: Float32Array.from(orders, ([value]) => value) },
    { element: "int64", dims, data: orders.map(([, i]) => i) },
  ];
};

/** The area that two boxes share, of what both cover, in single precision. */
function overlap(boxes: ArrayLike<number>, a: number, b: number): number {
  const f = Math.fround;
  const side = (box: number, axis: 0 | 1): readonly [number, number] => {
    const ends = [boxes[4 * box + axis]!, boxes[4 * box + 2 + axis]!];
    return [Math.min(...ends), Math.max(...ends)];
  };
  const lengths = ([0, 1] as const).map((axis) => {
    const [[a0, a1], [b0, b1]] = [side(a, axis), side(b, axis)];
    return [Math.max(0, f(Math.min(a1, b1) - Math.max(a0, b0))), f(a1 - a0), f(b1 - b0)];
  });
  const [shared = 0, first = 0, second = 0] = [0, 1, 2].map((i) =>
    f(lengths[0]![i]! * lengths[1]![i]!),
  );
  if (shared <= 0 || first <= 0 || second <= 0) return 0;
  return f(shared / f(f(first + second) - shared));
}

const nonMaxSuppression: Definition = ([boxes, scores, most, least, bound]) => {
  const [images, classes, count] = scores!.dims as [number, number, number];
  const chosen: number[][] = [];
  for (let image = 0; image < images; image++) {
    const own = Array.from(boxes!.data).slice(4 * image * count, 4 * (image + 1) * count);
    for (let c = 0; c < classes; c++) {
      const score = (i: number): number => scores!.data[(image * classes + c) * count + i]!;
      const kept: number[] = [];
      const order = Array.from({ length: count }, (_, i) => i)
        .filter((i) => score(i) > bound!.data[0]!)
        .sort((a, b) => score(b) - score(a) || a - b);
      for (const box of order) {
        if (kept.length >= most!.data[0]!) break;
        if (kept.every((other) => overlap(own, box, other) <= least!.data[0]!)) kept.push(box);
      }
      chosen.push(...kept.map((box) => [image, c, box]));
    }
  }
  return { element: "int64", dims: [chosen.length, 3], data: chosen.flat() };
};

/** Operators with the attributes that they may have. */
export const detectionDefinitions: Readonly<
  Record<string, readonly [readonly string[], Definition | Several]>
> = {
  Add: [[], pointwise((a, b) => a + b)],
  Sub: [[], pointwise((a, b) => a - b)],
  Mul: [[], pointwise((a, b) => a * b)],
  Div: [[], pointwise((a, b) => Math.trunc(a / b))],
  Mod: [[], pointwise((a, b) => a % b)],
  Exp: [[], pointwise(Math.exp)],
  Min: [[], pointwise(Math.min)],
  Greater: [[], pointwise((a, b) => (a > b ? 1 : 0), "uint8")],
  Where: [[], pointwise((is, a, b) => (is === 1 ? a : b))],
  Gather: [["axis"], gather],
  GatherElements: [["axis"], gatherElements],
  GatherND: [
    [],
    ([x, indices]) => {
      const at = rows(indices!);
      return real([at.length], (i) => x!.data[indexOf(at[i]!, x!.dims)]!);
    },
  ],
  ScatterND: [[], scatterND],
  Shape: [[], ([x]) => ({ element: "int64", dims: [x!.dims.length], data: x!.dims })],
  Expand: [
    [],
    ([x, shape]) => {
      const wanted = { ...x!, dims: Array.from(shape!.data), data: [] };
      const dims = broadcast([x!, wanted]);
      const data = Array.from({ length: product(dims) }, (_, i) => repeated(x!, places(i, dims)));
      return { element: x!.element, dims, data };
    },
  ],
  ReduceMax: [["axes", "keepdims"], reduce((values) => Math.max(...values))],
  ReduceSum: [["axes", "keepdims"], reduce((values) => values.reduce((a, b) => a + b, 0))],
  TopK: [["axis"], topK],
  NonMaxSuppression: [[], nonMaxSuppression],
};
