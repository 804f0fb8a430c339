/** The part of a picture that a call is about. */

import { cropImage, wholePixels } from "../../image/crop.ts";
import { type ImageSize, originalSize, type Rectangle, type RgbImage } from "../../image/image.ts";
import { isNumberIn } from "../../untrusted.ts";
import { badValue, fieldsOf } from "../../wrong-argument.ts";

/** A picture, or the region of one, with its pixels. */
export interface OpenedPicture {
  readonly image: RgbImage;
  /** The size of the whole picture, of which the image may be a smaller copy. */
  readonly whole: ImageSize;
  /** Whole pixels of the picture, where the image is no more than these. */
  readonly region?: Rectangle;
}

/**
 * The whole pixels that a region touches.
 *
 * @throws MobileNetError `invalid-argument` for no rectangle, or one outside the picture.
 */
export function cutRegion(image: RgbImage, region: Rectangle): OpenedPicture {
  const whole = originalSize(image);
  const { x, y, width, height } = fieldsOf(region);
  const far = Number.MAX_SAFE_INTEGER;
  const numbers = [x, y].every((edge) => isNumberIn(edge, -far, far));
  if (!numbers || ![width, height].every((edge) => isNumberIn(edge, Number.MIN_VALUE, far))) {
    throw badValue("bad region", "an object with x, y, width and height in pixels", region);
  }
  const part = wholePixels(region, whole);
  if (part.width === 0 || part.height === 0) {
    throw badValue(
      "the region does not lie within the picture",
      `a part of ${whole.width} x ${whole.height} pixels`,
      region,
    );
  }
  return { image: cropImage(image, part), whole, region: part };
}
