/**
 * Files within a file: a zip archive, nothing packed, that stands behind other bytes. Readers find it from
 * its end; places in it are counted from the beginning of all, as Python's zipfile writes them.
 */
import { joinBytes } from "../join-bytes.ts";
import { crc32 } from "./crc32.ts";

/** The first day that the format can say: the same files give the same bytes. */
const date = (0 << 9) | (1 << 5) | 1;

/** Names are UTF-8. */
const flags = 0x800;

/** Bytes with an archive of files behind them. */
export function withArchive(
  before: Uint8Array,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const parts: Uint8Array[] = [before];
  const directory: Uint8Array[] = [];
  let place = before.length;
  for (const [name, bytes] of files) {
    const text = new TextEncoder().encode(name);
    // Version 2.0, flags, stored, time, date, checksum, both sizes, length of the name, no extra field.
    const about: readonly Field[] = [
      ...([
        [2, 20],
        [2, flags],
        [2, 0],
        [2, 0],
        [2, date],
      ] as const),
      ...([
        [4, crc32(bytes)],
        [4, bytes.length],
        [4, bytes.length],
      ] as const),
      ...([
        [2, text.length],
        [2, 0],
      ] as const),
    ];
    parts.push(fields([[4, 0x04034b50], ...about]), text, bytes);
    // No comment, first disk, no attributes.
    const end: readonly Field[] = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, place],
    ];
    directory.push(fields([[4, 0x02014b50], [2, 20], ...about, ...end]), text);
    place += 30 + text.length + bytes.length;
  }
  const listed = joinBytes(directory);
  const count = files.size;
  const end: readonly Field[] = [
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
    ] as const),
    ...([
      [4, listed.length],
      [4, place],
      [2, 0],
    ] as const),
  ];
  return joinBytes([...parts, listed, fields(end)]);
}

type Field = readonly [bytes: 2 | 4, value: number];

/** Numbers of two or four bytes, little-endian. */
function fields(list: readonly Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}
