/**
 * JPEG files as cameras and phones write them, made plain before a strict decoder reads them: stray
 * bytes between segments go, the end marker is added where it alone is missing. Pixels are in the scans,
 * and these stay as they are, so that what is damaged there is still found.
 */
import { joinBytes } from "../join-bytes.ts";
import { isWholeScan, type JpegComponent, type SequentialScan } from "./jpeg-scan.ts";

/** What a file is put together from: cameras write a few dozen segments. */
const mostParts = 100_000;

/** Markers: the high byte is 0xff. */
const soi = 0xd8;
const eoi = 0xd9;
const sos = 0xda;
const dht = 0xc4;
const dri = 0xdd;

/** Without a length and a payload: TEM and the restarts. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * A JPEG file without stray bytes between its segments and with its end marker. An end marker is added
 * only where all that the frame announces has come, as far as that shows outside the scans: a file cut
 * between two scans of a progressive picture is returned as it is, without its end. Where nothing is to
 * be mended, the very bytes that came are returned.
 *
 * @example
 * ```ts
 * const bytes = await readFile("examples/images/rocket.jpg");
 * mendJpeg(bytes.subarray(0, -2)).length === bytes.length; // true
 * ```
 */
export function mendJpeg(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  const scans = new ScanRecord();
  let mended = false;
  let inScan = false;
  let at = 2;
  for (;;) {
    const start = nextMarker(bytes, at);
    // Fill bytes are 0xff and no stray ones.
    mended ||= bytes.subarray(at, start).some((byte) => byte !== 0xff);
    const marker = bytes[start + 1];
    if (marker === undefined) break; // nothing but stray bytes to the end
    if (marker === eoi) {
      return mended ? joinBytes([...parts, bytes.subarray(start)]) : bytes;
    }
    if (marker === soi) return bytes;
    if (isBare(marker)) {
      if (parts.length > mostParts) return bytes;
      parts.push(bytes.subarray(start, start + 2));
      at = start + 2;
      continue;
    }
    const length = ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0);
    const end = start + 2 + length;
    // Cut short, no length at all, or no picture: the decoder says what is wrong.
    if (length < 2 || end > bytes.length || parts.length > mostParts) return bytes;
    const segment = bytes.subarray(start, end);
    const plain = scans.add(marker, segment);
    mended ||= plain !== segment;
    parts.push(plain);
    at = end;
    inScan = marker === sos;
    if (inScan) {
      at = scanEnd(bytes, end);
      parts.push(bytes.subarray(end, at));
    }
  }
  if (!scans.complete) return bytes;
  const whole = inScan ? withoutFill(parts) : parts;
  // Without the marker, the decoder comes to the file's end where it needs more.
  const end = scans.suffices(whole.at(-1)) ? [0xff, eoi] : [];
  return joinBytes([...whole, Uint8Array.from(end)]);
}

/**
 * Where a file's first scan begins, with its marker: behind all that may hold another picture, with an
 * end marker of its own. The file's length where there is no scan.
 */
export function firstScan(bytes: Uint8Array): number {
  for (const { marker, start } of segments(bytes)) if (marker === sos) return start;
  return bytes.length;
}

/** How many scans a picture has up to its end marker. */
export function countScans(bytes: Uint8Array): number {
  let count = 0;
  for (const { marker } of segments(bytes)) {
    if (marker === eoi && count > 0) break;
    if (marker === sos) count += 1;
  }
  return count;
}

/** Markers with a length behind them, or the picture's end. */
function* segments(
  bytes: Uint8Array,
): Generator<{ readonly marker: number; readonly start: number }> {
  for (let at = nextMarker(bytes, 2); at + 2 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    if (isBare(marker)) {
      at = nextMarker(bytes, at + 2);
      continue;
    }
    yield { marker, start: at };
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    at = nextMarker(bytes, at + 2 + (marker === eoi ? 0 : length));
  }
}

/** Where the next marker begins, as decoders look for it: 0xff and a byte that is neither 0 nor 0xff. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0 && next !== 0xff) return at;
  }
  return bytes.length;
}

/** Where a scan's data end: at the first marker that is no restart. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = nextMarker(bytes, from); ; at = nextMarker(bytes, at + 2)) {
    const marker = bytes[at + 1];
    if (marker === undefined) return bytes.length;
    if (marker < 0xd0 || marker > 0xd7) return at;
  }
}

/**
 * What a file of reserved size has behind a last scan without an end: zeros, which a decoder would take
 * for data of a scan that was cut short; and half an end marker.
 */
function withoutFill(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const last = parts.at(-1) ?? new Uint8Array();
  let end = last.length;
  while (end > 0 && last[end - 1] === 0) end--;
  // A zero behind 0xff belongs to it: 0xff itself.
  if (end > 0 && last[end - 1] === 0xff && end < last.length) end++;
  else if (end > 0 && last[end - 1] === 0xff) end--;
  return [...parts.slice(0, -1), last.subarray(0, end)];
}

