/**
 * Operations that select or average values whatever their type: padding, the largest channel, and
 * the mean under a window. They complete operations.ts and quantized-operations.ts.
 */
import type { AveragePool2dNode, FeatureShape, Pads, Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import type { FeatureMap } from "./operations.ts";

/** A dense feature map of any element type. */
export interface NumericMap {
  readonly shape: FeatureShape;
  readonly data: Float32Array | Uint8Array | Int8Array;
}

/** The map amid `value`, which stands for zero. */
export function pad(pads: Pads, input: NumericMap, output: NumericMap, value = 0): void {
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  output.data.fill(value);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      const from = (image * rows + row) * columns * channels;
      const to = ((image * outputRows + row + pads.top) * outputColumns + pads.left) * channels;
      output.data.set(input.data.subarray(from, from + columns * channels), to);
    }
  }
}

/** The index of the largest channel, the lowest where several are equal. */
export function argMax(input: NumericMap, output: NumericMap): void {
  const channels = input.shape[3];
  for (let pixel = 0; pixel < output.data.length; pixel++) {
    let best = 0;
    for (let c = 1; c < channels; c++) {
      if (input.data[pixel * channels + c]! > input.data[pixel * channels + best]!) best = c;
    }
    output.data[pixel] = best;
  }
}

/** The mean of the positions under a window that lie within the map. */
export function averagePool2d(
  node: AveragePool2dNode,
  input: FeatureMap,
  output: FeatureMap,
): void {
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const pads = resolvePads(node, rows, columns);
  const [ys, xs] = [
    windowPositions(node, { start: pads.top, axis: 0, size: rows }, outputRows),
    windowPositions(node, { start: pads.left, axis: 1, size: columns }, outputColumns),
  ];
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (const rowsUnder of ys) {
      for (const columnsUnder of xs) {
        const count = rowsUnder.length * columnsUnder.length;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const y of rowsUnder) {
            for (const x of columnsUnder) {
              sum += input.data[((image * rows + y) * columns + x) * channels + c]!;
            }
          }
          output.data[index++] = sum / count;
        }
      }
    }
  }
}

/** For each output position along an axis: the input positions under the window, padding left out. */
export function windowPositions(
  { kernel, stride, dilation }: Window,
  { start, axis, size }: { readonly start: number; readonly axis: 0 | 1; readonly size: number },
  outputs: number,
): readonly (readonly number[])[] {
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: kernel[axis] }, (_, k) => output * stride - start + k * dilation).filter(
      (position) => position >= 0 && position < size,
    ),
  );
}
