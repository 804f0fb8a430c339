/**
 * PNG files with exactly the bytes we mean. Class maps become palette pictures whose indices are the
 * classes, as in PASCAL VOC's own annotations; general encoders choose palettes of their own.
 */
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import { checkFields, type Kinds, needed, wholeFrom } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { fieldsOf, shownLength } from "../wrong-argument.ts";
import type { RgbaPixels } from "./decode.ts";
import { checkRgbImage, isEdge, type RgbImage } from "./image.ts";
import { vocPalette } from "./palette.ts";

const compress = promisify(deflate);

/** A class map to be written as a palette PNG. */
export interface IndexedPngRequest {
  /** One class a pixel, row by row from the top left: `height × width`. */
  readonly classMap: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each class, up to 256 × 3; PASCAL VOC's colours unless given. */
  readonly palette?: Uint8Array | undefined;
}

/**
 * Encodes a class map as an 8-bit palette PNG whose indices are the classes.
 *
 * @throws MobileNetError `invalid-argument` if the classes do not fill the size, or one has no colour.
 *
 * @example
 * ```ts
 * const png = await encodeIndexedPng({ classMap: Uint8Array.of(0, 15), width: 2, height: 1 });
 * String.fromCharCode(...png.subarray(1, 4)); // "PNG"
 * ```
 */
export async function encodeIndexedPng(request: IndexedPngRequest): Promise<Uint8Array> {
  const { classMap, width, height, palette = vocPalette() } = request;
  if (!isEdge(width) || !isEdge(height) || classMap.length !== width * height) {
    throw new MobileNetError("invalid-argument", "the classes do not fill the picture", {
      expected: `${width * height} classes for ${width} x ${height} pixels`,
      received: shownLength(classMap),
    });
  }
  const colors = palette.length / 3;
  const highest = classMap.reduce((high, index) => Math.max(high, index), 0);
  if (!Number.isInteger(colors) || colors > 256 || highest >= colors) {
    throw new MobileNetError("invalid-argument", "the palette does not cover the classes", {
      expected: `red, green and blue of ${highest + 1} to 256 colours`,
      received: `${palette.length} bytes`,
    });
  }
  const rows = new Uint8Array((width + 1) * height); // each row: filter 0 (none), then indices
  for (let y = 0; y < height; y++) {
    rows.set(classMap.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return pngFile({ width, height, colorType: 3, rows, palette });
}

/** Grey levels to be written as a PNG. */
export interface GreyPngRequest {
  /** `height × width`, row by row from the top left; of a Uint16Array all 16 bits are kept. */
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
}

const edge = needed(wholeFrom(1));

const greyKinds: Kinds<GreyPngRequest> = {
  data: needed({
    expected: "a Uint8Array or Uint16Array",
    fits: (value) => value instanceof Uint8Array || value instanceof Uint16Array,
  }),
  width: edge,
  height: edge,
};

/**
 * Encodes grey levels as a PNG of 8 or 16 bits without a palette.
 *
 * @throws MobileNetError `invalid-argument` if the levels do not fill the size.
 *
 * @example
 * ```ts
 * const png = await encodeGreyPng({ data: Uint16Array.of(0, 65535), width: 2, height: 1 });
 * String.fromCharCode(...png.subarray(1, 4)); // "PNG"
 * ```
 */
export async function encodeGreyPng(request: GreyPngRequest): Promise<Uint8Array> {
  checkFields(request, greyKinds, "encodeGreyPng");
  const { data, width, height } = request;
  if (data.length !== width * height) {
    throw new MobileNetError("invalid-argument", "the levels do not fill the picture", {
      expected: `${width * height} levels for ${width} x ${height} pixels`,
      received: shownLength(data),
    });
  }
  const depth = data instanceof Uint16Array ? 16 : 8;
  const stride = (width * depth) / 8 + 1;
  const rows = Buffer.alloc(stride * height); // each row: filter 0 (none), then levels
  data.forEach((level, i) => {
    const at = Math.floor(i / width) * stride + 1;
    const x = i % width;
    if (depth === 16) rows.writeUInt16BE(level, at + 2 * x);
    else rows[at + x] = level;
  });
  return pngFile({ width, height, colorType: 0, depth, rows });
}

/**
 * Encodes a picture as a PNG of 24 bits a pixel, or of 32 with alpha.
 *
 * @throws MobileNetError `invalid-image` for a malformed picture.
 *
 * @example
 * ```ts
 * const png = await encodePng({ width: 1, height: 1, data: Uint8Array.of(255, 0, 0) });
 * String.fromCharCode(...png.subarray(1, 4)); // "PNG"
 * ```
 */
export async function encodePng(image: RgbImage | RgbaPixels): Promise<Uint8Array> {
  const { width, height, data } = fieldsOf(image) as unknown as RgbImage | RgbaPixels;
  const channels = data?.length === width * height * 4 && isEdge(width) && isEdge(height) ? 4 : 3;
  if (channels === 3) checkRgbImage(image as RgbImage);
  const stride = width * channels;
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (stride + 1);
    rows[to] = 4; // Paeth: the best of the five filters for photographs
    for (let i = 0; i < stride; i++) {
      const at = y * stride + i;
      const left = i < channels ? 0 : data[at - channels]!;
      const up = y === 0 ? 0 : data[at - stride]!;
      const corner = i < channels || y === 0 ? 0 : data[at - stride - channels]!;
      rows[to + 1 + i] = data[at]! - paeth(left, up, corner);
    }
  }
  return pngFile({ width, height, colorType: channels === 4 ? 6 : 2, rows });
}

/** The neighbour nearest to `left + up − corner`; ties go to left, then up. */
function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

interface PngParts {
  readonly width: number;
  readonly height: number;
  /** 0: grey, 2: RGB, 3: palette, 6: RGB and alpha. */
  readonly colorType: 0 | 2 | 3 | 6;
  /** Bits of a sample. Default: 8. */
  readonly depth?: 8 | 16;
  /** Filtered rows, each after its filter byte. */
  readonly rows: Uint8Array;
  readonly palette?: Uint8Array;
}

async function pngFile(parts: PngParts): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(parts.width, 0);
  header.writeUInt32BE(parts.height, 4);
  header.set([parts.depth ?? 8, parts.colorType], 8);
  const file = Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    ...(parts.palette === undefined ? [] : [pngChunk("PLTE", parts.palette)]),
    pngChunk("IDAT", await compress(parts.rows)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}

/** Length, type, content, and the checksum of type and content. */
export function pngChunk(type: string, content: Uint8Array): Buffer {
  const out = Buffer.alloc(content.length + 12);
  out.writeUInt32BE(content.length, 0);
  out.write(type, 4, "latin1");
  out.set(content, 8);
  out.writeUInt32BE(crc32(out.subarray(4, content.length + 8)), content.length + 8);
  return out;
}
