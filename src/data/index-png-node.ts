/**
 * The indices of a palette PNG. Decoders hand out colours, but in a mask the index is the class, and
 * two indices may have one colour. So this reads what masks are made of (palette or grey, 1 to 8 bits,
 * not interlaced; PNG specification, sections 7 to 9) and nothing more.
 */
import { promisify } from "node:util";
import { describeError, MobileNetError } from "../errors.ts";
import { checkMemory, checkSize, type PictureLimits, resolveLimits } from "../image/limits.ts";
import { sniffImage } from "../image/sniff.ts";
import type { ClassMask } from "./samples.ts";

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** What the samples of a PNG are where they are no colours: indices of a palette, or levels of grey. */
export function indexKind(bytes: Uint8Array): "palette" | "grey" | undefined {
  const header = sniffImage(bytes)?.format === "png" ? readHeader(bytes) : undefined;
  if (header?.colorType === 3) return "palette";
  return header?.colorType === 0 ? "grey" : undefined;
}

/**
 * The samples of a palette or grey PNG, as they are stored.
 *
 * @throws MobileNetError `invalid-image` for another kind of file, a damaged or too large one.
 */
export async function decodeIndexPng(
  bytes: Uint8Array,
  options: PictureLimits = {},
): Promise<ClassMask> {
  const header = readHeader(bytes);
  const { width, height, bitDepth } = header;
  const limits = resolveLimits(options);
  checkSize(header, limits);
  checkKind(header);
  const stride = Math.ceil((width * bitDepth) / 8);
  const length = (stride + 1) * height;
  // The compressed rows in one piece, the rows, and their samples.
  checkMemory(bytes.length + length + width * height, header, limits);
  let rows: Uint8Array;
  try {
    // One byte more than needed, so that too much data does not pass for enough.
    const { inflate } = await import("node:zlib");
    rows = await promisify(inflate)(imageData(bytes), { maxOutputLength: length + 1 });
  } catch (error) {
    throw damaged(describeError(error), error);
  }
  if (rows.length !== length) throw damaged(`${rows.length} bytes of rows instead of ${length}`);
  unfilter(rows, stride, height);
  return { width, height, classMap: unpack(rows, header, stride) };
}

function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Signature (8), length (4), "IHDR" (4), then 13 bytes and their checksum.
  if (
    sniffImage(bytes)?.format !== "png" ||
    bytes.length < 33 ||
    view.getUint32(12) !== 0x49484452
  ) {
    throw damaged("no PNG header");
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    bitDepth: view.getUint8(24),
    colorType: view.getUint8(25),
    interlaced: view.getUint8(28) !== 0,
  };
}

function checkKind({ bitDepth, colorType, interlaced }: Header): void {
  const known = (colorType === 0 || colorType === 3) && [1, 2, 4, 8].includes(bitDepth);
  if (known && !interlaced) return;
  throw new MobileNetError("invalid-image", "the PNG has no indices that can be read", {
    expected: "a palette or grey PNG of up to 8 bits, not interlaced",
    received: `colour type ${colorType}, ${bitDepth} bits${interlaced ? ", interlaced" : ""}`,
    remedy: "Save the mask as a palette PNG whose indices are the classes.",
  });
}

/** The compressed samples: the contents of all IDAT chunks. */
function imageData(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (at + 12 + length > bytes.length) throw damaged("it is cut short");
    if (type === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === 0x49454e44) break;
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

/** Undoes each row's filter in place; with at most 8 bits a sample the left neighbour is one byte. */
function unfilter(rows: Uint8Array, stride: number, height: number): void {
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const filter = rows[start]!;
    if (filter > 4) throw damaged(`the unknown filter ${filter}`);
    for (let i = 1; i <= stride; i++) {
      const at = start + i;
      const left = i > 1 ? rows[at - 1]! : 0;
      const up = y > 0 ? rows[at - stride - 1]! : 0;
      const corner = i > 1 && y > 0 ? rows[at - stride - 2]! : 0;
      rows[at]! += predict(filter, left, up, corner);
    }
  }
}

/** The PNG filters: none, left, up, mean, and Paeth's choice of the nearest neighbour. */
function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** One sample a byte; the first sample of a byte is in its highest bits. */
function unpack(rows: Uint8Array, { width, height, bitDepth }: Header, stride: number): Uint8Array {
  const samples = new Uint8Array(width * height);
  const perByte = 8 / bitDepth;
  const mask = 2 ** bitDepth - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * (stride + 1) + 1;
    for (let x = 0; x < width; x++, to++) {
      const byte = rows[row + Math.floor(x / perByte)]!;
      samples[to] = (byte >> (8 - bitDepth * ((x % perByte) + 1))) & mask;
    }
  }
  return samples;
}

function damaged(received: string, cause?: unknown): MobileNetError {
  return new MobileNetError("invalid-image", "the mask is damaged", {
    expected: "a complete PNG file",
    received,
    cause,
  });
}
