/**
 * What decoding means wherever it runs: its options, and how pixels of one, two, three or four
 * channels become plain RGB. `decode-node.ts` and `decode-browser.ts` do the decoding itself.
 */
import { MobileNetError } from "../errors.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { quote } from "../untrusted.ts";
import {
  type Color,
  checkColor,
  checkRgbImage,
  type ImageSize,
  isEdge,
  type RgbImage,
  white,
} from "./image.ts";
import {
  checkSize,
  type PictureLimits,
  pictureLimitNames,
  type ResolvedLimits,
  resolveLimits,
} from "./limits.ts";
import { refuseDetached } from "./refuse-detached.ts";
import type { ImageFormat } from "./sniff.ts";

/** How encoded bytes become an RgbImage. */
export interface DecodeOptions extends PictureLimits {
  /** What transparent pixels are laid on. White unless given. */
  readonly background?: Color | undefined;
  /**
   * The size that a smaller copy must have at least, given the picture's own. Where half the picture's
   * size or less is enough, JPEG and WebP files are decoded to such a copy, which is quicker and smaller;
   * its `original` is the picture's size; what a page can draw is drawn to it. Other pictures, and all
   * where this is absent, are decoded whole.
   */
  readonly least?: LeastSize | undefined;
  /** Cancels the work. */
  readonly signal?: AbortSignal | undefined;
}

/** How small a copy of a picture of some size may be. */
export type LeastSize = (size: ImageSize) => ImageSize;

/** Decoding options with every default filled in. */
export interface ResolvedDecodeOptions extends ResolvedLimits {
  readonly background: Color;
  readonly least: LeastSize | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Pixels such as a canvas's ImageData: red, green, blue, alpha bytes, `height × width × 4`. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const optionNames: OptionNames<DecodeOptions> = {
  ...pictureLimitNames,
  background: true,
  least: true,
  signal: true,
};

/** Fills in and checks decoding options. */
export function resolveDecodeOptions(options: DecodeOptions = {}): ResolvedDecodeOptions {
  checkOptions(options, optionNames, "decodeImage");
  const { background = white, least, signal } = options;
  checkColor(background, "background");
  return { ...resolveLimits(options), background, least, signal };
}

/** The options that count for a kind of file: these two are decoded to a copy more quickly than whole. */
export function optionsFor(
  format: ImageFormat,
  options: ResolvedDecodeOptions,
): ResolvedDecodeOptions {
  const shrinks = format === "jpeg" || format === "webp";
  return shrinks ? options : { ...options, least: undefined };
}

/** Decoders shrink by twos on the way; less than one is not worth other pixels. */
const leastShrink = 2;

/** The size of the copy to which a picture is decoded; undefined where it is decoded whole. */
export function copySize(size: ImageSize, least: LeastSize | undefined): ImageSize | undefined {
  if (least === undefined) return undefined;
  const { width, height } = least(size);
  const shrink = Math.min(size.width / width, size.height / height);
  if (!(shrink >= leastShrink)) return undefined;
  return { width: Math.ceil(size.width / shrink), height: Math.ceil(size.height / shrink) };
}

/** Checks that the input of a decoder is bytes at all. */
export function checkBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) {
    throw new MobileNetError("invalid-argument", "not the bytes of a picture", {
      expected: "a Uint8Array",
      received: quote(bytes),
      remedy: "Read the file first, or wrap an ArrayBuffer with new Uint8Array(buffer).",
    });
  }
  refuseDetached(bytes);
}

/**
 * An RgbImage from pixels in memory: RGB stays as it is (not copied), RGBA such as a canvas's
 * ImageData is laid on the background.
 *
 * @throws MobileNetError `invalid-image` if the bytes fill neither `width × height × 3` nor `× 4`, or
 *   the picture exceeds a limit.
 *
 * @example
 * ```ts
 * const transparent = { width: 1, height: 1, data: Uint8Array.of(255, 0, 0, 0) };
 * Array.from(pixelsToRgb(transparent).data); // [255, 255, 255]
 * ```
 */
export function pixelsToRgb(pixels: RgbaPixels | RgbImage, options: DecodeOptions = {}): RgbImage {
  const { background, ...limits } = resolveDecodeOptions(options);
  const { width, height, data } = pixels;
  const { original } = pixels as RgbImage;
  const rest = original === undefined ? {} : { original };
  if (isEdge(width) && isEdge(height)) {
    checkSize({ width, height }, limits);
    const count = width * height;
    if (data?.length === count * 4 && data.BYTES_PER_ELEMENT === 1) {
      const rgb = interleaveRgb({ data, channels: 4, count, background });
      return { width, height, data: rgb, ...rest };
    }
    if (data?.length === count * 3 && data instanceof Uint8ClampedArray) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return { width, height, data: bytes, ...rest };
    }
  }
  const image = { width, height, data: data as Uint8Array, ...rest };
  checkRgbImage(image);
  return image;
}

/** Interleaved bytes: grey, grey and alpha, RGB, or RGBA by the number of channels. */
interface InterleavedPixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly channels: 1 | 2 | 3 | 4;
  /** Pixels, not bytes. */
  readonly count: number;
  readonly background: Color;
}

/** Grey is repeated three times; alpha mixes pixel and background, rounded to the nearest byte. */
export function interleaveRgb({
  data,
  channels,
  count,
  background,
}: InterleavedPixels): Uint8Array {
  const rgb = new Uint8Array(count * 3);
  const grey = channels < 3;
  const hasAlpha = channels % 2 === 0;
  const [greenAt, blueAt] = grey ? [0, 0] : [1, 2];
  const [red, green, blue] = background;
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels, to += 3) {
    const alpha = hasAlpha ? data[from + channels - 1]! : 255;
    rgb[to] = mix(data[from]!, red, alpha);
    rgb[to + 1] = mix(data[from + greenAt]!, green, alpha);
    rgb[to + 2] = mix(data[from + blueAt]!, blue, alpha);
  }
  return rgb;
}

/** `over · alpha + under · (1 − alpha)` in bytes, rounded to nearest. */
function mix(over: number, under: number, alpha: number): number {
  return Math.floor((over * alpha + under * (255 - alpha) + 127) / 255);
}
