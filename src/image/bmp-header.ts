/**
 * The header of a Windows or OS/2 bitmap, read with every offset checked against the file's length.
 * Bitmaps come with headers of 12, 40, 52, 56, 64, 108 or 124 bytes; the later ones only add fields.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { checkMemory, checkSize, type ResolvedLimits } from "./limits.ts";

/** How the pixels of a bitmap are stored. */
export type BmpEncoding = "plain" | "rle8" | "rle4" | "masks";

/** Which bits of a 16- or 32-bit pixel hold each channel; 0 where there is no such channel. */
export interface ChannelMasks {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

/** Everything needed to read a bitmap's pixels. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Rows run from the top down; most bitmaps run from the bottom up. */
  readonly topDown: boolean;
  readonly bitsPerPixel: 1 | 4 | 8 | 16 | 24 | 32;
  readonly encoding: BmpEncoding;
  readonly masks: ChannelMasks;
  /** Red, green, blue of each palette entry, 256 × 3; entries that the file lacks are black. */
  readonly palette: Uint8Array;
  /** Bytes from the start of the file to the first row. */
  readonly pixelOffset: number;
  /** Bytes from one row to the next, a multiple of 4. */
  readonly stride: number;
}

const fileHeaderBytes = 14;
const encodings: readonly (BmpEncoding | undefined)[] = [
  "plain",
  "rle8",
  "rle4",
  "masks",
  undefined,
  undefined,
  "masks",
];
const depths: Record<BmpEncoding, readonly number[]> = {
  plain: [1, 4, 8, 16, 24, 32],
  rle8: [8],
  rle4: [4],
  masks: [16, 32],
};

/** Reads and checks a bitmap's header, palette and masks. */
export function readBmpHeader(bytes: Uint8Array, limits: ResolvedLimits): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requireBytes(bytes, fileHeaderBytes + 12);
  if (view.getUint16(0) !== 0x424d) {
    throw bmpError("not a bitmap", "a file that begins with BM");
  }
  const headerBytes = view.getUint32(14, true);
  if (![12, 40, 52, 56, 64, 108, 124].includes(headerBytes)) {
    throw bmpError("bad header", "12, 40, 52, 56, 64, 108 or 124 header bytes", quote(headerBytes));
  }
  requireBytes(bytes, fileHeaderBytes + headerBytes);
  const core = headerBytes === 12;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const [topDown, height] = [signedHeight < 0, Math.abs(signedHeight)];
  checkSize({ width, height }, limits);

  const bitsPerPixel = view.getUint16(core ? 24 : 28, true);
  checkMemory(width * height * bytesHeld(bitsPerPixel), { width, height }, limits);
  const compression = core ? 0 : view.getUint32(30, true);
  // In the 64-byte OS/2 header 3 and 4 mean other compressions, which nobody writes.
  const encoding = headerBytes === 64 && compression > 2 ? undefined : encodings[compression];
  if (encoding === undefined || !depths[encoding].includes(bitsPerPixel)) {
    throw bmpError(
      "unknown pixel format",
      "1, 4, 8, 16, 24 or 32 bits, plain, run-length coded or with masks",
      `${bitsPerPixel} bits with compression ${compression}`,
    );
  }
  if (topDown && encoding.startsWith("rle")) {
    throw bmpError("bad header", "run-length coded rows from the bottom up", "rows from the top");
  }

  const masksInside = headerBytes >= 52;
  const maskBytes = encoding === "masks" && !masksInside ? (compression === 6 ? 16 : 12) : 0;
  const paletteAt = fileHeaderBytes + headerBytes + maskBytes;
  requireBytes(bytes, paletteAt);
  const hasAlphaMask = headerBytes >= 56 || compression === 6;
  const pixelOffset = view.getUint32(10, true);
  if (pixelOffset < paletteAt || pixelOffset > bytes.length) {
    throw bmpError(
      "bad pixel offset",
      `${paletteAt} to the file's ${bytes.length} bytes`,
      quote(pixelOffset),
    );
  }
  const used = core || bitsPerPixel > 8 ? 0 : view.getUint32(46, true);
  return {
    width,
    height,
    topDown,
    bitsPerPixel: bitsPerPixel as BmpHeader["bitsPerPixel"],
    encoding,
    masks: encoding === "masks" ? readMasks(view, hasAlphaMask) : plainMasks(bitsPerPixel),
    palette: readPalette({
      bytes: bytes.subarray(paletteAt, pixelOffset),
      entryBytes: core ? 3 : 4,
      entries: bitsPerPixel > 8 ? 0 : Math.min(used || 256, 2 ** bitsPerPixel),
    }),
    pixelOffset,
    stride: Math.ceil((width * bitsPerPixel) / 32) * 4,
  };
}

/** Bytes a pixel while it is decoded: RGB, and the indices or the RGBA that it is made of. */
function bytesHeld(bitsPerPixel: number): number {
  return 3 + (bitsPerPixel <= 8 ? 1 : bitsPerPixel === 24 ? 0 : 4);
}

/** Masks stand right after the 40-byte header, or as its continuation in the longer ones. */
function readMasks(view: DataView, hasAlphaMask: boolean): ChannelMasks {
  const at = fileHeaderBytes + 40;
  const masks = {
    red: view.getUint32(at, true),
    green: view.getUint32(at + 4, true),
    blue: view.getUint32(at + 8, true),
    alpha: hasAlphaMask ? view.getUint32(at + 12, true) : 0,
  };
  for (const [channel, mask] of Object.entries(masks)) {
    // A contiguous run of bits: adding its lowest bit clears all of it.
    const lowest = (mask & -mask) >>> 0;
    const sum = mask + lowest;
    if ((sum & mask) >>> 0 !== 0) {
      throw bmpError(
        `bad ${channel} mask`,
        "one run of bits",
        `0x${mask.toString(16).padStart(8, "0")}`,
      );
    }
  }
  return masks;
}

/** Without masks 16 bits are 5 each, and the fourth byte of 32 is unused. */
function plainMasks(bitsPerPixel: number): ChannelMasks {
  return bitsPerPixel === 16
    ? { red: 0x7c00, green: 0x03e0, blue: 0x001f, alpha: 0 }
    : { red: 0xff0000, green: 0x00ff00, blue: 0x0000ff, alpha: 0 };
}

/** Palette entries are blue, green, red and, but for OS/2's, an unused byte. */
function readPalette(source: {
  readonly bytes: Uint8Array;
  readonly entryBytes: number;
  readonly entries: number;
}): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  const { bytes, entryBytes } = source;
  const entries = Math.min(source.entries, Math.floor(bytes.length / entryBytes));
  for (let i = 0; i < entries; i++) {
    palette[i * 3] = bytes[i * entryBytes + 2]!;
    palette[i * 3 + 1] = bytes[i * entryBytes + 1]!;
    palette[i * 3 + 2] = bytes[i * entryBytes]!;
  }
  return palette;
}

function requireBytes(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) {
    throw bmpError("truncated file", `at least ${needed} bytes`, `${bytes.length}`);
  }
}

/** An `invalid-image` error of a bitmap. */
export function bmpError(summary: string, expected: string, received?: string): MobileNetError {
  return new MobileNetError("invalid-image", summary, { node: "BMP", expected, received });
}