/**
 * The file without so many bytes before its end marker, where these are one value over and over: padding,
 * and no leftovers of a scan that was misread. Nothing for anything else.
 */
export function withoutPadding(bytes: Uint8Array, count: number): Uint8Array | undefined {
  for (let end = bytes.length - 2; end > count; end = bytes.lastIndexOf(0xff, end - 1)) {
    if (bytes[end] !== 0xff || bytes[end + 1] !== eoi) continue;
    const padding = bytes.subarray(end - count, end);
    if (!padding.every((byte) => byte === padding[0])) return undefined;
    return joinBytes([bytes.subarray(0, end - count), bytes.subarray(end)]);
  }
  return undefined;
}

/** What a frame announces, and what its scans have brought. */
class ScanRecord {
  size: { readonly width: number; readonly height: number } | undefined;
  #progressive = false;
  #arithmetic = false;
  /** By component: the lowest bit that has come of each of 64 coefficients; 16 where none has. */
  readonly #bits = new Map<number, Uint8Array>();
  readonly #components: JpegComponent[] = [];
  readonly #tables = new Map<number, Uint8Array>();
  #restartInterval = 0;
  readonly #headers: Uint8Array[] = [];

  /** Whether every coefficient of every component has come to its last bit. */
  get complete(): boolean {
    // Arithmetic decoders go on without a word where their data end.
    if (this.#arithmetic || this.#bits.size === 0) return false;
    return [...this.#bits.values()].every((bits) => bits.every((bit) => bit === 0));
  }

  /**
   * Whether the data of the last scan are enough. Where there are several, decoders read all of them
   * before they give a pixel, and say what is missing themselves.
   */
  suffices(data: Uint8Array = new Uint8Array()): boolean {
    const [header, ...others] = this.#headers;
    if (this.#progressive || others.length > 0) return true;
    if (header === undefined || this.size === undefined) return false;
    const scan: SequentialScan = {
      ...this.size,
      components: this.#components,
      tables: this.#tables,
      restartInterval: this.#restartInterval,
      header,
      data,
    };
    return isWholeScan(scan);
  }

  /** Takes note of a segment, and gives it as it should be. */
  add(marker: number, segment: Uint8Array): Uint8Array {
    if (isFrame(marker)) this.#addFrame(marker, segment);
    else if (marker === dht) this.#addTables(segment);
    else if (marker === dri) this.#restartInterval = ((segment[4] ?? 0) << 8) | (segment[5] ?? 0);
    return marker === sos ? this.#addScan(segment) : segment;
  }

  /** SOFn: length, precision, height, width, and three bytes a component. */
  #addFrame(marker: number, segment: Uint8Array): void {
    if (segment.length < 10 || this.size !== undefined) return;
    const word = (at: number): number => (segment[at]! << 8) | segment[at + 1]!;
    this.size = { width: word(7), height: word(5) };
    this.#progressive = (marker & 3) === 2;
    this.#arithmetic = marker > 0xc8;
    for (let at = 10; at + 3 <= segment.length; at += 3) {
      const [id, sampling] = [segment[at]!, segment[at + 1]!];
      this.#bits.set(id, new Uint8Array(64).fill(16));
      this.#components.push({ id, horizontal: sampling >> 4, vertical: sampling & 15 });
    }
  }

  /** DHT: length, then tables of class and place, 16 counts, and as many values as these say. */
  #addTables(segment: Uint8Array): void {
    for (let at = 4; at + 17 <= segment.length; ) {
      const values = segment.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
      this.#tables.set(segment[at]!, segment.subarray(at + 1, at + 17 + values));
      at += 17 + values;
    }
  }

  /**
   * SOS: length, the number of components, two bytes for each, then which coefficients and bits. A
   * sequential scan has all of them, whatever some cameras write there.
   */
  #addScan(segment: Uint8Array): Uint8Array {
    const components = segment[4] ?? 0;
    const choice = 5 + 2 * components;
    if (segment.length !== choice + 3) return segment;
    const [from = 0, to = 63, approximation = 0] = segment.subarray(choice);
    this.#headers.push(segment);
    for (let i = 0; i < components; i++) {
      const bits = this.#bits.get(segment[5 + 2 * i] ?? -1);
      if (this.#progressive) bits?.fill(approximation & 15, from, Math.min(64, to + 1));
      else bits?.fill(0);
    }
    if (this.#progressive || (from === 0 && to === 63 && approximation === 0)) return segment;
    const plain = segment.slice();
    plain.set([0, 63, 0], choice);
    return plain;
  }
}
