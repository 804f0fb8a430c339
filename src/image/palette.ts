/**
 * The colour map of PASCAL VOC, in which annotations and class maps are stored: a rule rather than a
 * table. It is dark in part; what is drawn over pictures has colours of its own (drawing/colors.ts).
 */
import type { Color } from "./image.ts";

/** The 256 colours of the PASCAL VOC colour map, red, green, blue, `256 × 3`; class 0 is black. */
export function vocPalette(): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++) palette.set(vocColor(index), index * 3);
  return palette;
}

/**
 * The VOC colour of a class from 0 to 255. The index's bits are dealt out in turn to red, green and
 * blue, each channel's highest bit first, so that small indices are far apart.
 *
 * @example
 * ```ts
 * vocColor(15); // [192, 128, 128]
 * ```
 */
export function vocColor(index: number): Color {
  const color: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    const channel = bit % 3;
    color[channel]! |= ((index >> bit) & 1) << (7 - Math.floor(bit / 3));
  }
  return color;
}
