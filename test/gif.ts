/** GIF files of up to four colours, written by hand: a canvas, and a frame anywhere on it. */

/** A frame's place on the canvas, and the indices of its pixels' colours. */
export interface GifFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

/** Red, green, blue and nearly black. */
export const gifColors: readonly (readonly [number, number, number])[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [9, 8, 7],
];

/** A file whose background is colour 0, red, with frames one after the other. */
export function writeGif(
  { width, height }: { readonly width: number; readonly height: number },
  frames: readonly GifFrame[],
  { transparent }: { readonly transparent?: number } = {},
): Uint8Array {
  const word = (value: number): number[] => [value & 255, value >> 8];
  return Uint8Array.from([
    ...Buffer.from("GIF89a"),
    ...[...word(width), ...word(height), 0x81, 0, 0, ...gifColors.flat()],
    ...[0x21, 0xfe, 5, ...Buffer.from("hello"), 0], // a comment
    ...frames.flatMap(({ x, y, width: across, height: down, pixels }) => [
      ...[0x21, 0xf9, 4, transparent === undefined ? 0 : 1, 0, 0, transparent ?? 0, 0],
      ...[0x2c, ...word(x), ...word(y), ...word(across), ...word(down), 0],
      ...compressed(pixels),
    ]),
    0x3b,
  ]);
}

/** Codes of three bits: 4 clears the table before each pixel, so that none is ever added; 5 ends. */
function compressed(pixels: readonly number[]): number[] {
  const codes = [...pixels.flatMap((pixel) => [4, pixel]), 5];
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const code of codes) {
    held |= code << bits;
    bits += 3;
    for (; bits >= 8; bits -= 8) {
      bytes.push(held & 255);
      held >>= 8;
    }
  }
  bytes.push(held);
  const blocks: number[] = [2];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return [...blocks, 0];
}
