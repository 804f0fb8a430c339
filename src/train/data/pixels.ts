/**
 * What augmentation does to pixels once everything is drawn. Values are interleaved red, green and blue,
 * row by row, in units of bytes unless said otherwise.
 */
import type { ImageSize, Rectangle, RgbImage } from "../../image/image.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Random } from "../../random.ts";
import { type Geometry, type Move, moveBox } from "./geometry.ts";

/** A picture of the network's own size becomes its input in one pass; what a move lets in is black. */
export function moveAndScale(
  { width, height, data }: RgbImage,
  {
    move: { across, down, mirrored },
    scale: [redScale, greenScale, blueScale],
    offset: [redOffset, greenOffset, blueOffset],
    into,
  }: Pick<Preprocess, "scale" | "offset"> & { readonly move: Move; readonly into: Float32Array },
): void {
  for (let y = 0; y < height; y++) {
    const row = (y - down) * width;
    const inside = y >= down && y < height + down;
    for (let x = 0; x < width; x++) {
      const from = (mirrored ? width - 1 - x : x) - across;
      const to = (y * width + x) * 3;
      if (inside && from >= 0 && from < width) {
        const at = (row + from) * 3;
        into[to] = data[at]! * redScale + redOffset;
        into[to + 1] = data[at + 1]! * greenScale + greenOffset;
        into[to + 2] = data[at + 2]! * blueScale + blueOffset;
      } else {
        into[to] = redOffset;
        into[to + 1] = greenOffset;
        into[to + 2] = blueOffset;
      }
    }
  }
}

/** Moves by whole pixels; what comes in is black. */
export function shift(
  values: Float32Array,
  {
    width,
    height,
    across,
    down,
  }: Omit<Move, "mirrored"> & { readonly width: number; readonly height: number },
): void {
  const before = values.slice();
  values.fill(0);
  const [left, right] = [Math.max(0, across), Math.min(width, width + across)];
  if (left >= right) return;
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const from = ((y - down) * width + left - across) * 3;
    values.set(before.subarray(from, from + (right - left) * 3), (y * width + left) * 3);
  }
}

/** Left becomes right, row by row. */
export function mirror(values: Float32Array, width: number): void {
  for (let row = 0; row < values.length; row += width * 3) {
    for (let a = row, b = row + (width - 1) * 3; a < b; a += 3, b -= 3) {
      for (let c = 0; c < 3; c++) {
        const kept = values[a + c]!;
        values[a + c] = values[b + c]!;
        values[b + c] = kept;
      }
    }
  }
}

/**
 * Brightness, then contrast around the mean, then saturation around each pixel's grey: of the picture alone.
 * What lies around it stays as it is, and says nothing of how bright the picture is.
 *
 * @param width - Of the network's input, in pixels.
 * @param area - The picture's, in whole pixels of the input.
 */
export function recolor(
  values: Float32Array,
  {
    width,
    area,
    strength,
    random,
  }: {
    readonly width: number;
    readonly area: Rectangle;
    readonly strength: number;
    readonly random: Random;
  },
): void {
  const factor = (): number => random.between(Math.max(0, 1 - strength), 1 + strength);
  const [brightness, contrast, saturation] = [factor(), factor(), factor()];
  const rows = Array.from({ length: area.height }, (_, y) => {
    const start = ((area.y + y) * width + area.x) * 3;
    return values.subarray(start, start + area.width * 3);
  });
  let sum = 0;
  for (const row of rows) for (let i = 0; i < row.length; i++) sum += row[i]!;
  const mean = (brightness * sum) / Math.max(1, area.width * area.height * 3);
  for (const row of rows) recolorRow(row, { brightness, contrast, saturation, mean });
}

function recolorRow(
  values: Float32Array,
  {
    brightness,
    contrast,
    saturation,
    mean,
  }: Readonly<Record<"brightness" | "contrast" | "saturation" | "mean", number>>,
): void {
  for (let i = 0; i < values.length; i += 3) {
    const r = (brightness * values[i]! - mean) * contrast + mean;
    const g = (brightness * values[i + 1]! - mean) * contrast + mean;
    const b = (brightness * values[i + 2]! - mean) * contrast + mean;
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    values[i] = Math.min(255, Math.max(0, grey + (r - grey) * saturation));
    values[i + 1] = Math.min(255, Math.max(0, grey + (g - grey) * saturation));
    values[i + 2] = Math.min(255, Math.max(0, grey + (b - grey) * saturation));
  }
}

/** Sets a rectangle of the network's input to 0. */
export function clear(values: Float32Array, width: number, area: Rectangle): void {
  for (let y = area.y; y < area.y + area.height; y++) {
    values.fill(0, (y * width + area.x) * 3, (y * width + area.x + area.width) * 3);
  }
}

/** Where a picture of some size lies in the network's input, in whole pixels; empty where it does not. */
export function pictureArea(
  { width, height }: ImageSize,
  { size, geometry }: { readonly size: ImageSize; readonly geometry: Geometry },
): Rectangle {
  const laid = moveBox({ x: 0, y: 0, ...size }, geometry);
  const within = (at: number, edge: number): number => Math.min(edge, Math.max(0, Math.round(at)));
  const [x, right] = [within(laid.x, width), within(laid.x + laid.width, width)];
  const [y, bottom] = [within(laid.y, height), within(laid.y + laid.height, height)];
  return { x, y, width: right - x, height: bottom - y };
}

/** Sets everything of the network's input to 0 that lies around a picture. */
export function clearAround(values: Float32Array, width: number, area: Rectangle): void {
  const [left, right] = [area.x * 3, (area.x + area.width) * 3];
  for (let y = 0; y * width * 3 < values.length; y++) {
    const row = values.subarray(y * width * 3, (y + 1) * width * 3);
    if (y < area.y || y >= area.y + area.height) row.fill(0);
    else row.fill(0, 0, left).fill(0, right);
  }
}
