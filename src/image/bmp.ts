/**
 * Windows and OS/2 bitmaps, decoded without help so that they work everywhere: 1, 4 and 8 bits with a
 * palette (also run-length coded), 16, 24 and 32 bits. Palette indices are available as such, for
 * class masks. Every size is checked against the file before anything is allocated; run-length codes,
 * which may leave pixels out, must be enough to write every pixel of a picture over 4 million.
 */
import { quote } from "../untrusted.ts";
import { type BmpHeader, bmpError, readBmpHeader } from "./bmp-header.ts";
import { checkBytes, type DecodeOptions, interleaveRgb, resolveDecodeOptions } from "./decode.ts";
import type { RgbImage } from "./image.ts";
import type { PictureLimits } from "./limits.ts";

/** A palette picture before its palette is applied. */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** One palette index a pixel, row by row from the top left. */
  readonly indices: Uint8Array;
  /** Red, green, blue of each index, 256 × 3. */
  readonly palette: Uint8Array;
}

/**
 * Decodes a bitmap to RGB. Alpha counts only where the header has a mask for it.
 *
 * @throws MobileNetError `invalid-image` if the file is no bitmap, damaged, cut short, or larger than
 *   a limit allows.
 *
 * @example
 * ```ts
 * // One red pixel: the file's header (14 bytes), the picture's (40), then blue, green, red and a filler.
 * const bytes = Uint8Array.from(Buffer.from(
 *   "424d3a000000000000003600000028000000010000000100000001001800000000000400000000000000" +
 *     "000000000000000000000000" + "0000ff00", "hex"));
 * Array.from(decodeBmp(bytes).data); // [255, 0, 0]
 * ```
 */
export function decodeBmp(
  bytes: Uint8Array,
  options: Omit<DecodeOptions, "signal"> = {},
): RgbImage {
  checkBytes(bytes);
  const { background, ...limits } = resolveDecodeOptions(options);
  const header = readBmpHeader(bytes, limits);
  const { width, height } = header;
  if (header.bitsPerPixel <= 8) {
    return { width, height, data: applyPalette(readIndices(bytes, header), header.palette) };
  }
  checkPixels(bytes, header);
  if (header.bitsPerPixel === 24) return { width, height, data: readBgr(bytes, header) };
  const rgba = readMasked(bytes, header);
  const count = width * height;
  return { width, height, data: interleaveRgb({ data: rgba, channels: 4, count, background }) };
}

/**
 * The palette indices of a bitmap of 1, 4 or 8 bits: the classes, where the file is a mask.
 *
 * @throws MobileNetError `invalid-image` as decodeBmp does, and for bitmaps without a palette.
 *
 * @example
 * ```ts
 * // One pixel of class 1, 8 bits, with a palette of two colours between the headers and the pixel.
 * const bytes = Uint8Array.from(Buffer.from(
 *   "424d42000000000000003e00000028000000010000000100000001000800000000000400000000000000" +
 *     "000000000200000000000000" + "0000000000008000" + "01000000", "hex"));
 * Array.from(decodeBmpIndices(bytes).indices); // [1]
 * ```
 */
export function decodeBmpIndices(bytes: Uint8Array, options: PictureLimits = {}): IndexedImage {
  checkBytes(bytes);
  const header = readBmpHeader(bytes, resolveDecodeOptions(options));
  if (header.bitsPerPixel > 8) {
    throw bmpError("no palette", "1, 4 or 8 bits a pixel", quote(header.bitsPerPixel));
  }
  const { width, height, palette } = header;
  return { width, height, indices: readIndices(bytes, header), palette };
}

/** The file must hold every row; only the padding of the last may be missing. */
function checkPixels(bytes: Uint8Array, header: BmpHeader): void {
  const rowBytes = Math.ceil((header.width * header.bitsPerPixel) / 8);
  const needed = header.pixelOffset + header.stride * (header.height - 1) + rowBytes;
  if (bytes.length < needed) {
    throw bmpError(
      "truncated file",
      `${needed} bytes for ${header.width} x ${header.height} pixels`,
      `${bytes.length}`,
    );
  }
}

/** Where row `y`, counted from the top, begins in the file. */
function rowStart(header: BmpHeader, y: number): number {
  const row = header.topDown ? y : header.height - 1 - y;
  return header.pixelOffset + row * header.stride;
}

