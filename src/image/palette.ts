/**
 * Colours for classes. Segmentation uses the colour map of PASCAL VOC, which is a rule rather than a
 * table; detection uses hues spread by the golden angle, so that neighbouring classes differ.
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

/** A vivid colour for a detected class: the golden angle apart in hue, in three lightnesses. */
export function classColor(index: number): Color {
  const hue = (index * 137.508 + 140) % 360;
  const lightness = [0.55, 0.68, 0.45][index % 3]!;
  return hslColor(hue, 0.85, lightness);
}

/** Black or white, whichever stands out more on the given colour (WCAG relative luminance). */
export function inkOn([red, green, blue]: Color): Color {
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  // Equal contrast with black and white: (L + 0.05)² = 0.05 · 1.05.
  return luminance > Math.sqrt(0.05 * 1.05) - 0.05 ? [0, 0, 0] : [255, 255, 255];
}

/** An sRGB byte as linear light, 0 to 1. */
function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Hue in degrees; saturation and lightness 0 to 1. */
function hslColor(hue: number, saturation: number, lightness: number): Color {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
