/**
 * Classes laid over pixels: their colours mixed in, and borders at full strength. It works on rows of
 * pixels as they lie, so that a large picture needs no second copy of itself.
 */
import type { Color } from "../image.ts";

/** Whose rows are coloured. */
export interface OverlayMap {
  readonly classMap: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly colors: ReadonlyMap<number, Color>;
  /** How much of a class's colour covers its pixels, 0 to 1. */
  readonly opacity: number;
  /** Of borders, in pixels of the drawing. */
  readonly line: number;
  /** The drawing's pixels for each of the map's, in each direction. */
  readonly scale: number;
}

/** Rows of a drawing's pixels. */
export interface DrawingRows {
  /** RGB, or RGBA: where that is transparent, so is the colour that comes over it. */
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly channels: 3 | 4;
  /** The first row, in pixels of the drawing. */
  readonly first: number;
  readonly rows: number;
  /** Pixels of a row, those beside the map's included. */
  readonly across: number;
}

/** Colours rows of a drawing. */
export function overlayRows(
  { data, channels, first, rows, across }: DrawingRows,
  { classMap, width, height, colors, opacity, line, scale }: OverlayMap,
): void {
  const table = Array.from({ length: 256 }, (_, index) => colors.get(index));
  const reach = Math.max(1, Math.round(line / scale));
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((first + row) / scale);
    const start = y * width;
    for (let x = 0; x < width; x++) {
      const index = classMap[start + x]!;
      const color = table[index];
      if (color === undefined) continue;
      const i = start + x;
      const border =
        (x >= reach && classMap[i - reach] !== index) ||
        (x + reach < width && classMap[i + reach] !== index) ||
        (y >= reach && classMap[i - reach * width] !== index) ||
        (y + reach < height && classMap[i + reach * width] !== index);
      const amount = border ? 1 : opacity;
      for (let step = 0; step < scale; step++) {
        const at = (row * across + x * scale + step) * channels;
        if (channels === 3 || data[at + 3] !== 0) mix(data, at, { color, amount });
        else lay(data, at, { color, amount });
      }
    }
  }
}

/** So much of a colour. */
interface Layer {
  readonly color: Color;
  readonly amount: number;
}

/** Over nothing the colour itself becomes as opaque as it would have covered. */
function lay(data: DrawingRows["data"], at: number, { color, amount }: Layer): void {
  for (let c = 0; c < 3; c++) data[at + c] = color[c]!;
  data[at + 3] = Math.round(255 * amount);
}

/** Mixes a colour in; what would become darker gets its brightness back. */
function mix(data: DrawingRows["data"], at: number, { color, amount }: Layer): void {
  let darker = 0;
  for (let c = 0; c < 3; c++) darker += weights[c]! * (data[at + c]! - color[c]!) * amount;
  const back = amount < 1 ? Math.max(0, darker) : 0;
  for (let c = 0; c < 3; c++) {
    const mixed = data[at + c]! * (1 - amount) + color[c]! * amount + back;
    data[at + c] = Math.min(255, Math.round(mixed));
  }
}

/** How bright red, green and blue are to the eye. */
const weights = [0.299, 0.587, 0.114] as const;
