/** RGB pixels as a ground to paint on: the picture that lies there, and a brush for frames and plates. */
import type { ImageSize, RgbImage } from "../image.ts";
import { fillOutline, fillRectangle, type Pixels } from "./fill-pixels.ts";
import { type OverlayMap, overlayRows } from "./overlay.ts";
import type { Brush, TextPlace } from "./paint.ts";

/** A text that waits for its letters. */
export interface WaitingText extends TextPlace {
  readonly text: string;
}

/** Paints on pixels; what is written goes to a list, since letters may take a while. */
export function pixelBrush(on: Pixels, texts: WaitingText[]): Brush {
  return {
    fill: (place, paint) => fillRectangle(on, place, { paint }),
    frame: ({ x, y, width, height }, line, paint) => {
      const grown = (by: number) => ({
        ...{ x: x - by, y: y - by },
        ...{ width: Math.max(0, width + 2 * by), height: Math.max(0, height + 2 * by) },
      });
      fillRectangle(on, grown(line / 2), { inner: grown(-line / 2), paint });
    },
    line: ({ from: [x0, y0], to: [x1, y1] }, width, paint) => {
      const length = Math.hypot(x1 - x0, y1 - y0);
      if (length === 0) return;
      const [dx, dy] = [((x1 - x0) / length) * (width / 2), ((y1 - y0) / length) * (width / 2)];
      const corners = [
        [x0 - dy, y0 + dx],
        [x1 - dy, y1 + dx],
        [x1 + dy, y1 - dx],
        [x0 + dy, y0 - dx],
      ] as const;
      const edges = corners.flatMap((corner, i) => [...corner, ...corners[(i + 1) % 4]!]);
      fillOutline(on, edges, paint);
    },
    text: (text, place) => texts.push({ text, ...place }),
  };
}

/**
 * A picture on a ground of some size, each of its pixels `scale × scale` times, and the classes over it.
 *
 * @throws RangeError where there is no memory for it.
 */
export function pictureOn(
  { width, height }: ImageSize,
  image: RgbImage,
  { scale, overlay }: { readonly scale: number; readonly overlay?: OverlayMap | undefined },
): Pixels {
  const data = new Uint8Array(width * height * 3);
  const across = image.width * scale;
  for (let row = 0; row < image.height * scale; row++) {
    const to = row * width * 3;
    if (row % scale > 0) {
      data.copyWithin(to, to - width * 3, to - width * 3 + across * 3);
      continue;
    }
    const from = (row / scale) * image.width * 3;
    if (scale === 1) data.set(image.data.subarray(from, from + across * 3), to);
    else widen(data.subarray(to, to + across * 3), image.data.subarray(from), scale);
  }
  const rows = image.height * scale;
  if (overlay) overlayRows({ data, channels: 3, first: 0, rows, across: width }, overlay);
  return { width, height, data };
}

/** Repeats each pixel of a row. */
function widen(row: Uint8Array, source: Uint8Array, scale: number): void {
  for (let at = 0, from = 0; at < row.length; from += 3) {
    for (let step = 0; step < scale; step++, at += 3) {
      row[at] = source[from]!;
      row[at + 1] = source[from + 1]!;
      row[at + 2] = source[from + 2]!;
    }
  }
}
