/** TIFF files that sharp does not write: the strips of each colour stand behind those of the one before. */
import { deflateSync } from "node:zlib";

/** A black picture of three colours. */
export function writePlanarTiff({
  width,
  height,
  rows,
  sampleBytes = 1,
}: {
  readonly width: number;
  readonly height: number;
  /** Rows of a strip; the file does not say where absent. */
  readonly rows?: number | undefined;
  readonly sampleBytes?: 1 | 2;
}): Uint8Array {
  const stripRows = Math.min(rows ?? height, height);
  const count = 3 * Math.ceil(height / stripRows);
  const strip = deflateSync(Buffer.alloc(width * stripRows * sampleBytes));
  const strips = new Array<Uint8Array>(count).fill(strip);
  const starts = strips.map((_, i) => 8 + i * strip.length);
  const lengths = strips.map(() => strip.length);
  // 2 and 4 bytes a number: SHORT and LONG.
  const [short, long] = [3, 4];
  const entries: readonly (readonly [tag: number, kind: number, values: readonly number[]])[] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, new Array<number>(3).fill(8 * sampleBytes)],
    [259, short, [8]], // deflate
    [262, short, [2]], // RGB
    [273, long, starts],
    [277, short, [3]],
    ...(rows === undefined ? [] : [[278, long, [rows]] as const]),
    [279, long, lengths],
    [284, short, [2]], // planes
  ];
  const lists: Buffer[] = [];
  let end = 8 + count * strip.length;
  const directory = entries.map(([tag, kind, values]) => {
    const bytes = Buffer.alloc(Math.max(4, values.length * (kind === short ? 2 : 4)));
    for (const [i, value] of values.entries()) {
      if (kind === short) bytes.writeUInt16LE(value, 2 * i);
      else bytes.writeUInt32LE(value, 4 * i);
    }
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(kind, 2);
    entry.writeUInt32LE(values.length, 4);
    if (bytes.length === 4) bytes.copy(entry, 8);
    else {
      entry.writeUInt32LE(end, 8);
      lists.push(bytes);
      end += bytes.length;
    }
    return entry;
  });
  const header = Buffer.from("II*\0\0\0\0\0", "latin1");
  header.writeUInt32LE(end, 4);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(entries.length);
  return Buffer.concat([header, ...strips, ...lists, length, ...directory, Buffer.alloc(4)]);
}
