/** Pictures on one sheet, for people to look at. */
import type { RgbImage } from "../../image/image.ts";

/** Between pictures, in pixels. */
export const sheetGap = 4;

/** Pictures below each other, on white. */
export function stackPictures(images: readonly RgbImage[]): RgbImage {
  let top = 0;
  const places = images.map((image) => {
    const place = { image, left: 0, top };
    top += image.height + sheetGap;
    return place;
  });
  return layOut(places);
}

/** Pictures beside each other, on white. */
export function besidePictures(images: readonly RgbImage[]): RgbImage {
  let left = 0;
  const places = images.map((image) => {
    const place = { image, left, top: 0 };
    left += image.width + sheetGap;
    return place;
  });
  return layOut(places);
}

interface Place {
  readonly image: RgbImage;
  readonly left: number;
  readonly top: number;
}

function layOut(places: readonly Place[]): RgbImage {
  const width = Math.max(...places.map(({ image, left }) => left + image.width));
  const height = Math.max(...places.map(({ image, top }) => top + image.height));
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const { image, left, top } of places) {
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
      data.set(row, ((top + y) * width + left) * 3);
    }
  }
  return { width, height, data };
}
