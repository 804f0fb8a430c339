/**
 * What a JPEG's headers say about the cost of decoding it. A picture in several scans (progressive ones,
 * and those whose components come one after the other) is decoded as a whole before its first pixel, so
 * that all of its coefficients are in memory, and each scan passes over them again.
 */
import { MobileNetError } from "../errors.ts";
import { countScans, firstScan } from "./jpeg-stream.ts";
import { frameOffset, isProgressive } from "./sniff.ts";

/** The most scans of a picture; encoders write about ten. */
const mostScans = 100;

/** What decoding a picture in several scans costs. */
export interface ScannedJpeg {
  /** Bytes of the coefficients of all components, 2 for each. */
  readonly coefficientBytes: number;
}

/** Where a marker stands in a file, from an offset on; −1 where there is none. */
export type FindMarker = (marker: number, from: number) => number;

/**
 * The cost of a picture in several scans; nothing for one in a single scan, which is decoded line by line.
 *
 * @param find - How markers are looked for, where there is a faster way than this one's.
 * @throws MobileNetError `invalid-image` for more than 100 scans, which a file of any size may have.
 *
 * @example
 * ```ts
 * scannedJpeg(await readFile("examples/images/rocket.jpg")); // undefined
 * ```
 */
export function scannedJpeg(
  bytes: Uint8Array,
  find: FindMarker = (marker, from) => findMarker(bytes, marker, from),
): ScannedJpeg | undefined {
  const frame = frameOffset(bytes);
  const scan = firstScan(bytes);
  // SOFn: marker, length, precision, height, width, and how many components follow.
  const count = frame === undefined ? undefined : bytes[frame + 9];
  if (frame === undefined || count === undefined) return undefined;
  // SOS: marker, length, and how many components the scan has.
  if (!isProgressive(bytes) && bytes[scan + 4] === count) return undefined;
  // What follows the picture (a film, more pictures) has such markers, too.
  if (countMarkers(scan + 2, find) >= mostScans && countScans(bytes) > mostScans) {
    throw tooManyScans();
  }
  return { coefficientBytes: coefficientBytes(bytes, frame, count) };
}

const sos = 0xda;

/** Scans from an offset on, and whatever looks like one; counted no further than the most. */
function countMarkers(from: number, find: FindMarker): number {
  let count = 0;
  for (let at = find(sos, from); at >= 0 && count < mostScans; at = find(sos, at + 2)) count += 1;
  return count;
}

/** Components have `width × height`, times what their sampling is of the finest. */
function coefficientBytes(bytes: Uint8Array, frame: number, count: number): number {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const sampling = Array.from({ length: count }, (_, i) => bytes[frame + 11 + 3 * i] ?? 0x11);
  const across = sampling.map((factors) => factors >> 4 || 1);
  const down = sampling.map((factors) => factors & 15 || 1);
  const finest = Math.max(...across) * Math.max(...down);
  const samples = across.reduce((sum, factor, i) => sum + factor * down[i]!, 0);
  return (2 * word(frame + 7) * word(frame + 5) * samples) / finest;
}

function findMarker(bytes: Uint8Array, marker: number, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && bytes[at + 1] !== marker) at = bytes.indexOf(0xff, at + 1);
  return at;
}

function tooManyScans(): MobileNetError {
  return new MobileNetError("invalid-image", "the JPEG picture has too many scans", {
    expected: `at most ${mostScans}, each of which takes the time of a picture`,
    remedy: "Save it anew with an image editor.",
  });
}
