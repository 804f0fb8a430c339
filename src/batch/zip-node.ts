/**
 * What zip archives hold, piece by piece: archives of pictures are larger than memory, and have more files
 * than a list should. Only places are noted; a picture's bytes are read from there when its turn comes.
 */
import { type RangeReader, withRanges } from "../disk/range-node.ts";
import { MobileNetError } from "../errors.ts";
import {
  findZipDirectory,
  readZipEntry,
  readZipHeader,
  type ZipDirectory,
  type ZipEntry,
  zipHeaderBytes,
  zipTailBytes,
} from "../formats/zip-records.ts";
import type { FoundPicture } from "./listing.ts";

/** More than the longest entry. */
const pieceBytes = 2 ** 18;

/**
 * The files of an archive, in its directory's order. Those that are encrypted or packed in other ways than
 * stored and deflated have no place, which their pictures' lines will say.
 *
 * @throws MobileNetError `invalid-data` where it is no archive, or its directory is damaged.
 */
export async function* zipEntries(path: string): AsyncGenerator<FoundPicture> {
  const fault = (expected: string, received: string) => damaged(path, expected, received);
  const directory = await withRanges(path, (file) => findDirectory(path, file));
  const { to, shift } = directory;
  let entries = 0;
  for (let at = directory.from; at < to; ) {
    const start = at;
    const bytes = await withRanges(path, (file) =>
      file.read(start, Math.min(pieceBytes, to - start)),
    );
    let used = 0;
    for (;;) {
      const entry = readZipEntry(bytes.subarray(used), fault);
      if (entry === undefined) break;
      used += entry.length;
      entries++;
      if (!entry.name.endsWith("/")) yield foundPicture(entry, shift);
    }
    if (used === 0) throw damaged(path, "an entry", `the end of the list at ${at}`);
    at += used;
  }
  if (directory.allows(entries)) return;
  throw damaged(path, `a list of ${directory.count} files, as it says`, `${entries} files`);
}

async function findDirectory(path: string, file: RangeReader): Promise<ZipDirectory> {
  const tailBytes = Math.min(file.size, zipTailBytes);
  const tailFrom = file.size - tailBytes;
  const fault = (expected: string, received: string) => damaged(path, expected, received);
  const found = findZipDirectory(await file.read(tailFrom, tailBytes), tailFrom, fault);
  if (found !== undefined) return found;
  throw damaged(path, "a zip archive", "a file without a list of its files");
}

function foundPicture(entry: ZipEntry, shift: number): FoundPicture {
  const path = entry.name.replaceAll("\\", "/");
  const { method, encrypted, packedBytes, bytes, checksum } = entry;
  if (encrypted || (method !== 0 && method !== 8)) return { path };
  return { path, at: { offset: shift + entry.position, packedBytes, bytes, method, checksum } };
}

/** Where a file's bytes begin, behind its own header. */
export async function memberStart(file: RangeReader, offset: number): Promise<number> {
  const headerBytes = readZipHeader(await file.read(offset, zipHeaderBytes));
  if (headerBytes === undefined) {
    throw new MobileNetError("invalid-image", "the archive has no file where it says", {
      expected: `a header at ${offset}`,
      received: "other bytes",
    });
  }
  return offset + headerBytes;
}

function damaged(node: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-data", "the archive cannot be read", {
    node,
    expected,
    received,
  });
}
