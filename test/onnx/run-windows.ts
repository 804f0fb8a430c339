/** Operators of windows as their definitions read, and what all definitions of operators are made of. */
import type { OnnxAttribute, OnnxTensor } from "./read-model.ts";

/** An operator's settings. */
export type Attributes = Readonly<Record<string, OnnxAttribute>>;
/** What an operator gives. */
export type Definition = (inputs: readonly OnnxTensor[], attributes: Attributes) => OnnxTensor;

export const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export function real(dims: readonly number[], at: (index: number) => number): OnnxTensor {
  const data = Float32Array.from({ length: product(dims) }, (_, index) => at(index));
  return { element: "float32", dims, data };
}

/** The positions of a window over one axis that lie within it, for each output position. */
function positions(
  size: number,
  { kernel, stride, dilation, pads: [before, after] }: WindowAxis,
): readonly (readonly (readonly [tap: number, position: number])[])[] {
  const count = Math.floor((size + before + after - (kernel - 1) * dilation - 1) / stride) + 1;
  return Array.from({ length: count }, (_, output) =>
    Array.from({ length: kernel }, (_, tap) => {
      return [tap, output * stride - before + tap * dilation] as const;
    }).filter(([, position]) => position >= 0 && position < size),
  );
}

interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pads: readonly [number, number];
}

function windowAxes(attributes: Attributes): readonly [WindowAxis, WindowAxis] {
  const {
    kernel_shape,
    strides,
    pads,
    dilations = [1, 1],
  } = attributes as Readonly<Record<string, readonly number[]>>;
  const axis = (i: 0 | 1): WindowAxis => ({
    kernel: kernel_shape![i]!,
    stride: strides![i]!,
    dilation: dilations[i]!,
    pads: [pads![i]!, pads![i + 2]!],
  });
  return [axis(0), axis(1)];
}

/** Settings of windows. */
export const window: readonly string[] = ["kernel_shape", "strides", "pads"];

export const conv: Definition = ([x, w, b], attributes) => {
  const [n, c, h, width] = x!.dims as [number, number, number, number];
  const [outputs, inner, kh, kw] = w!.dims as [number, number, number, number];
  const group = attributes["group"] as number;
  const [down, across] = windowAxes(attributes);
  if (inner * group !== c || down.kernel !== kh || across.kernel !== kw) throw new Error("weights");
  const [rows, columns] = [positions(h, down), positions(width, across)];
  const dims = [n, outputs, rows.length, columns.length];
  return real(dims, (index) => {
    const column = columns[index % columns.length]!;
    const row = rows[Math.floor(index / columns.length) % rows.length]!;
    const plane = Math.floor(index / (rows.length * columns.length));
    const [image, o] = [Math.floor(plane / outputs), plane % outputs];
    const firstInput = Math.floor(o / (outputs / group)) * inner;
    let sum = b?.data[o] ?? 0;
    for (let i = 0; i < inner; i++) {
      for (const [r, y] of row) {
        for (const [s, at] of column) {
          const value = x!.data[((image * c + firstInput + i) * h + y) * width + at]!;
          sum += value * w!.data[((o * inner + i) * kh + r) * kw + s]!;
        }
      }
    }
    return sum;
  });
};

export const maxPool: Definition = ([x], attributes) => {
  const [n, c, h, width] = x!.dims as [number, number, number, number];
  const [down, across] = windowAxes(attributes);
  const [rows, columns] = [positions(h, down), positions(width, across)];
  return real([n, c, rows.length, columns.length], (index) => {
    const column = columns[index % columns.length]!;
    const row = rows[Math.floor(index / columns.length) % rows.length]!;
    const plane = Math.floor(index / (rows.length * columns.length));
    const at = ([, y]: readonly [number, number]): readonly number[] =>
      column.map(([, x_]) => x!.data[(plane * h + y) * width + x_]!);
    return Math.max(...row.flatMap(at));
  });
};

export const averagePool: Definition = ([x], attributes) => {
  const [n, c, h, width] = x!.dims as [number, number, number, number];
  if (attributes["count_include_pad"] !== 0) throw new Error("padding counts");
  const [down, across] = windowAxes(attributes);
  const [rows, columns] = [positions(h, down), positions(width, across)];
  return real([n, c, rows.length, columns.length], (index) => {
    const column = columns[index % columns.length]!;
    const row = rows[Math.floor(index / columns.length) % rows.length]!;
    const plane = Math.floor(index / (rows.length * columns.length));
    let sum = 0;
    for (const [, y] of row) {
      for (const [, at] of column) sum += x!.data[(plane * h + y) * width + at]!;
    }
    return sum / (row.length * column.length);
  });
};
