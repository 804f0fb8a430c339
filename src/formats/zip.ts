/**
 * Zip archives, as models are packed in: files by the names of the directory at the end. Names are only
 * compared, never used as paths; sizes are those of the directory, and what unpacks to more is refused.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { inflate } from "./inflate.ts";

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes once unpacked, as the directory says. */
  readonly size: number;
  /** Its bytes, unpacked. */
  read(): Promise<Uint8Array>;
}

/** More files than models are packed in. */
const mostEntries = 10_000;

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/** An end of the directory is 22 bytes, and a comment of two bytes' length. */
const endBytes = 22;
const mostComment = 65_535;

/**
 * The files of an archive by their names.
 *
 * @param most - So many bytes may they be unpacked, all together.
 * @throws MobileNetError `invalid-model` where it is damaged or out of proportion; so does reading.
 */
export function zipEntries(
  bytes: Uint8Array,
  { place, most }: { readonly place: string; readonly most: number },
): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end === undefined) throw damaged(place, "its directory is missing");
  const count = view.getUint16(end + 10, true);
  if (count > mostEntries) throw damaged(place, `more than ${mostEntries} files`);
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) {
      throw damaged(place, "its directory is cut short");
    }
    const uint16 = (offset: number): number => view.getUint16(at + offset, true);
    const uint32 = (offset: number): number => view.getUint32(at + offset, true);
    const [flags, method, packed, size, local] = [
      ...[uint16(8), uint16(10), uint32(20), uint32(24), uint32(42)],
    ] as [number, number, number, number, number];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + uint16(28)));
    at += 46 + uint16(28) + uint16(30) + uint16(32);
    if (entries.has(name)) throw damaged(place, `${quote(name)} is in it twice`);
    total += size;
    if (total > most) throw damaged(place, `its files are larger than ${most} bytes together`);
    const read = (): Promise<Uint8Array> =>
      readEntry({ bytes, view, place }, { name, flags, method, packed, size, local });
    entries.set(name, { name, size, read });
  }
  return entries;
}

function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= 0 && at >= last - mostComment; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  return undefined;
}

async function readEntry(
  {
    bytes,
    view,
    place,
  }: { readonly bytes: Uint8Array; readonly view: DataView; readonly place: string },
  {
    name,
    flags,
    method,
    packed,
    size,
    local,
  }: {
    readonly name: string;
    readonly flags: number;
    readonly method: number;
    readonly packed: number;
    readonly size: number;
    readonly local: number;
  },
): Promise<Uint8Array> {
  if (flags & 1) throw unsupported(place, `${quote(name)} is encrypted`);
  if (local + 30 > bytes.length || view.getUint32(local, true) !== localSignature) {
    throw damaged(place, `${quote(name)} is missing`);
  }
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + packed > bytes.length) throw damaged(place, `${quote(name)} is cut short`);
  const content = bytes.subarray(start, start + packed);
  if (method !== 0 && method !== 8) throw unsupported(place, `${quote(name)} is packed otherwise`);
  const most = { format: "deflate-raw", most: size, place: `${place}, ${name}` } as const;
  const whole = method === 0 ? content : await inflate(content, most);
  if (whole.length === size) return whole;
  throw damaged(place, `${quote(name)} has another size than declared`);
}

function damaged(node: string, summary: string): MobileNetError {
  return new MobileNetError("invalid-model", `the archive is damaged: ${summary}`, {
    node,
    remedy: "Copy or download the file again.",
  });
}

function unsupported(node: string, summary: string): MobileNetError {
  return new MobileNetError("unsupported", `the archive is not read: ${summary}`, {
    node,
    expected: "files that are stored or deflated",
  });
}
