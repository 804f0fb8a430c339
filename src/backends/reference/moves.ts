/**
 * Operations that take values elsewhere and change none, whatever their type: parts, other orders of
 * the axes, the nearest pixel, and the largest under a window.
 */
import type { FeatureShape, NodeOf } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import { type NumericMap, windowPositions } from "./windows.ts";

/** The largest of the positions under a window that lie within the map. */
export function maxPool2d(node: NodeOf<"maxPool2d">, input: NumericMap, output: NumericMap): void {
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const pads = resolvePads(node, rows, columns);
  const ys = windowPositions(node, { start: pads.top, axis: 0, size: rows }, outputRows);
  const xs = windowPositions(node, { start: pads.left, axis: 1, size: columns }, outputColumns);
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (const rowsUnder of ys) {
      for (const columnsUnder of xs) {
        for (let c = 0; c < channels; c++) {
          let most = Number.NEGATIVE_INFINITY;
          for (const y of rowsUnder) {
            for (const x of columnsUnder) {
              most = Math.max(most, input.data[((image * rows + y) * columns + x) * channels + c]!);
            }
          }
          output.data[index++] = most;
        }
      }
    }
  }
}

/** The values of a part. */
export function slice(node: NodeOf<"slice">, input: NumericMap, output: NumericMap): void {
  const [startRow, startColumn, startChannel] = node.start;
  gather(input, output, ([row, column, channel]) => [
    row + startRow,
    column + startColumn,
    channel + startChannel,
  ]);
}

/** Axes in another order. */
export function transpose(node: NodeOf<"transpose">, input: NumericMap, output: NumericMap): void {
  gather(input, output, (place) => {
    const source: [number, number, number] = [0, 0, 0];
    for (const [axis, from] of node.order.entries()) source[from - 1] = place[axis]!;
    return source;
  });
}

/** The nearest pixel in the node's convention, as TensorFlow rounds it. */
export function resizeNearest(
  node: NodeOf<"resizeNearest">,
  input: NumericMap,
  output: NumericMap,
): void {
  const ys = nearestPositions(node, input.shape[1], output.shape[1]);
  const xs = nearestPositions(node, input.shape[2], output.shape[2]);
  gather(input, output, ([row, column, channel]) => [ys[row]!, xs[column]!, channel]);
}

/** For each of `to` positions along an axis the nearest of `from`. */
export function nearestPositions(
  node: NodeOf<"resizeNearest">,
  from: number,
  to: number,
): readonly number[] {
  const scale = node.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => {
    const at = (node.halfPixelCenters ? i + 0.5 : i) * scale;
    const nearest = node.alignCorners ? Math.floor(at + 0.5) : Math.floor(at);
    return Math.min(Math.max(nearest, 0), from - 1);
  });
}

type Place = readonly [row: number, column: number, channel: number];

/** Every value of the output from its place in the input. */
function gather(input: NumericMap, output: NumericMap, from: (place: Place) => Place): void {
  const [batch, rows, columns, channels] = output.shape;
  let index = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          output.data[index++] =
            input.data[placeOf(input.shape, image, from([row, column, channel]))]!;
        }
      }
    }
  }
}

function placeOf(shape: FeatureShape, image: number, [row, column, channel]: Place): number {
  return ((image * shape[1] + row) * shape[2] + column) * shape[3] + channel;
}
