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
import type { ImageSize, RgbImage } from "./image.ts";
import { checkSize } from "./limits.ts";
import { checkHeader, type ImageFormat } from "./sniff.ts";

/** Anything that a canvas can draw: `<img>`, `<video>`, `<canvas>`, ImageBitmap, VideoFrame. */
export type Drawable = Exclude<CanvasImageSource, SVGImageElement>;

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame), BMP and whatever else of AVIF and TIFF the browser
 * knows to 8-bit RGB. EXIF orientation is applied; alpha is laid on the background.
 *
 * @throws MobileNetError `invalid-image` if the bytes are no picture, damaged or larger than
 *   `maxPixels`; `aborted` if the signal fires.
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  checkBytes(bytes);
  const resolved = resolveDecodeOptions(options);
  throwIfAborted(resolved.signal);
  const { format } = checkHeader(bytes, resolved);
  // Rare in pages, and the decoder is our own: it comes with the first of them.
  if (format === "bmp") return (await import("./bmp.ts")).decodeBmp(bytes, resolved);
  const bitmap = await openBitmap(bytes, format).catch(async (cause: unknown) => {
    const mended = format === "jpeg" ? await mendedBitmap(bytes) : undefined;
    if (mended !== undefined) return mended;
    if (format === "heic") throw (await import("./heic.ts")).heicError("this browser", cause);
    throw new MobileNetError("invalid-image", `the ${format.toUpperCase()} picture is damaged`, {
      expected: "a complete file that this browser can decode",
      received: describeError(cause),
      cause,
    });
  });
  try {
    throwIfAborted(resolved.signal);
    const { width, height } = bitmap;
    return drawToRgb(bitmap, { width, height }, optionsFor(format, resolved));
  } finally {
    bitmap.close();
  }
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
 * at its own size.
 *
 * @throws MobileNetError `invalid-image` if the source has no pixels (yet), belongs to another site, or
 *   is larger than `maxPixels`.
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
  const whole = { ...resolveDecodeOptions(options), least: undefined };
  return drawToRgb(source, checkDrawable(source), whole);
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

/** Draws onto the background, at the size of a copy where that will do, then reads the pixels back. */
function drawToRgb(source: Drawable, size: ImageSize, options: ResolvedDecodeOptions): RgbImage {
  checkSize(size, options);
  const copy = copySize(size, options.least);
  const { width, height } = copy ?? size;
  try {
    const context = canvasContext(width, height);
    context.fillStyle = `rgb(${options.background.join(" ")})`;
    context.fillRect(0, 0, width, height);
    // The browsers' averages; the usual quality skips pixels.
    context.imageSmoothingQuality = "medium";
    context.drawImage(source, 0, 0, width, height);
    const image = pixelsToRgb(context.getImageData(0, 0, width, height), options);
    return copy === undefined ? image : { ...image, original: size };
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
