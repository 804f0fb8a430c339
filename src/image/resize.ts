/**
 * Bilinear resize as TensorFlow defines it, with its three placements of pixel centres and without
 * antialiasing: every output value mixes the four source pixels around one point. Bytes go in,
 * unrounded floats come out. Columns are mixed once per source row and kept while output rows use
 * them, which gives the same numbers as mixing four pixels at a time.
 */
import { MobileNetError } from "../errors.ts";
import { checkRgbImage, isEdge, originalSize, type Rectangle, type RgbImage } from "./image.ts";
import type { PixelCenters } from "./presets.ts";

/** For every output position of one axis: its two source positions and the weight of the second. */
export interface AxisWeights {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  /** 0 to 1: how far from `lower` towards `upper`. */
  readonly lerp: Float32Array;
}

/** One axis of a resize, or a stretch of it. */
export interface AxisRequest {
  /** Source positions. */
  readonly source: number;
  /** Output positions of the whole axis. */
  readonly target: number;
  readonly centers: PixelCenters;
  /** The first output position wanted and how many; the whole axis unless given. */
  readonly start?: number | undefined;
  readonly count?: number | undefined;
}

/**
 * Source positions and weights along one axis. Coordinates are float32, as in TensorFlow's kernels,
 * so that the same pixels are chosen even where a coordinate falls on a whole number.
 */
export function axisWeights(request: AxisRequest): AxisWeights {
  const { source, target, centers, start = 0, count = target } = request;
  const { fround } = Math;
  const scale =
    centers === "align-corners" && target > 1
      ? fround((source - 1) / (target - 1))
      : fround(source / target);
  const lower = new Int32Array(count);
  const upper = new Int32Array(count);
  const lerp = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const position = fround(start + i);
    const at =
      centers === "half-pixel"
        ? fround(fround(fround(position + 0.5) * scale) - 0.5)
        : fround(position * scale);
    const floor = Math.floor(at);
    lower[i] = Math.min(Math.max(floor, 0), source - 1);
    upper[i] = Math.min(Math.max(Math.ceil(at), 0), source - 1);
    lerp[i] = at - floor;
  }
  return { lower, upper, lerp };
}

/** An axis of a picture, or of a smaller copy of it. */
interface PictureAxis {
  /** Where the region that is resized starts in the picture. */
  readonly start: number;
  /** The picture's pixels, and its copy's: as many where it is none. */
  readonly original: number;
  readonly copy: number;
}

/** The same among the pixels at hand: those of the whole picture, or of its smaller copy. */
function pixelWeights(request: AxisRequest, { start, original, copy }: PictureAxis): AxisWeights {
  const { lower, upper, lerp } = axisWeights(request);
  const [from, to] = [lower, upper].map((places) => places.map((place) => start + place));
  if (copy === original) return { lower: from!, upper: to!, lerp };
  const ratio = copy / original;
  const at = Float64Array.from(lerp, (share, i) => {
    const pixel = from![i]! + (from![i] === to![i] ? 0 : share);
    return Math.min(Math.max((pixel + 0.5) * ratio - 0.5, 0), copy - 1);
  });
  const below = Int32Array.from(at, Math.floor);
  return {
    lower: below,
    upper: Int32Array.from(at, Math.ceil),
    lerp: Float32Array.from(at, (position, i) => position - below[i]!),
  };
}

/** A window of a resized region of a picture. */
export interface WindowRequest {
  readonly region: Rectangle;
  /** The size that the region is resized to. */
  readonly width: number;
  readonly height: number;
  readonly window: Rectangle;
  readonly centers: PixelCenters;
}

/** For both axes of a window, the pixels at hand that it lies between, all of them inside the picture. */
export function pictureWeights(
  image: RgbImage,
  { region, width, height, window, centers }: WindowRequest,
): { readonly columns: AxisWeights; readonly rows: AxisWeights } {
  const original = originalSize(image);
  return {
    columns: pixelWeights(
      { source: region.width, target: width, centers, start: window.x, count: window.width },
      { start: region.x, original: original.width, copy: image.width },
    ),
    rows: pixelWeights(
      { source: region.height, target: height, centers, start: window.y, count: window.height },
      { start: region.y, original: original.height, copy: image.height },
    ),
  };
}

/** What to resize, to what, and what becomes of the values. */
export interface ResizeRequest {
  /** A picture, or a smaller copy of one. */
  readonly image: RgbImage;
  /** The part of the picture that is resized, in whole pixels of the picture; all of it unless given. */
  readonly region?: Rectangle | undefined;
  /** The size that the region is resized to. */
  readonly width: number;
  readonly height: number;
  readonly centers: PixelCenters;
  /** The part of the result that is computed, in whole pixels; all of it unless given. */
  readonly window?: Rectangle | undefined;
  /** Each value becomes `value · scale + offset`; 1 and 0 unless given. */
  readonly scale?: readonly [number, number, number] | undefined;
  readonly offset?: readonly [number, number, number] | undefined;
  /** Where the result goes, from its start; allocated unless given. */
  readonly into?: Float32Array | undefined;
  /** Floats from one row of `into` to the next; rows touch unless given. */
  readonly rowStride?: number | undefined;
}

