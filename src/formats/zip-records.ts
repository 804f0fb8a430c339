/**
 * The directory of a zip archive, record by record: where it lies, and what an entry says. Archives of pictures
 * are read in pieces, those of models lie in memory; both look at bytes through here. Numbers that do not fit
 * (zip64) stand in eight bytes elsewhere. Nothing is believed to lie where it says before that is checked.
 */
import { quote } from "../untrusted.ts";

const signature = {
  ...{ header: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 },
  ...{ wideEnd: 0x06064b50, wideLocator: 0x07064b50 },
} as const;
/** The part of a file's own header that is always there. */
export const zipHeaderBytes = 30;
const [entryBytes, endBytes, wideEndBytes, wideLocatorBytes] = [46, 22, 56, 20];
const mostComment = 0xffff;

/** So many bytes at a file's end hold all that says where the directory is. */
export const zipTailBytes: number = endBytes + mostComment + wideEndBytes + wideLocatorBytes;

/** What stands for a number that is given in eight bytes elsewhere. */
const elsewhere = 0xffffffff;

/** The error of a damaged archive. */
export type ZipFault = (expected: string, received: string) => Error;

/** Where a directory lies in its file. */
export interface ZipDirectory {
  readonly from: number;
  readonly to: number;
  /** Where the archive begins, from where its places count: behind what it was appended to. */
  readonly shift: number;
  /** Whether the directory may have so many entries; where two bytes say it, they count on from 0. */
  allows(entries: number): boolean;
  /** As many as it says. */
  readonly count: number;
}

/** A file within an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly nameBytes: number;
  /** Where its own header lies, from the archive's begin. */
  readonly position: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of the entry in the directory. */
  readonly length: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wideNumber(view: DataView, at: number, fault: ZipFault): number {
  const value = Number(view.getBigUint64(at, true));
  if (Number.isSafeInteger(value)) return value;
  throw fault("a size that fits", quote(value));
}

/**
 * Where the directory lies; nothing where the file ends in none.
 *
 * @param tail - The end of the file, all of it or `zipTailBytes`.
 * @param tailFrom - Where in the file that begins.
 */
export function findZipDirectory(
  tail: Uint8Array,
  tailFrom: number,
  fault: ZipFault,
): ZipDirectory | undefined {
  const end = findEnd(tail);
  if (end === undefined) return undefined;
  const view = viewOf(tail);
  const wide = end - wideLocatorBytes - wideEndBytes;
  const isWide =
    wide >= 0 &&
    view.getUint32(end - wideLocatorBytes, true) === signature.wideLocator &&
    view.getUint32(wide, true) === signature.wideEnd;
  const number = (at: number): number => wideNumber(view, wide + at, fault);
  const [count, size, offset] = isWide
    ? [number(32), number(40), number(48)]
    : [
        view.getUint16(end + 10, true),
        view.getUint32(end + 12, true),
        view.getUint32(end + 16, true),
      ];
  const to = tailFrom + (isWide ? wide : end);
  const from = to - size;
  const shift = from - offset;
  if (shift < 0) {
    throw fault("a list of files before its end", `${size} bytes from ${offset}, end at ${to}`);
  }
  const allows = (entries: number): boolean => {
    return entries === count || (!isWide && entries % 2 ** 16 === count);
  };
  return { from, to, shift, allows, count };
}

/** Where the archive's last record lies; a comment may follow it, or padding. */
function findEnd(tail: Uint8Array): number | undefined {
  const view = viewOf(tail);
  const last = tail.length - endBytes;
  for (let at = last; at >= Math.max(0, last - mostComment); at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== signature.end) continue;
    const stop = at + endBytes + view.getUint16(at + 20, true);
    const rest = stop <= tail.length ? tail.subarray(stop) : undefined;
    if (rest?.every((byte) => byte === 0)) return at;
  }
  return undefined;
}

/** The entry at the beginning of some bytes; nothing where it does not end in them. */
export function readZipEntry(bytes: Uint8Array, fault: ZipFault): ZipEntry | undefined {
  if (bytes.length < entryBytes) return undefined;
  const view = viewOf(bytes);
  const found = view.getUint32(0, true);
  if (found !== signature.entry) throw fault("an entry of the list", quote(found));
  const nameBytes = view.getUint16(28, true);
  const extraBytes = view.getUint16(30, true);
  const length = entryBytes + nameBytes + extraBytes + view.getUint16(32, true);
  if (bytes.length < length) return undefined;
  const extraFrom = entryBytes + nameBytes;
  const number = widened(viewOf(bytes.subarray(extraFrom, extraFrom + extraBytes)), fault);
  // In the order in which they stand among the wide ones.
  const unpacked = number(view.getUint32(24, true));
  const packedBytes = number(view.getUint32(20, true));
  return {
    name: new TextDecoder().decode(bytes.subarray(entryBytes, extraFrom)),
    ...{ nameBytes, length, packedBytes, bytes: unpacked },
    position: number(view.getUint32(42, true)),
    method: view.getUint16(10, true),
    encrypted: (view.getUint16(8, true) & 1) === 1,
    checksum: view.getUint32(16, true),
  };
}

/** How long the header of a file is that begins with these `zipHeaderBytes`; nothing where they are none. */
export function readZipHeader(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== signature.header) return undefined;
  return zipHeaderBytes + view.getUint16(26, true) + view.getUint16(28, true);
}

/** Numbers that do not fit four bytes stand in a field of their own, one after another. */
function widened(extra: DataView, fault: ZipFault): (number: number) => number {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1) {
    at += 4 + extra.getUint16(at + 2, true);
  }
  const isThere = at + 4 <= extra.byteLength;
  const stop = isThere ? Math.min(extra.byteLength, at + 4 + extra.getUint16(at + 2, true)) : at;
  at += 4;
  return (number) => {
    if (number !== elsewhere) return number;
    if (at + 8 > stop) throw fault("a number of eight bytes", "none");
    at += 8;
    return wideNumber(extra, at - 8, fault);
  };
}
