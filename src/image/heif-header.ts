/**
 * The sizes that an AVIF or HEIC file's boxes state (ISO/IEC 23008-12, the property `ispe`), read within
 * the file's bounds. A picture may be put together from others, so the largest counts.
 */
import type { ImageSize } from "./image.ts";

/** Which boxes hold others on the way to the sizes, and how many bytes stand before these. */
const containers: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

/** The largest width and the largest height of a file's pictures; nothing where none is stated. */
export function readHeifSize(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [width, height] = [0, 0];
  // Boxes inside boxes that are still to be read; each lies inside its own, so that this ends.
  const open: [at: number, end: number][] = [[0, bytes.length]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    for (const { kind, from, to } of boxes(view, ...range)) {
      const before = containers[kind];
      if (before !== undefined) open.push([from + before, to]);
      // Version and flags, width, height.
      if (kind !== "ispe" || from + 12 > to) continue;
      width = Math.max(width, view.getUint32(from + 4));
      height = Math.max(height, view.getUint32(from + 8));
    }
  }
  return width > 0 && height > 0 ? { width, height } : undefined;
}

interface Box {
  readonly kind: string;
  /** Its contents. */
  readonly from: number;
  readonly to: number;
}

/** Length (0: up to the end, 1: 8 bytes of it follow) and kind, then the contents. */
function* boxes(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const short = view.getUint32(at);
    const long = short === 1 && at + 16 <= end;
    const length = long ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short;
    const head = long ? 16 : 8;
    if (length < head) return;
    const kind = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    // One that says it is longer than the file is read as far as it goes.
    yield { kind, from: at + head, to: Math.min(at + length, end) };
    at += length;
  }
}
