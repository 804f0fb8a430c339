/**
 * Decoding in Node, with sharp (libvips and libjpeg-turbo) for everything but bitmaps. Pixel values
 * are those of the file: no colour-profile conversion, as in the decoders that the published weights
 * were trained with.
 */
import { explainFileLimit } from "../disk/file-error-node.ts";
import { loadSharp, type SharpModule, whyAbsent } from "../disk/packages-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { decodeBmp } from "./bmp.ts";
import {
  checkBytes,
  copySize,
  type DecodeOptions,
  interleaveRgb,
  optionsFor,
  type ResolvedDecodeOptions,
  resolveDecodeOptions,
} from "./decode.ts";
import { fillAround, firstFrame } from "./gif.ts";
import { heicError } from "./heic.ts";
import { readHeifSize } from "./heif-header.ts";
import type { ImageSize, RgbImage } from "./image.ts";
import { type FindMarker, scannedJpeg } from "./jpeg-frame.ts";
import { firstScan, mendJpeg, withoutPadding } from "./jpeg-stream.ts";
import { checkMemory, checkSize, type ResolvedLimits } from "./limits.ts";
import { withoutRemarks } from "./png-remarks.ts";
import { checkHeader, type ImageFormat } from "./sniff.ts";
import { readTiffHeader } from "./tiff-header.ts";
import { type DecodeFacts, decodeMemory } from "./vips-memory.ts";

