/**
 * Zip archives as PyTorch writes them: what counts is stored, not compressed, so that each entry is a view
 * of the file and nothing can unpack to more than it is. Only the archive's own directory is followed.
 */
import type { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { decodeText, invalidModel } from "../files.ts";

const endSignature = 0x06054b50;
const wideEndSignature = 0x06064b50;
const wideLocatorSignature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/** The end's own bytes, and those of the longest comment behind it. */
const [endBytes, mostComment] = [22, 65_535];

/** Entries of an archive: one for each tensor and a few more. */
const mostEntries = 20_000;

/** What stands in fields of 32 bits whose value is in one of 64. */
const isWide = 0xffffffff;

/**
 * The entries of an archive by their names, views of its bytes; nothing in place of those that are
 * compressed or encrypted, as the programs of compiled modules are.
 *
 * @throws MobileNetError `invalid-model` where it is damaged.
 */
export function readStoredZip(
  bytes: Uint8Array,
  place: string,
): ReadonlyMap<string, Uint8Array | undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (expected: string, received: string): MobileNetError =>
    invalidModel(place, "the archive is damaged", expected, received);
  const need = (at: number, count: number, what: string): number => {
    if (at >= 0 && at + count <= bytes.length) return at;
    throw bad(what, `${bytes.length} bytes in all`);
  };
  const long = (at: number, what: string): number =>
    Number(view.getBigUint64(need(at, 8, what), true));
  const end = findEnd(view);
  if (end === undefined) throw bad("the directory at the archive's end", "none");
  let [count, directory] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  if (end >= 20 && view.getUint32(end - 20, true) === wideLocatorSignature) {
    const wide = need(long(end - 12, "a directory"), 56, "a directory");
    if (view.getUint32(wide, true) !== wideEndSignature) throw bad("a directory", "none");
    [count, directory] = [long(wide + 32, "a count"), long(wide + 48, "a directory")];
  }
  if (count > mostEntries) throw bad(`at most ${mostEntries} entries`, quote(count));
  const entries = new Map<string, Uint8Array | undefined>();
  let at = directory;
  for (let i = 0; i < count; i++) {
    need(at, 46, "an entry of the directory");
    if (view.getUint32(at, true) !== entrySignature) throw bad("an entry of the directory", "none");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number];
    const nameAt = need(at + 46, nameBytes + extraBytes + commentBytes, "an entry's name");
    const name = decodeText(bytes.subarray(nameAt, nameAt + nameBytes));
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const extra = { from: nameAt + nameBytes, to: nameAt + nameBytes + extraBytes };
    const [size, local] = wideFields([
      view.getUint32(at + 24, true),
      view.getUint32(at + 42, true),
    ]);
    if (entries.has(name)) throw bad("entries of different names", quote(name));
    const isPlain = method === 0 && (flags & 1) === 0;
    entries.set(name, isPlain ? contents(local, size, name) : undefined);
    at = nameAt + nameBytes + extraBytes + commentBytes;

    /** Sizes and places that do not fit 32 bits stand in an extra field, in this order. */
    function wideFields([size, local]: readonly [number, number]): readonly [number, number] {
      if (size !== isWide && local !== isWide) return [size, local];
      for (let field = extra.from; field + 4 <= extra.to; ) {
        const [id, length] = [view.getUint16(field, true), view.getUint16(field + 2, true)];
        if (id !== 1) {
          field += 4 + length;
          continue;
        }
        // The whole size, the packed one, the place: each only where it did not fit.
        const packed = view.getUint32(at + 20, true) === isWide ? 8 : 0;
        const first = field + 4;
        const whole = size === isWide ? long(first, "an entry's size") : size;
        const next = first + (size === isWide ? 8 : 0) + packed;
        return [whole, local === isWide ? long(next, "an entry's place") : local];
      }
      throw bad("an entry's size", "none");
    }
  }
  return entries;

  function contents(local: number, size: number, name: string): Uint8Array {
    need(local, 30, `the entry ${quote(name)}`);
    if (view.getUint32(local, true) !== localSignature) throw bad(`the entry ${name}`, "none");
    const skipped = view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const start = need(local + 30 + skipped, size, `the entry ${quote(name)}`);
    return bytes.subarray(start, start + size);
  }
}

/** Where the archive's end record is: the last that there is. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - endBytes - mostComment);
  for (let at = view.byteLength - endBytes; at >= first; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  return undefined;
}