/**
 * Resizes RGB bytes to floats, row by row, `window height × window width × 3`, values 0 to 255 before
 * scale and offset.
 *
 * @throws MobileNetError `invalid-image` for a malformed picture, `invalid-argument` for sizes that
 *   are not whole numbers above 0, rectangles that leave the picture, or an `into` that is too short.
 *
 * @example
 * ```ts
 * const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * const floats = resizeBilinear({ image, width: 1, height: 1, centers: "half-pixel" });
 * Array.from(floats); // [127.5, 127.5, 127.5]
 * ```
 */
export function resizeBilinear(request: ResizeRequest): Float32Array {
  const { image, width, height, centers, scale = [1, 1, 1], offset = [0, 0, 0] } = request;
  checkRgbImage(image);
  checkRectangle("size", { x: 0, y: 0, width, height });
  const original = originalSize(image);
  const { region = whole(original), window = whole(request) } = request;
  checkRectangle("region", region, original);
  checkRectangle("window", window, request);
  const rowLength = window.width * 3;
  const rowStride = request.rowStride ?? rowLength;
  const needed = rowStride * (window.height - 1) + rowLength;
  const into = request.into ?? new Float32Array(needed);
  if (rowStride < rowLength || into.length < needed) {
    throw new MobileNetError("invalid-argument", "the result does not fit", {
      expected: `at least ${needed} floats in rows of ${rowLength}`,
      received: `${into.length} floats in rows of ${rowStride}`,
    });
  }
  const { columns, rows } = pictureWeights(image, { region, width, height, window, centers });
  const cache = rowCache(image, columns);
  for (let y = 0; y < window.height; y++) {
    const top = cache(rows.lower[y]!, rows.upper[y]!);
    const bottom = cache(rows.upper[y]!, rows.lower[y]!);
    mixRows({
      top,
      bottom,
      lerp: rows.lerp[y]!,
      channels: { scale, offset },
      into,
      start: y * rowStride,
    });
  }
  return into;
}

/** Source rows whose columns are already mixed; keeps the two in use. */
function rowCache(
  image: RgbImage,
  columns: AxisWeights,
): (row: number, keep: number) => Float32Array {
  const count = columns.lerp.length;
  const left = columns.lower.map((column) => column * 3);
  const right = columns.upper.map((column) => column * 3);
  const held = [new Float32Array(count * 3), new Float32Array(count * 3)] as const;
  const heldRow = [-1, -1];
  return (row, keep) => {
    if (heldRow[0] === row) return held[0];
    if (heldRow[1] === row) return held[1];
    const slot = heldRow[0] === keep ? 1 : 0;
    heldRow[slot] = row;
    const start = row * image.width * 3;
    mixColumns({ pixels: image.data, start, left, right, lerp: columns.lerp, into: held[slot] });
    return held[slot];
  };
}

/** One source row at the output's columns: `left + (right − left) · lerp`, in float32. */
function mixColumns(row: {
  readonly pixels: Uint8Array;
  readonly start: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly lerp: Float32Array;
  readonly into: Float32Array;
}): void {
  const { pixels, start, left, right, lerp, into } = row;
  for (let x = 0, to = 0; x < lerp.length; x++, to += 3) {
    const a = start + left[x]!;
    const b = start + right[x]!;
    const weight = lerp[x]!;
    const red = pixels[a]!;
    const green = pixels[a + 1]!;
    const blue = pixels[a + 2]!;
    into[to] = red + (pixels[b]! - red) * weight;
    into[to + 1] = green + (pixels[b + 1]! - green) * weight;
    into[to + 2] = blue + (pixels[b + 2]! - blue) * weight;
  }
}

/** Scale and offset of red, green and blue. */
interface ChannelScales {
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

/** Two mixed rows to one output row: `(top + (bottom − top) · lerp) · scale + offset`. */
function mixRows(row: {
  readonly top: Float32Array;
  readonly bottom: Float32Array;
  readonly lerp: number;
  readonly channels: ChannelScales;
  readonly into: Float32Array;
  readonly start: number;
}): void {
  const { top, bottom, lerp, into } = row;
  const [redScale, greenScale, blueScale] = row.channels.scale;
  const [redOffset, greenOffset, blueOffset] = row.channels.offset;
  for (let i = 0, to = row.start; i < top.length; i += 3, to += 3) {
    const red = top[i]!;
    const green = top[i + 1]!;
    const blue = top[i + 2]!;
    into[to] = (red + (bottom[i]! - red) * lerp) * redScale + redOffset;
    into[to + 1] = (green + (bottom[i + 1]! - green) * lerp) * greenScale + greenOffset;
    into[to + 2] = (blue + (bottom[i + 2]! - blue) * lerp) * blueScale + blueOffset;
  }
}

function whole(size: { readonly width: number; readonly height: number }): Rectangle {
  return { x: 0, y: 0, width: size.width, height: size.height };
}

/** A rectangle of whole pixels with an area, inside `bounds` if given. */
function checkRectangle(
  what: string,
  { x, y, width, height }: Rectangle,
  bounds?: { readonly width: number; readonly height: number },
): void {
  const wholePixels = isEdge(width) && isEdge(height) && Number.isInteger(x) && Number.isInteger(y);
  const inside =
    bounds === undefined ||
    (x >= 0 && y >= 0 && x + width <= bounds.width && y + height <= bounds.height);
  if (!wholePixels || !inside) {
    throw new MobileNetError("invalid-argument", `bad ${what} of a resize`, {
      expected: `whole pixels${bounds === undefined ? " above 0" : ` within ${bounds.width} x ${bounds.height}`}`,
      received: `${width} x ${height} at ${x}, ${y}`,
    });
  }
}
