/** Zip archives whose numbers stand in eight bytes (zip64), written by hand so that any of them can lie. */
import { crc32 } from "../../src/formats/crc32.ts";

/** What a file is, and what its records say of it where that is not so. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Its numbers stand in eight bytes each, these in place of the true ones. */
  readonly wide?: {
    readonly size?: bigint;
    readonly offset?: bigint;
    readonly extraBytes?: number;
  };
}

/** What the records at the end say where that is not so. */
export interface ZipEnd {
  /** Count, size and place of the directory stand in eight bytes each. */
  readonly wide: boolean;
  readonly count?: bigint;
  readonly size?: bigint;
  readonly offset?: bigint;
}

const elsewhere = 0xffffffff;

function record(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}

/** An archive of stored files. */
export function zipArchive(files: readonly ZipFile[], end: ZipEnd): Uint8Array {
  const parts: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let offset = 0;
  const put = (...pieces: readonly Uint8Array[]): void => {
    for (const piece of pieces) offset += piece.length;
    parts.push(...pieces);
  };
  for (const { name, bytes, wide } of files) {
    const [named, checksum, at] = [Buffer.from(name), crc32(bytes), offset];
    const header = record(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint32(14, checksum, true);
      view.setUint32(18, bytes.length, true);
      view.setUint32(22, bytes.length, true);
      view.setUint16(26, named.length, true);
    });
    put(header, named, bytes);
    const size = wide?.size ?? BigInt(bytes.length);
    const extra = record(wide ? 28 : 0, (view) => {
      if (wide === undefined) return;
      view.setUint16(0, 1, true);
      view.setUint16(2, wide.extraBytes ?? 24, true);
      view.setBigUint64(4, size, true);
      view.setBigUint64(12, size, true);
      view.setBigUint64(20, wide.offset ?? BigInt(at), true);
    });
    const entry = record(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint32(16, checksum, true);
      view.setUint32(20, wide ? elsewhere : bytes.length, true);
      view.setUint32(24, wide ? elsewhere : bytes.length, true);
      view.setUint16(28, named.length, true);
      view.setUint16(30, extra.length, true);
      view.setUint32(42, wide ? elsewhere : at, true);
    });
    entries.push(entry, named, extra);
  }
  const from = offset;
  put(Buffer.concat(entries));
  const to = offset;
  const count = end.count ?? BigInt(files.length);
  const [size, place] = [end.size ?? BigInt(to - from), end.offset ?? BigInt(from)];
  if (end.wide) {
    const wideEnd = record(56, (view) => {
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(4, 44n, true);
      view.setBigUint64(24, count, true);
      view.setBigUint64(32, count, true);
      view.setBigUint64(40, size, true);
      view.setBigUint64(48, place, true);
    });
    const locator = record(20, (view) => {
      view.setUint32(0, 0x07064b50, true);
      view.setBigUint64(8, BigInt(to), true);
      view.setUint32(16, 1, true);
    });
    put(wideEnd, locator);
  }
  const last = record(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    for (const at of [8, 10]) view.setUint16(at, end.wide ? 0xffff : Number(count & 0xffffn), true);
    view.setUint32(12, end.wide ? elsewhere : Number(size), true);
    view.setUint32(16, end.wide ? elsewhere : Number(place), true);
  });
  put(last);
  return Buffer.concat(parts);
}
