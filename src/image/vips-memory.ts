/**
 * How much memory libvips and its decoders hold for a picture, by what its header says: measured with
 * pictures of 3 to 48 megapixels of every kind, in processes of their own, and rounded up.
 */
import type { ImageSize } from "./image.ts";
import type { ImageFormat } from "./sniff.ts";

/** What a picture's header says of the cost of decoding it. */
export interface DecodeFacts extends ImageSize {
  readonly format: ImageFormat;
  /** Samples of a pixel in the file, 1 to 4 or, in TIFF, more. */
  readonly channels: number;
  /** Bytes of a sample while it is decoded: 1, 2, 4 or 8. */
  readonly sampleBytes: number;
  readonly hasAlpha: boolean;
  /** Rows come in several passes (PNG). */
  readonly interlaced: boolean;
  /** The picture is turned or mirrored once it is decoded. */
  readonly turned: boolean;
  /** Of a JPEG in several scans; else 0. */
  readonly coefficientBytes: number;
  /** Of a TIFF in tiles. */
  readonly tile: ImageSize | undefined;
  /** Rows of a strip of a TIFF whose colours are stored apart. */
  readonly planeRows: number | undefined;
  /** The size of the smaller copy that is made in place of the picture. */
  readonly copy: ImageSize | undefined;
}

/** What is held of every line that is under way. */
const linesHeld = 512;

/**
 * Bytes that decoding holds at most, its result included.
 *
 * @example
 * ```ts
 * const facts = { format: "jpeg", channels: 3, sampleBytes: 1, hasAlpha: false, interlaced: false } as const;
 * const photograph = { ...facts, width: 4000, height: 3000, turned: false, coefficientBytes: 0 };
 * const inStrips = { tile: undefined, planeRows: undefined };
 * decodeMemory({ ...photograph, ...inStrips, copy: undefined }); // 44192000
 * ```
 */
export function decodeMemory(facts: DecodeFacts): number {
  const { width, height, channels, sampleBytes, copy } = facts;
  const pixelBytes = channels * sampleBytes;
  const lines = Math.min(height, linesHeld) * width * Math.max(4, pixelBytes);
  // Turning a copy holds it as it was shrunk on the way: up to twice as wide and as high.
  const turned = (copy === undefined ? width * height : copy.width * copy.height * 4) * pixelBytes;
  const held = heldWhole(facts) + lines + (facts.turned ? turned : 0);
  return held + result(copy ?? facts, facts.hasAlpha);
}

/** RGB; what comes with alpha is RGBA besides. */
function result({ width, height }: ImageSize, hasAlpha: boolean): number {
  return width * height * (hasAlpha ? 7 : 3);
}

/** What a format's decoder holds of the whole picture besides its lines. */
function heldWhole(facts: DecodeFacts): number {
  const { format, width, height, channels, sampleBytes, copy, tile } = facts;
  const pixels = width * height;
  if (format === "jpeg") return facts.coefficientBytes;
  if (format === "png") return facts.interlaced ? pixels * channels * sampleBytes : 0;
  // Lossless files have four bytes a pixel in any case, and files with alpha one more; a whole picture
  // has its frame besides.
  if (format === "webp") return pixels * (copy === undefined ? 7 : 5);
  // A canvas, and the frame that is drawn on it.
  if (format === "gif") return pixels * 5;
  if (format === "tiff") return tile === undefined ? planes(facts) : 2 * tileRow(facts, tile);
  // AVIF: planes of 16 bits, what is predicted from, and the picture.
  return pixels * 27;
}

/** Colours that are stored apart are put together strip by strip: a strip of all, and of one. */
function planes({ width, channels, sampleBytes, planeRows = 0 }: DecodeFacts): number {
  return planeRows * width * (channels + 1) * sampleBytes;
}

/** Bytes of the tiles that stand beside each other. */
function tileRow({ width, channels, sampleBytes }: DecodeFacts, tile: ImageSize): number {
  const across = Math.ceil(width / tile.width);
  return across * tile.width * tile.height * channels * sampleBytes;
}
