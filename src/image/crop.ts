/** A part of a picture, as a picture of its own. */
import { type ImageSize, originalSize, type Rectangle, type RgbImage } from "./image.ts";

/** The whole pixels that a rectangle touches, cut to the picture; without area where it lies outside. */
export function wholePixels(box: Rectangle, { width, height }: ImageSize): Rectangle {
  const left = Math.min(Math.max(Math.floor(box.x), 0), width);
  const top = Math.min(Math.max(Math.floor(box.y), 0), height);
  const right = Math.min(Math.max(Math.ceil(box.x + box.width), left), width);
  const bottom = Math.min(Math.max(Math.ceil(box.y + box.height), top), height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The pixels of a part.
 *
 * @param part - Whole pixels of the picture, of which it may be a smaller copy; inside, with an area.
 */
export function cropImage(image: RgbImage, part: Rectangle): RgbImage {
  const { width, height } = originalSize(image);
  const [across, down] = [image.width / width, image.height / height];
  const own = { x: part.x * across, y: part.y * down };
  const copied = { ...own, width: part.width * across, height: part.height * down };
  const from = wholePixels(copied, image);
  const data = new Uint8Array(from.width * from.height * 3);
  for (let row = 0; row < from.height; row++) {
    const start = ((from.y + row) * image.width + from.x) * 3;
    data.set(image.data.subarray(start, start + from.width * 3), row * from.width * 3);
  }
  const crop = { width: from.width, height: from.height, data };
  if (image.original === undefined) return crop;
  return { ...crop, original: { width: part.width, height: part.height } };
}
