/**
 * Logits of tiles and of the whole picture, put together to one finer map: a mean at each place, in which
 * a tile counts less towards its seams, so that none shows.
 */
import type { ImageSize, Rectangle } from "../../image/image.ts";
import type { Frame } from "../positions.ts";
import { logitPositions } from "../positions.ts";
import type { LogitMap, LogitPositions } from "../segmentation.ts";

/** What the network said about a part of a picture. */
export interface PartLogits {
  /** In pixels of the picture. */
  readonly part: Rectangle;
  readonly logits: LogitMap;
  /** Of the part as a picture of its own. */
  readonly frame: Frame;
}

/** How much the whole picture counts beside a tile's middle. */
const wholeWeight = 0.5;

/** The joined map, and where the picture's pixels lie in it. */
export function joinLogits(
  parts: readonly PartLogits[],
  size: ImageSize,
): { readonly logits: LogitMap; readonly positions: LogitPositions } {
  const classes = parts[0]!.logits.classes;
  const rows = finest(parts, size.height, "height");
  const columns = finest(parts, size.width, "width");
  const data = new Float32Array(rows * columns * classes);
  const weights = new Float32Array(rows * columns);
  for (const part of parts) addPart({ data, weights, rows, columns }, part, size);
  for (let i = 0; i < weights.length; i++) {
    for (let c = 0; c < classes; c++) data[i * classes + c]! /= weights[i]!;
  }
  return {
    logits: { data, rows, columns, classes },
    positions: { rows: evenly(size.height, rows), columns: evenly(size.width, columns) },
  };
}

/** As many places along an axis as the finest of the parts has. */
function finest(parts: readonly PartLogits[], length: number, edge: "width" | "height"): number {
  const places = parts.map(({ part, logits, frame }) => {
    const { [edge === "height" ? "rows" : "columns"]: at } = logitPositions(logits, frame);
    const spanned = at.at(-1)! - at[0]!;
    return (spanned * length) / part[edge];
  });
  return Math.min(length, Math.max(2, Math.ceil(Math.max(...places)) + 1));
}

/** Where each of some pixels lies among evenly spaced places whose outermost are theirs. */
function evenly(pixels: number, places: number): Float64Array {
  const step = pixels > 1 ? (places - 1) / (pixels - 1) : 0;
  return Float64Array.from({ length: pixels }, (_, pixel) => pixel * step);
}

interface Sums {
  readonly data: Float32Array;
  readonly weights: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

function addPart(
  { data, weights, rows, columns }: Sums,
  { part, logits, frame }: PartLogits,
  size: ImageSize,
): void {
  const at = logitPositions(logits, frame);
  const down = places(rows, size.height, { start: part.y, length: part.height, at: at.rows });
  const across = places(columns, size.width, { start: part.x, length: part.width, at: at.columns });
  const whole = part.width === size.width && part.height === size.height;
  const { classes, columns: stride, data: values } = logits;
  for (const { place: row, position: y, weight: weightY } of down) {
    const [y0, y1] = [Math.floor(y), Math.min(Math.floor(y) + 1, logits.rows - 1)];
    for (const { place: column, position: x, weight: weightX } of across) {
      const [x0, x1] = [Math.floor(x), Math.min(Math.floor(x) + 1, stride - 1)];
      const weight = whole ? wholeWeight : weightY * weightX;
      const [fy, fx] = [y - y0, x - x0];
      const to = row * columns + column;
      weights[to]! += weight;
      for (let c = 0; c < classes; c++) {
        const top =
          values[(y0 * stride + x0) * classes + c]! * (1 - fx) +
          values[(y0 * stride + x1) * classes + c]! * fx;
        const bottom =
          values[(y1 * stride + x0) * classes + c]! * (1 - fx) +
          values[(y1 * stride + x1) * classes + c]! * fx;
        data[to * classes + c]! += weight * (top * (1 - fy) + bottom * fy);
      }
    }
  }
}

/** A place of the joined map that a part covers: where it lies in the part's logits, and how it counts. */
interface Place {
  readonly place: number;
  readonly position: number;
  readonly weight: number;
}

function places(
  count: number,
  size: number,
  part: { readonly start: number; readonly length: number; readonly at: Float64Array },
): readonly Place[] {
  const { start, length, at } = part;
  const step = count > 1 ? (size - 1) / (count - 1) : 0;
  const found: Place[] = [];
  for (let place = 0; place < count; place++) {
    const pixel = place * step - start;
    if (pixel < -0.5 || pixel > length - 0.5) continue;
    const low = Math.min(Math.max(Math.floor(pixel), 0), length - 1);
    const high = Math.min(low + 1, length - 1);
    const share = Math.min(Math.max(pixel - low, 0), 1);
    // Edges of the picture are no seams.
    const before = start > 0 ? (pixel + 0.5) / length : 1;
    const behind = start + length < size ? (length - 0.5 - pixel) / length : 1;
    const weight = Math.max(1e-3, Math.min(1, 4 * Math.min(before, behind)));
    found.push({ place, position: at[low]! * (1 - share) + at[high]! * share, weight });
  }
  return found;
}