function readIndices(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  if (header.encoding !== "plain") return readRunLengths(bytes, header);
  checkPixels(bytes, header);
  const { width, height, bitsPerPixel } = header;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let y = 0; y < height; y++) {
    const start = rowStart(header, y);
    for (let x = 0; x < width; x++) {
      const byte = bytes[start + Math.floor(x / perByte)]!;
      indices[y * width + x] = (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & mask;
    }
  }
  return indices;
}

/** Pictures up to this size need not have all their pixels in run-length codes: 2048 × 2048. */
const unwrittenPixels = 2048 * 2048;

/**
 * Run-length codes: `count index` repeats; `0 0` ends a row, `0 1` the picture, `0 2 dx dy` moves,
 * `0 n` copies n indices, padded to 2 bytes. Pixels never written are index 0; those that would fall
 * outside the picture are dropped. With 4 bits the index byte holds two pixels that alternate.
 */
function readRunLengths(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height } = header;
  const codes = Math.floor((bytes.length - header.pixelOffset) / 2);
  const mostPixels = Math.max(unwrittenPixels, codes * 255);
  if (width * height > mostPixels) {
    const expected = `at most ${mostPixels} pixels from ${codes} run-length codes`;
    throw bmpError("truncated file", expected, `${width} x ${height}`);
  }
  const indices = new Uint8Array(width * height);
  const nibbles = header.encoding === "rle4";
  let [at, x, y] = [header.pixelOffset, 0, height - 1];
  const put = (pair: number, i: number): void => {
    const index = nibbles ? (i % 2 === 0 ? pair >> 4 : pair & 15) : pair;
    if (x < width) indices[y * width + x++] = index;
  };
  while (y >= 0) {
    if (at + 2 > bytes.length) {
      throw bmpError("truncated file", "an end-of-bitmap code", `${bytes.length} bytes`);
    }
    const count = bytes[at]!;
    const value = bytes[at + 1]!;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(value, i);
    } else if (value === 0) {
      [x, y] = [0, y - 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > bytes.length) throw bmpError("truncated file", "a move of two bytes");
      x = Math.min(width, x + bytes[at]!);
      y -= bytes[at + 1]!;
      at += 2;
    } else {
      const length = nibbles ? Math.ceil(value / 2) : value;
      if (at + length > bytes.length) throw bmpError("truncated file", `${length} more bytes`);
      for (let i = 0; i < value; i++) put(bytes[at + (nibbles ? i >> 1 : i)]!, i);
      at += length + (length % 2);
    }
  }
  return indices;
}

function applyPalette(indices: Uint8Array, palette: Uint8Array): Uint8Array {
  const data = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    const entry = indices[i]! * 3;
    data[i * 3] = palette[entry]!;
    data[i * 3 + 1] = palette[entry + 1]!;
    data[i * 3 + 2] = palette[entry + 2]!;
  }
  return data;
}

function readBgr(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height } = header;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = rowStart(header, y); x < width; x++, from += 3, to += 3) {
      data[to] = bytes[from + 2]!;
      data[to + 1] = bytes[from + 1]!;
      data[to + 2] = bytes[from]!;
    }
  }
  return data;
}

/** 16- and 32-bit pixels by their masks, as RGBA; an alpha channel that is 0 throughout is unused. */
function readMasked(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bitsPerPixel, masks } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = [masks.red, masks.green, masks.blue, masks.alpha].map(channelScale);
  const rgba = new Uint8Array(width * height * 4);
  const pixelBytes = bitsPerPixel / 8;
  let anyAlpha = false;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = rowStart(header, y); x < width; x++, from += pixelBytes, to += 4) {
      const pixel = pixelBytes === 2 ? view.getUint16(from, true) : view.getUint32(from, true);
      for (let c = 0; c < 4; c++) {
        const { mask, shift, scale } = channels[c]!;
        rgba[to + c] = Math.round(((pixel & mask) >>> shift) * scale);
      }
      anyAlpha ||= rgba[to + 3] !== 0;
    }
  }
  if (!anyAlpha) for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  return rgba;
}

/** How a mask's bits become 0 to 255: their largest value is full brightness. */
function channelScale(mask: number): { mask: number; shift: number; scale: number } {
  if (mask === 0) return { mask, shift: 0, scale: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { mask, shift, scale: 255 / (mask >>> shift) };
}
