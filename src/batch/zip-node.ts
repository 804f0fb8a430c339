/**
 * What zip archives hold, piece by piece: archives of pictures are larger than memory, and have more files
 * than a list should. Only places are noted; a picture's bytes are read from there when its turn comes.
 */
import { type RangeReader, withRanges } from "../disk/range-node.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import type { FoundPicture } from "./listing.ts";

const signature = { entry: 0x02014b50, file: 0x04034b50, end: 0x06054b50, wideEnd: 0x06064b50 };
const [entryBytes, fileBytes, endBytes, locatorBytes, wideEndBytes] = [46, 30, 22, 20, 56];
const pieceBytes = 2 ** 18;

/** Stands for a number that is given in eight bytes elsewhere. */
const elsewhere = 0xffffffff;

interface Directory {
  readonly from: number;
  readonly to: number;
}

/**
 * The files of an archive, in its directory's order. Those that are encrypted or packed in other ways than
 * stored and deflated have no place, which their pictures' lines will say.
 *
 * @throws MobileNetError `invalid-data` where it is no archive, or its directory is damaged.
 */
export async function* zipEntries(path: string): AsyncGenerator<FoundPicture> {
  const { from, to } = await withRanges(path, (file) => findDirectory(path, file));
  for (let at = from; at < to; ) {
    const start = at;
    const bytes = await withRanges(path, (file) =>
      file.read(start, Math.min(pieceBytes, to - start)),
    );
    let used = 0;
    for (;;) {
      const entry = readEntry(path, bytes.subarray(used));
      if (entry === undefined) break;
      used += entry.length;
      if (!entry.found.path.endsWith("/")) yield entry.found;
    }
    if (used === 0) throw damaged(path, "an entry", `the end of the list at ${at}`);
    at += used;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function findDirectory(path: string, file: RangeReader): Promise<Directory> {
  const tailBytes = Math.min(file.size, endBytes + 0xffff + locatorBytes + wideEndBytes);
  const tailFrom = file.size - tailBytes;
  const tail = viewOf(await file.read(tailFrom, tailBytes));
  for (let at = tailBytes - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== signature.end) continue;
    if (at + endBytes + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const [size, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
    const wide = at - locatorBytes - wideEndBytes;
    const isWide = wide >= 0 && tail.getUint32(wide, true) === signature.wideEnd;
    const directory = isWide
      ? { from: wideNumber(tail, wide + 48), size: wideNumber(tail, wide + 40) }
      : { from, size };
    const to = directory.from + directory.size;
    if (to <= tailFrom + at) return { from: directory.from, to };
    throw damaged(path, "a list of files before its end", `one up to ${to} of ${file.size}`);
  }
  throw damaged(path, "a zip archive", "a file without a list of its files");
}

function wideNumber(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** The entry at the beginning of the bytes; nothing where it does not end in them. */
function readEntry(
  path: string,
  bytes: Uint8Array,
): { readonly found: FoundPicture; readonly length: number } | undefined {
  if (bytes.length < entryBytes) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== signature.entry) {
    throw damaged(path, "an entry of the list", quote(view.getUint32(0, true)));
  }
  const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((at) => view.getUint16(at, true));
  const length = entryBytes + nameBytes! + extraBytes! + noteBytes!;
  if (bytes.length < length) return undefined;
  const name = new TextDecoder().decode(bytes.subarray(entryBytes, entryBytes + nameBytes!));
  const method = view.getUint16(10, true);
  const isPlain = (view.getUint16(8, true) & 1) === 0 && (method === 0 || method === 8);
  const found = { path: name.replaceAll("\\", "/") };
  if (!isPlain) return { found, length };
  const extra = viewOf(
    bytes.subarray(entryBytes + nameBytes!, entryBytes + nameBytes! + extraBytes!),
  );
  const [size, packedBytes, offset] = widened(
    [24, 20, 42].map((at) => view.getUint32(at, true)),
    extra,
    path,
  );
  const checksum = view.getUint32(16, true);
  const place = { offset: offset!, packedBytes: packedBytes!, bytes: size!, method, checksum };
  return { found: { ...found, at: place as typeof place & { method: 0 | 8 } }, length };
}

/** Numbers that do not fit four bytes stand in a field of their own, one after another. */
function widened(numbers: readonly number[], extra: DataView, path: string): readonly number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1)
    at += 4 + extra.getUint16(at + 2, true);
  at += 4;
  return numbers.map((number) => {
    if (number !== elsewhere) return number;
    if (at + 8 > extra.byteLength) throw damaged(path, "a number of eight bytes", "none");
    at += 8;
    return wideNumber(extra, at - 8);
  });
}

/** Where a file's bytes begin, behind its own header. */
export async function memberStart(file: RangeReader, offset: number): Promise<number> {
  const header = viewOf(await file.read(offset, fileBytes));
  if (header.getUint32(0, true) !== signature.file) {
    throw new MobileNetError("invalid-image", "the archive has no file where it says", {
      expected: `a header at ${offset}`,
      received: "other bytes",
    });
  }
  return offset + fileBytes + header.getUint16(26, true) + header.getUint16(28, true);
}

function damaged(node: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-data", "the archive cannot be read", {
    node,
    expected,
    received,
  });
}
