/**
 * Decoding in a page or a worker, with the browser's own decoders: `createImageBitmap` and a canvas.
 * The file's header is checked first, so that size limits and refusals are those of `decode-node.ts`;
 * JPEG pixels may differ by a step or two between browsers.
 */
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import {
  checkBytes,
  copySize,
  type DecodeOptions,
  optionsFor,
  pixelsToRgb,
  type ResolvedDecodeOptions,
  type RgbaPixels,
  resolveDecodeOptions,
} from "./decode.ts";
import type { Drawable } from "./drawable.ts";
import type { ImageSize, RgbImage } from "./image.ts";
import { checkMemory, checkSize, noLimits } from "./limits.ts";
import { checkHeader, type ImageFormat, type ImageHeader, isProgressive } from "./sniff.ts";

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame), BMP and whatever else of AVIF and TIFF the browser
 * knows to 8-bit RGB. EXIF orientation is applied; alpha is laid on the background.
 *
 * @throws MobileNetError `invalid-image` if the bytes are no picture, damaged or larger than
 *   a limit allows; `aborted` if the signal fires.
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  checkBytes(bytes);
  const resolved = resolveDecodeOptions(options);
  throwIfAborted(resolved.signal);
  const { format, size } = checkHeader(bytes, resolved);
  // Rare in pages, and the decoder is our own: it comes with the first of them.
  if (format === "bmp") return (await import("./bmp.ts")).decodeBmp(bytes, resolved);
  const wanted = optionsFor(format, resolved);
  await checkCost(bytes, { format, size }, wanted);
  const { source, original } =
    (await openScaled(bytes, { format, size }, wanted)) ?? (await openWhole(bytes, format));
  try {
    throwIfAborted(resolved.signal);
    return drawToRgb(source, original, wanted);
  } finally {
    source.close();
  }
}

/** What a canvas is to draw, and the picture's own size. */
interface Opened {
  readonly source: ImageBitmap | VideoFrame;
  readonly original: ImageSize;
}

/** Pixels of a JPEG in one pass whose scans are not looked for: those of most pages. */
const mostUnread = 4e6;

/** What the first bytes do not tell, before the browser allocates anything. */
async function checkCost(
  bytes: Uint8Array,
  header: ImageHeader,
  options: ResolvedDecodeOptions,
): Promise<void> {
  const { format } = header;
  let { size } = header;
  if (format === "tiff") size = (await import("./tiff-header.ts")).readTiffHeader(bytes);
  if (format === "avif" || format === "heic") {
    size = (await import("./heif-header.ts")).readHeifSize(bytes);
  }
  if (size === undefined) return;
  checkSize(size, options);
  // What a small picture in several scans holds and takes is within bounds as well.
  const large = size.width * size.height > mostUnread;
  const scanned =
    format === "jpeg" && (large || isProgressive(bytes))
      ? (await import("./jpeg-frame.ts")).scannedJpeg(bytes)
      : undefined;
  // The browser's four bytes a pixel, and RGB; a copy is small.
  const pixelBytes = copySize(size, options.least) === undefined ? 7 : 4;
  const held = size.width * size.height * pixelBytes + (scanned?.coefficientBytes ?? 0);
  checkMemory(held, size, options);
}

async function openScaled(
  bytes: Uint8Array,
  { format, size }: ImageHeader,
  { least }: ResolvedDecodeOptions,
): Promise<Opened | undefined> {
  const may = format === "jpeg" && typeof ImageDecoder === "function";
  if (!may || size === undefined || copySize(size, least) === undefined) return undefined;
  const { scaledJpeg } = await import("./scaled-jpeg-browser.ts");
  return await scaledJpeg(bytes, size, least!);
}

async function openWhole(bytes: Uint8Array, format: ImageFormat): Promise<Opened> {
  const source = await openBitmap(bytes, format).catch(async (cause: unknown) => {
    const mended = format === "jpeg" ? await mendedBitmap(bytes) : undefined;
    if (mended !== undefined) return mended;
    if (format === "heic") throw (await import("./heic.ts")).heicError("this browser", cause);
    const known = format !== "tiff" && format !== "avif";
    const what = known ? "is damaged" : "is damaged, or of a kind that this browser does not know";
    throw new MobileNetError("invalid-image", `the ${format.toUpperCase()} picture ${what}`, {
      expected: "a complete file that this browser can decode",
      received: describeError(cause),
      remedy: known ? "Fetch or save it again." : "Convert it to JPEG, PNG or WebP.",
      cause,
    });
  });
  return { source, original: source };
}

