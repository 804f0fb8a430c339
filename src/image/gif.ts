/**
 * Where a GIF's first frame lies on its canvas. Decoders differ about the canvas around it (black,
 * transparent, the file's "background colour"); here it is what transparent pixels are laid on.
 */
import type { Color, Rectangle } from "./image.ts";

/**
 * The first frame's rectangle in pixels of the canvas; nothing where the file has no frame.
 *
 * @example
 * ```ts
 * const header = [...Buffer.from("GIF89a"), 9, 0, 9, 0, 0, 0, 0];
 * const frame = [0x2c, 1, 0, 2, 0, 3, 0, 4, 0, 0];
 * firstFrame(Uint8Array.from([...header, ...frame])); // { x: 1, y: 2, width: 3, height: 4 }
 * ```
 */
export function firstFrame(bytes: Uint8Array): Rectangle | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 13) return undefined;
  // The screen's descriptor, whose flags tell of a colour table behind it.
  const flags = bytes[10]!;
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (bytes[at] === 0x21) {
    at += 2;
    // Blocks of an extension, each with its length in front; an empty one ends it.
    for (let length = bytes[at]; length !== undefined && length > 0; length = bytes[at]) {
      at += 1 + length;
    }
    at += 1;
  }
  if (bytes[at] !== 0x2c || at + 10 > bytes.length) return undefined;
  const word = (offset: number): number => view.getUint16(at + offset, true);
  return { x: word(1), y: word(3), width: word(5), height: word(7) };
}

/** Fills the canvas around a frame with the background. */
export function fillAround(
  {
    data,
    width,
    height,
  }: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  frame: Rectangle,
  [red, green, blue]: Color,
): void {
  const covers = frame.x === 0 && frame.y === 0 && frame.width >= width && frame.height >= height;
  if (covers) return;
  const [right, bottom] = [frame.x + frame.width, frame.y + frame.height];
  for (let y = 0, at = 0; y < height; y++) {
    const row = y >= frame.y && y < bottom;
    for (let x = 0; x < width; x++, at += 3) {
      if (row && x >= frame.x && x < right) continue;
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
    }
  }
}
