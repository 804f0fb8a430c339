/**
 * Classes laid over pixels: their colours mixed in, and borders at full strength. It works on rows of
 * RGBA pixels, so that a large picture needs no second copy of itself.
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

/**
 * Colours rows of a drawing.
 *
 * @param pixels - RGBA, `rows × width · scale`; where they are transparent, so is the colour.
 * @param first - The first row, in pixels of the drawing.
 */
export function overlayRows(
  pixels: Uint8ClampedArray | Uint8Array,
  first: number,
  { classMap, width, height, colors, opacity, line, scale }: OverlayMap,
): void {
  const across = width * scale;
  const table = Array.from({ length: 256 }, (_, index) => colors.get(index));
  const reach = Math.max(1, Math.round(line / scale));
  const rows = pixels.length / 4 / across;
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((first + row) / scale);
    const start = y * width;
    for (let x = 0; x < width; x++) {
      const index = classMap[start + x]!;
      const color = table[index];
      if (color === undefined) continue;
      const near = (at: number, inside: boolean): boolean => inside && classMap[at] !== index;
      const i = start + x;
      const border =
        near(i - reach, x >= reach) ||
        near(i + reach, x + reach < width) ||
        near(i - reach * width, y >= reach) ||
        near(i + reach * width, y + reach < height);
      const amount = border ? 1 : opacity;
      for (let step = 0; step < scale; step++) {
        mix(pixels, (row * across + x * scale + step) * 4, { color, amount });
      }
    }
  }
}

/** Mixes a colour in; what would become darker gets its brightness back. */
function mix(
  pixels: Uint8ClampedArray | Uint8Array,
  at: number,
  { color, amount }: { readonly color: Color; readonly amount: number },
): void {
  if (pixels[at + 3] === 0) {
    // Over nothing the colour itself becomes as opaque as it would have covered.
    for (let c = 0; c < 3; c++) pixels[at + c] = color[c]!;
    pixels[at + 3] = Math.round(255 * amount);
    return;
  }
  let darker = 0;
  for (let c = 0; c < 3; c++) darker += weights[c]! * (pixels[at + c]! - color[c]!) * amount;
  const back = amount < 1 ? Math.max(0, darker) : 0;
  for (let c = 0; c < 3; c++) {
    const mixed = pixels[at + c]! * (1 - amount) + color[c]! * amount + back;
    pixels[at + c] = Math.min(255, Math.round(mixed));
  }
}

/** How bright red, green and blue are to the eye. */
const weights = [0.299, 0.587, 0.114] as const;