function openBitmap(bytes: Uint8Array, format: ImageFormat): Promise<ImageBitmap> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${format}` });
  return createImageBitmap(blob, {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
  });
}

/** A JPEG whose end marker alone is missing; browsers refuse it. */
async function mendedBitmap(bytes: Uint8Array): Promise<ImageBitmap | undefined> {
  const mended = (await import("./jpeg-stream.ts")).mendJpeg(bytes);
  return mended === bytes ? undefined : openBitmap(mended, "jpeg").catch(() => undefined);
}

/**
 * An RgbImage from whatever a page has at hand: RGB or RGBA pixels, or anything a canvas can draw,
 * at its own size or, where `least` allows it, drawn smaller.
 *
 * @throws MobileNetError `invalid-image` if the source has no pixels (yet), belongs to another site, or
 *   is larger than a limit allows.
 *
 * @example
 * ```ts
 * const image = toRgbImage({ width: 1, height: 1, data: Uint8Array.of(255, 0, 0, 255) });
 * Array.from(image.data); // [255, 0, 0]
 * ```
 */
export function toRgbImage(
  source: RgbImage | RgbaPixels | Drawable,
  options: DecodeOptions = {},
): RgbImage {
  if (isPixels(source)) return pixelsToRgb(source, options);
  return drawToRgb(source, checkDrawable(source), resolveDecodeOptions(options));
}

/** Pixels carry their bytes as `data`; a canvas of some libraries has a method of that name. */
function isPixels(source: RgbImage | RgbaPixels | Drawable): source is RgbImage | RgbaPixels {
  return "data" in source && typeof source.data !== "function";
}

/** Whether a value is made like something that a canvas can draw. */
export function isDrawable(value: unknown): value is Drawable {
  if (typeof value !== "object" || value === null || isPixels(value as RgbImage)) return false;
  return "width" in value || "videoWidth" in value || "displayWidth" in value;
}

/**
 * A drawable's own size.
 *
 * @throws MobileNetError `invalid-image` where it has no pixels (yet).
 */
export function checkDrawable(source: Drawable): ImageSize {
  const size = drawableSize(source);
  if (size.width > 0 && size.height > 0) return size;
  throw new MobileNetError("invalid-image", "nothing to draw", {
    expected: "a picture or a video whose pixels have arrived",
    received: `${size.width} x ${size.height}`,
    remedy: "Await image.decode(), or the video's loadeddata event.",
  });
}

/** A drawable's own size in pixels, whatever size it is shown at. */
function drawableSize(source: Drawable): ImageSize {
  if ("naturalWidth" in source) {
    return { width: source.naturalWidth, height: source.naturalHeight };
  }
  if ("videoWidth" in source) return { width: source.videoWidth, height: source.videoHeight };
  if ("displayWidth" in source) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
}

/** What is drawn and read back at a time: 16 MB. */
const bandPixels = 4_000_000;

/** Draws onto the background, at the size of a copy where that will do, and reads the pixels back. */
function drawToRgb(
  source: Drawable,
  { width: ownWidth, height: ownHeight }: ImageSize,
  options: ResolvedDecodeOptions,
): RgbImage {
  const original = { width: ownWidth, height: ownHeight };
  checkSize(original, options);
  const copy = copySize(original, options.least);
  const { width, height } = copy ?? original;
  const rows = Math.min(height, Math.ceil(bandPixels / width));
  try {
    const data = new Uint8Array(width * height * 3);
    // Bands of one canvas: browsers limit its size, and a second copy of the picture takes memory.
    const context = canvasContext(width, rows);
    context.fillStyle = `rgb(${options.background.join(" ")})`;
    // The browsers' averages; the usual quality skips pixels.
    context.imageSmoothingQuality = "medium";
    for (let y = 0; y < height; y += rows) {
      context.fillRect(0, 0, width, rows);
      context.drawImage(source, 0, -y, width, height);
      const band = context.getImageData(0, 0, width, Math.min(rows, height - y));
      data.set(
        pixelsToRgb(band, { ...noLimits, background: options.background }).data,
        y * width * 3,
      );
    }
    return { width, height, data, ...(copy === undefined ? {} : { original }) };
  } catch (cause) {
    if (cause instanceof MobileNetError) throw cause;
    throw new MobileNetError("invalid-image", "the picture's pixels cannot be read", {
      expected: "a source of this site, or one served with CORS headers",
      received: describeError(cause),
      remedy: 'Set crossOrigin = "anonymous" before src.',
      cause,
    });
  }
}

function canvasContext(
  width: number,
  height: number,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const settings = { willReadFrequently: true };
  let context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (typeof OffscreenCanvas === "function") {
    context = new OffscreenCanvas(width, height).getContext("2d", settings);
  } else {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    context = canvas.getContext("2d", settings) as CanvasRenderingContext2D | null;
  }
  if (context === null) {
    throw new MobileNetError("unsupported", "this browser gives no 2d canvas", {
      expected: `a canvas of ${width} x ${height}`,
      remedy: "Scale the picture down, or pass RGB pixels.",
    });
  }
  return context;
}
