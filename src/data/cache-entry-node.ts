/**
 * A picture's pixels as a file of the cache: what it belongs to, its sizes and its bytes as they are, with
 * a hash of all that. Whatever is not as it was written is no entry, so that its picture is decoded anew.
 */
import { createHash } from "node:crypto";
import { isEdge, type RgbImage } from "../image/image.ts";

/** Begins every entry; the digit counts changes of the layout. */
const magic = "mnv2rgb1";
const hashAt = 8;
const keyAt = 40;
const sizesAt = 72;

/** Bytes before the pixels. */
export const headerBytes = 88;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/**
 * An entry's bytes: magic, SHA-256 of what follows it, key, width, height, those of the original or
 * zeros, as 32-bit numbers (little-endian), and the pixels.
 *
 * @param key - 32 bytes.
 */
export function encodeEntry(key: Uint8Array, image: RgbImage): Uint8Array {
  const { width, height, original, data } = image;
  const bytes = new Uint8Array(headerBytes + data.length);
  bytes.set(new TextEncoder().encode(magic));
  bytes.set(key, keyAt);
  const sizes = [width, height, original?.width ?? 0, original?.height ?? 0];
  const view = new DataView(bytes.buffer);
  for (const [i, size] of sizes.entries()) view.setUint32(sizesAt + 4 * i, size, true);
  bytes.set(data, headerBytes);
  bytes.set(sha256(bytes.subarray(keyAt)), hashAt);
  return bytes;
}

/** The picture of an entry; undefined where it is damaged, cut short or that of another key. */
export function decodeEntry(key: Uint8Array, bytes: Uint8Array): RgbImage | undefined {
  if (bytes.length < headerBytes) return undefined;
  if (!equal(bytes.subarray(0, hashAt), new TextEncoder().encode(magic))) return undefined;
  if (!equal(bytes.subarray(keyAt, sizesAt), key)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = (i: number): number => view.getUint32(sizesAt + 4 * i, true);
  const [width, height, across, down] = [size(0), size(1), size(2), size(3)];
  if (!isEdge(width) || !isEdge(height)) return undefined;
  if (bytes.length !== headerBytes + width * height * 3) return undefined;
  const copy = across !== 0 || down !== 0;
  if (copy && (across < width || down < height)) return undefined;
  if (!equal(bytes.subarray(hashAt, keyAt), sha256(bytes.subarray(keyAt)))) return undefined;
  const original = copy ? { original: { width: across, height: down } } : {};
  return { width, height, data: bytes.subarray(headerBytes), ...original };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
