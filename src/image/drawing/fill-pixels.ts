/**
 * Shapes filled straight into RGB pixels, each pixel as far as a shape covers it. Nothing is as large as
 * the picture: rectangles touch the pixels of their lines, outlines are filled row by row.
 */
import type { Color, ImageSize, Rectangle } from "../image.ts";
import { clampTo } from "./geometry.ts";
import type { Paint } from "./paint.ts";

/** Pixels to paint on: RGB, row by row from the top left, `height × width × 3`. */
export interface Pixels extends ImageSize {
  readonly data: Uint8Array;
}

/** Fills a rectangle, but for another inside of it. */
export function fillRectangle(
  on: Pixels,
  outer: Rectangle,
  { inner, paint }: { readonly inner?: Rectangle | undefined; readonly paint: Paint },
): void {
  const { color, opacity } = paint;
  const mix = mixerOf(on, color);
  const [left, right] = within(outer.x, outer.width, on.width);
  const [top, bottom] = within(outer.y, outer.height, on.height);
  const whole = coveredColumns(left, right, outer);
  const hole = coveredColumns(left, right, inner ?? { x: 0, width: 0 });
  const behind = inner === undefined ? 0 : Math.floor(inner.x + inner.width) - left;
  for (let row = top; row < bottom; row++) {
    const height = opacity * covered(row, outer.y, outer.height);
    const hollow = inner === undefined ? 0 : opacity * covered(row, inner.y, inner.height);
    const start = row * on.width + left;
    for (let i = 0; i < whole.length; i++) {
      // Beside a hole there are two narrow strips.
      if (hollow === opacity && hole[i] === 1) i = behind - 1;
      else mix(start + i, height * whole[i]! - hollow * hole[i]!);
    }
  }
}

/** How much of each of some columns lies in a stretch. */
function coveredColumns(
  left: number,
  right: number,
  { x, width }: { readonly x: number; readonly width: number },
): Float64Array {
  const columns = new Float64Array(right - left);
  for (let i = 0; i < columns.length; i++) columns[i] = covered(left + i, x, width);
  return columns;
}

/** The pixels that a stretch touches, up to the picture's edge. */
function within(start: number, length: number, most: number): readonly [number, number] {
  return [
    clampTo(Math.floor(start), 0, most),
    clampTo(Math.ceil(start + Math.max(0, length)), 0, most),
  ];
}

/** How much of a pixel lies in a stretch, 0 to 1. */
function covered(pixel: number, start: number, length: number): number {
  return Math.max(0, Math.min(pixel + 1, start + length) - Math.max(pixel, start));
}

/** What mixes so much of a colour, 0 to 1, into a pixel. */
export function mixerOf(
  { data }: Pixels,
  [red, green, blue]: Color,
): (pixel: number, amount: number) => void {
  return (pixel, amount) => {
    const at = pixel * 3;
    if (amount >= 1) {
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      return;
    }
    data[at] = Math.round(data[at]! + (red - data[at]!) * amount);
    data[at + 1] = Math.round(data[at + 1]! + (green - data[at + 1]!) * amount);
    data[at + 2] = Math.round(data[at + 2]! + (blue - data[at + 2]!) * amount);
  };
}

/** Straight edges around a shape: `x, y` of the start and of the end, one edge after the other. */
export type Edges = readonly number[];

/** Fills what edges go around, whichever way they turn. */
export function fillOutline(on: Pixels, edges: Edges, { color, opacity }: Paint): void {
  const mix = mixerOf(on, color);
  const [left, right] = extremes(edges, 0);
  const [top, bottom] = extremes(edges, 1);
  const first = Math.floor(left);
  const steps = new Float64Array(Math.ceil(right) - first + 2);
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(bottom, on.height); row++) {
    steps.fill(0);
    for (let i = 0; i < edges.length; i += 4) {
      const [from, to] = [edges[i + 1]!, edges[i + 3]!];
      if ((from < row + 1 && to > row) || (to < row + 1 && from > row)) {
        addEdge(steps, edges, { i, row, first });
      }
    }
    let winding = 0;
    for (let i = 0; i < steps.length; i++) {
      winding += steps[i]!;
      const column = first + i;
      const amount = Math.min(1, Math.abs(winding)) * opacity;
      if (amount < 1 / 512 || column < 0 || column >= on.width) continue;
      mix(row * on.width + column, amount);
    }
  }
}

function extremes(edges: Edges, axis: 0 | 1): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < edges.length; i += 2) {
    low = Math.min(low, edges[i]!);
    high = Math.max(high, edges[i]!);
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * Adds what an edge changes in a row: `steps` are differences from pixel to pixel of the area that lies
 * to the right of edges, signed by their direction.
 */
function addEdge(
  steps: Float64Array,
  edges: Edges,
  { i, row, first }: { readonly i: number; readonly row: number; readonly first: number },
): void {
  const down = edges[i + 3]! > edges[i + 1]!;
  const [a, b] = down ? [i, i + 2] : [i + 2, i];
  const [x0, y0, x1, y1] = [edges[a]!, edges[a + 1]!, edges[b]!, edges[b + 1]!];
  const [top, bottom] = [Math.max(y0, row), Math.min(y1, row + 1)];
  const slope = (x1 - x0) / (y1 - y0);
  const [from, to] = [x0 + (top - y0) * slope - first, x0 + (bottom - y0) * slope - first];
  const [start, end] = [Math.min(from, to), Math.max(from, to)];
  const height = (bottom - top) * (down ? 1 : -1);
  // Of each pixel what lies to the right of the edge, the whole of it from the edge's end on.
  let before = 0;
  let column = Math.floor(start);
  for (; column < end; column++) {
    const area = height * (widthUpTo(column + 1, start, end) - widthUpTo(column, start, end));
    steps[column]! += area - before;
    before = area;
  }
  steps[column]! += height - before;
}

/** How much lies left of `x` and right of an edge from `start` to `end`, on the average of a row. */
function widthUpTo(x: number, start: number, end: number): number {
  if (x <= start) return 0;
  return x >= end ? x - (start + end) / 2 : (x - start) ** 2 / (2 * (end - start));
}
