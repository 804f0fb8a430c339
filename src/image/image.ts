/**
 * A decoded picture: the one form that every decoder makes and every task takes, together with the
 * rectangles that say which part of it is meant.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { badValue, fieldsOf } from "../wrong-argument.ts";
import { refuseDetached } from "./refuse-detached.ts";

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
  refuseDetached(image);
  const { width, height, data, original } = fieldsOf(image);
  if (!isEdge(width) || !isEdge(height)) {
    throw new MobileNetError("invalid-image", "the picture has no area", {
      expected: "a width and a height of at least 1 pixel",
      received: `${quote(width)} x ${quote(height)}`,
    });
  }
  if (!(data instanceof Uint8Array) || data.length !== width * height * 3) {
    throw new MobileNetError("invalid-image", "the pixels do not fill the picture", {
      expected: `a Uint8Array of ${width * height * 3} bytes for ${width} x ${height} RGB pixels`,
      received: data instanceof Uint8Array ? `${data.length} bytes` : quote(data),
      remedy: "Give three bytes a pixel, red, green and blue, without alpha or row padding.",
    });
  }
  if (original === undefined) return;
  const { width: across, height: down } = fieldsOf(original);
  if (isEdge(across) && isEdge(down) && across >= width && down >= height) return;
  throw badValue("bad original of a picture", `at least ${width} x ${height}`, original);
}

/** Checks that a colour is three bytes; `what` names it in the error. */
export function checkColor(color: Color, what: string): void {
  const bytes =
    Array.isArray(color) &&
    color.length === 3 &&
    color.every((c) => Number.isInteger(c) && c >= 0 && c <= 255);
  if (!bytes) {
    throw badValue(
      `bad ${what} colour`,
      "red, green and blue as whole numbers from 0 to 255",
      color,
    );
  }
}
