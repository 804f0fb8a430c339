/**
 * How large a picture may be: its area, its edges, and what decoding it would hold. A few bytes can claim
 * any size, so these are checked from the header, before anything is allocated.
 */
import { MobileNetError } from "../errors.ts";
import type { OptionNames } from "../option-names.ts";
import { isNumberIn } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";
import type { ImageSize } from "./image.ts";

/** What pictures are refused for; raise a limit only where the pictures' source is trusted. */
export interface PictureLimits {
  /** The largest `width × height` of a picture. Default: 100 million, 300 MB as RGB. */
  readonly maxPixels?: number | undefined;
  /**
   * The longest edge of a picture in pixels. Default: 65,535, the longest that JPEG and GIF have. Decoders
   * work line by line, so that pictures of one line or one column cost far more than their area says.
   */
  readonly maxEdge?: number | undefined;
  /**
   * The most bytes that decoding one picture may hold, its pixels included, as estimated from its header;
   * about 24 MB of the decoder's own come on top. Default: a billion, which suffices for 100 megapixels of
   * JPEG or plain PNG, for 33 of AVIF.
   */
  readonly maxDecodeBytes?: number | undefined;
}

/** Limits with every default filled in. */
export type ResolvedLimits = { readonly [Name in keyof PictureLimits]-?: number };

/** The names of the limits, for tables of options. */
export const pictureLimitNames: OptionNames<PictureLimits> = {
  maxPixels: true,
  maxEdge: true,
  maxDecodeBytes: true,
};

/** What holds unless the caller says otherwise. */
export const defaultLimits: ResolvedLimits = {
  maxPixels: 1e8,
  maxEdge: 65_535,
  maxDecodeBytes: 1e9,
};

/** No limits, for what another will check. */
export const noLimits: ResolvedLimits = {
  maxPixels: Number.POSITIVE_INFINITY,
  maxEdge: Number.POSITIVE_INFINITY,
  maxDecodeBytes: Number.POSITIVE_INFINITY,
};

/** The limits among other options, to be passed on. */
export function pickLimits({ maxPixels, maxEdge, maxDecodeBytes }: PictureLimits): PictureLimits {
  return { maxPixels, maxEdge, maxDecodeBytes };
}

/**
 * Fills in and checks limits.
 *
 * @throws MobileNetError `invalid-argument` for what is no number of at least 1.
 */
export function resolveLimits(options: PictureLimits): ResolvedLimits {
  const limits = { ...defaultLimits };
  for (const name of Object.keys(limits) as (keyof PictureLimits)[]) {
    const { [name]: limit = limits[name] } = options;
    if (!isNumberIn(limit, 1, Number.POSITIVE_INFINITY)) {
      throw badValue(`bad ${name}`, "a number of at least 1", limit);
    }
    limits[name] = limit;
  }
  return limits;
}

/** Refuses a size without area, with too long an edge, or with too many pixels. */
export function checkSize({ width, height }: ImageSize, limits: ResolvedLimits): void {
  const received = `${width} x ${height}`;
  // No number, too, is none of at least 1.
  if (!(width >= 1 && height >= 1)) {
    throw new MobileNetError("invalid-image", "the picture's header has no area", {
      expected: "a width and a height of at least 1 pixel",
      received,
    });
  }
  const { maxPixels, maxEdge } = limits;
  if (width * height > maxPixels)
    throw tooLarge(`at most ${maxPixels} pixels`, received, "maxPixels");
  if (Math.max(width, height) > maxEdge) {
    throw tooLarge(`edges of at most ${maxEdge} pixels`, received, "maxEdge");
  }
}

/** Refuses a picture whose decoding is estimated to hold too many bytes. */
export function checkMemory(
  bytes: number,
  { width, height }: ImageSize,
  { maxDecodeBytes }: ResolvedLimits,
): void {
  if (bytes <= maxDecodeBytes) return;
  const received = `about ${Math.round(bytes)} for ${width} x ${height} pixels`;
  throw tooLarge(`at most ${maxDecodeBytes} bytes to decode it`, received, "maxDecodeBytes");
}

function tooLarge(expected: string, received: string, limit: keyof PictureLimits): MobileNetError {
  const option = limit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new MobileNetError("invalid-image", "the picture is too large", {
    expected,
    received,
    remedy: `Scale the picture down, or raise ${limit} (--${option} N on the command line) if its source is trusted.`,
  });
}