type Metadata = import("sharp").Metadata;

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame), BMP, AVIF or TIFF (first page) to 8-bit RGB. EXIF
 * orientation is applied; grey, palette, CMYK and 16-bit pictures become RGB; alpha is laid on the
 * background, and so is the canvas around a GIF's first frame. Stray bytes between a JPEG's segments and
 * a missing end marker are no damage. SVG and PDF are refused, since they can refer to other files.
 *
 * @throws MobileNetError `invalid-image` if the bytes are no picture, damaged, cut short or larger than
 *   a limit allows; `missing-dependency` without sharp; `aborted` if the signal fires.
 *
 * @example
 * ```ts
 * const { width, height } = await decodeImage(await readFile("examples/images/rocket.jpg"));
 * [width, height]; // [640, 427]
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  checkBytes(bytes);
  const given = resolveDecodeOptions(options);
  const { background, signal } = given;
  throwIfAborted(signal);
  const { format } = checkHeader(bytes, given);
  if (format === "bmp") return decodeBmp(bytes, given);
  const cost = costOf(bytes, format, given);
  const sharp = await sharpHere();
  const resolved = { ...optionsFor(format, given), cost };
  try {
    if (format === "jpeg") return await decodeJpeg(sharp, bytes, resolved);
    const file = format === "png" ? withoutRemarks(bytes) : bytes;
    const image = await decodeStrictly(sharp, file, resolved);
    const frame = format === "gif" ? firstFrame(bytes) : undefined;
    if (frame !== undefined) fillAround(image, frame, background);
    return image;
  } catch (error) {
    if (error instanceof MobileNetError) throw error;
    throw format === "heic" ? heicError("sharp", error) : damaged(format, error);
  }
}

/** What only a format's own header says of a picture's cost. */
interface Cost {
  readonly format: ImageFormat;
  readonly coefficientBytes?: number;
  readonly tile?: ImageSize | undefined;
  readonly planeRows?: number | undefined;
}

interface Decoding extends ResolvedDecodeOptions {
  readonly cost: Cost;
}

/** Reads what the decoder's own reading of headers leaves out, or takes long for. */
function costOf(bytes: Uint8Array, format: ImageFormat, limits: ResolvedLimits): Cost {
  if (format === "jpeg") return { format, ...scannedJpeg(bytes, markerFinder(bytes)) };
  if (format === "tiff") {
    const { tile, planeRows, ...size } = readTiffHeader(bytes);
    checkSize(size, limits);
    return { format, tile, planeRows };
  }
  const size = format === "avif" ? readHeifSize(bytes) : undefined;
  if (size !== undefined) checkSize(size, limits);
  return { format };
}

/**
 * Stray bytes outside the scans are no damage. The decoder says where there are any, so that a file with
 * an end marker is read for them only after it was refused; without one the decoder may take what
 * follows the last scan for data of it.
 */
async function decodeJpeg(
  sharp: SharpModule,
  bytes: Uint8Array,
  options: Decoding,
): Promise<RgbImage> {
  const whole = hasEnd(bytes) ? await decodeOrSay(sharp, bytes, options) : undefined;
  if (whole !== undefined && "data" in whole) return whole;
  const plain = mendJpeg(bytes);
  const mended =
    whole !== undefined && plain === bytes ? whole : await decodeOrSay(sharp, plain, options);
  if ("data" in mended) return mended;
  // Behind a scan's end only the decoder knows how many.
  const { refusal } = mended;
  const count = /: (\d{1,9}) extraneous bytes before marker 0xd9/.exec(describeError(refusal))?.[1];
  const stripped = count === undefined ? undefined : withoutPadding(plain, Number(count));
  if (stripped === undefined) throw refusal;
  return await decodeStrictly(sharp, stripped, options);
}

/** Whether an end marker stands somewhere behind the beginning of the first scan. */
function hasEnd(bytes: Uint8Array): boolean {
  return markerFinder(bytes)(0xd9, firstScan(bytes)) >= 0;
}

/** Ten times as fast as looking at each byte 0xff. */
function markerFinder({ buffer, byteOffset, length }: Uint8Array): FindMarker {
  const file = Buffer.from(buffer, byteOffset, length);
  return (marker, from) => file.indexOf(Buffer.of(0xff, marker), from);
}

/** The picture, or what the decoder has against it. */
async function decodeOrSay(
  sharp: SharpModule,
  bytes: Uint8Array,
  options: Decoding,
): Promise<RgbImage | { readonly refusal: unknown }> {
  try {
    return await decodeStrictly(sharp, bytes, options);
  } catch (refusal) {
    if (refusal instanceof MobileNetError) throw refusal;
    return { refusal };
  }
}

async function decodeStrictly(
  sharp: SharpModule,
  bytes: Uint8Array,
  { background, least, signal, cost, ...limits }: Decoding,
): Promise<RgbImage> {
  // "warning", the strictest: a picture that its decoder had to guess at gives plausible but wrong
  // labels. Trailing bytes and stray markers in JPEG files still pass.
  const settings = {
    failOn: "warning",
    // It knows none above; a header of more is refused for what it would hold.
    limitInputPixels: limits.maxPixels < 2 ** 31 ? Math.floor(limits.maxPixels) : false,
  } as const;
  const header = await sharp(bytes, settings).metadata();
  checkSize(header, limits);
  throwIfAborted(signal);
  const original = header.autoOrient;
  const copy = copySize(original, least);
  checkMemory(decodeMemory({ ...factsOf(header), ...cost, copy }), header, limits);
  const oriented = sharp(bytes, { ...settings, ignoreIcc: header.space !== "cmyk" }).autoOrient();
  const sized = copy === undefined ? oriented : oriented.resize({ ...copy, ...shrinking });
  const { data, info } = await sized
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  throwIfAborted(signal);
  const { width, height, channels } = info;
  const count = width * height;
  const rgb =
    channels === 3
      ? new Uint8Array(data.buffer, data.byteOffset, data.length)
      : interleaveRgb({ data, channels, count, background });
  return { width, height, data: rgb, ...(copy === undefined ? {} : { original }) };
}

/** What the decoder has read of a picture. */
function factsOf(header: Metadata): Omit<DecodeFacts, "format" | "copy"> {
  const { width, height, channels, depth, hasAlpha, isProgressive, orientation = 1 } = header;
  return {
    width,
    height,
    channels,
    sampleBytes: sampleBytes[depth] ?? 16,
    hasAlpha,
    interlaced: isProgressive,
    turned: orientation > 1,
    coefficientBytes: isProgressive ? 2 * channels * width * height : 0,
    tile: undefined,
    planeRows: undefined,
  };
}

/** By libvips' names of kinds of numbers; there are complex ones, too. */
const sampleBytes: Partial<Record<string, number>> = {
  ...{ char: 1, uchar: 1, short: 2, ushort: 2 },
  ...{ int: 4, uint: 4, float: 4, complex: 8, double: 8 },
};

/** The decoder's own scaling by twos, and the rest by averages. */
const shrinking = { fit: "fill", kernel: "linear", fastShrinkOnLoad: true } as const;

async function sharpHere(): Promise<SharpModule> {
  try {
    return await loadSharp();
  } catch (error) {
    const limited = explainFileLimit(error);
    if (limited !== error) throw limited;
    throw new MobileNetError("missing-dependency", "pictures are decoded with sharp", {
      expected: "the package sharp",
      received: whyAbsent(error),
      remedy: "Install it with: npm install sharp (or pass RGB pixels instead of a file).",
      cause: error,
    });
  }
}

function damaged(format: ImageFormat, cause: unknown): MobileNetError {
  return new MobileNetError("invalid-image", `the ${format.toUpperCase()} picture is damaged`, {
    expected: "a complete file that can be decoded",
    received: describeError(cause),
    remedy: "Fetch the file again, or save it anew with an image editor.",
    cause,
  });
}
