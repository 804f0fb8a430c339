/**
 * A decoded picture: the one form that every decoder makes and every task takes, together with the
 * rectangles that say which part of it is meant.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** Red, green and blue bytes, interleaved, row by row from the top left: `height × width × 3`. */
export interface RgbImage extends ImageSize {
  readonly data: Uint8Array;
  /** The size of the picture that this is a smaller copy of; its own where absent. */
  readonly original?: ImageSize | undefined;
}

/** A picture's size in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A picture's own size, where its pixels may be those of a smaller copy. */
export function originalSize({ width, height, original }: RgbImage): ImageSize {
  return original ?? { width, height };
}

/** An upright rectangle in pixels; `x` and `y` are its left and top edges. May lie between pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A red, green and blue byte. */
export type Color = readonly [red: number, green: number, blue: number];

/** White: what transparent pixels stand on unless the caller says otherwise. */
export const white: Color = [255, 255, 255];

/** Whether a value is a whole number of pixels that a picture's edge can have. */
export function isEdge(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/**
 * Checks that a picture's bytes are as many as its edges say.
 *
 * @throws MobileNetError `invalid-image` if an edge is not a whole number above 0 or the bytes are
 *   not `width × height × 3`.
 */
export function checkRgbImage(image: RgbImage): void {
  if (!isEdge(image.width) || !isEdge(image.height)) {
    throw new MobileNetError("invalid-image", "the picture has no area", {
      expected: "a width and a height of at least 1 pixel",
      received: `${quote(image.width)} x ${quote(image.height)}`,
    });
  }
  if (!(image.data instanceof Uint8Array) || image.data.length !== image.width * image.height * 3) {
    throw new MobileNetError("invalid-image", "the pixels do not fill the picture", {
      expected: `a Uint8Array of ${image.width * image.height * 3} bytes for ${image.width} x ${image.height} RGB pixels`,
      received: image.data instanceof Uint8Array ? `${image.data.length} bytes` : quote(image.data),
      remedy: "Give three bytes a pixel, red, green and blue, without alpha or row padding.",
    });
  }
  const { width, height, original } = image;
  if (original === undefined) return;
  if (isEdge(original.width) && isEdge(original.height)) {
    if (original.width >= width && original.height >= height) return;
  }
  throw new MobileNetError("invalid-image", "the picture is no smaller copy of its original", {
    expected: `an original of at least ${width} x ${height}`,
    received: quote(original),
  });
}

/** Checks that a colour is three bytes; `what` names it in the error. */
export function checkColor(color: Color, what: string): void {
  const bytes =
    Array.isArray(color) &&
    color.length === 3 &&
    color.every((c) => Number.isInteger(c) && c >= 0 && c <= 255);
  if (!bytes) {
    throw new MobileNetError("invalid-argument", `bad ${what} colour`, {
      expected: "red, green and blue as whole numbers from 0 to 255",
      received: quote(color),
    });
  }
}
