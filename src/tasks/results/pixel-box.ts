/** Boxes in whole pixels, for whoever cuts pictures. */
import { checkFields } from "../../check-fields.ts";
import { boxKind } from "../../image/check-box.ts";
import { wholePixels } from "../../image/crop.ts";
import { type ImageSize, isEdge, type Rectangle } from "../../image/image.ts";
import { badValue, fieldsOf } from "../../wrong-argument.ts";

/** A box in whole pixels, as sharp's `extract` takes it. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  /** At least 1. */
  readonly width: number;
  /** At least 1. */
  readonly height: number;
}

/**
 * The whole pixels that a box touches, at least one. Boxes of a result lie in their picture, and so does
 * what this gives for them.
 *
 * @param box - In pixels of the picture, as `detect` gives it.
 * @param picture - Its size, for boxes that may reach out of it.
 * @throws MobileNetError `invalid-argument` for no box of finite numbers, or no size.
 *
 * @example
 * ```ts
 * pixelBox({ x: 10.25, y: 3.5, width: 5, height: 0.25 }); // { left: 10, top: 3, width: 6, height: 1 }
 * // sharp(photograph).extract(pixelBox(detection.box))
 * ```
 */
export function pixelBox(box: Rectangle, picture?: ImageSize): PixelBox {
  checkFields({ box }, { box: { ...boxKind, needed: true } }, "pixelBox");
  const numbers = [box.x, box.y, box.width, box.height];
  if (!numbers.every(Number.isFinite)) throw badValue("bad box", "finite numbers", box);
  const far = Number.MAX_SAFE_INTEGER;
  const { width, height } = picture === undefined ? { width: far, height: far } : sizeOf(picture);
  const { x, y, ...size } = wholePixels(box, { width, height });
  // A box without area, or outside the picture, is the nearest pixel.
  return {
    left: Math.min(x, width - 1),
    top: Math.min(y, height - 1),
    width: Math.max(size.width, 1),
    height: Math.max(size.height, 1),
  };
}

function sizeOf(picture: ImageSize): ImageSize {
  const { width, height } = fieldsOf(picture);
  if (isEdge(width) && isEdge(height)) return { width, height };
  throw badValue("bad picture of pixelBox", "an object with width and height", picture);
}
