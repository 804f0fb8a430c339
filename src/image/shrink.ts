/**
 * Smaller copies of pictures that are decoded already: each pixel of the copy is the mean of the area
 * that it covers. Decoders make copies of JPEG and WebP files by themselves, and more quickly.
 */
import { copySize, type LeastSize } from "./decode.ts";
import { checkRgbImage, type ImageSize, type RgbImage } from "./image.ts";

/**
 * A picture as it is, or a smaller copy where that is large enough: the size is the one to which a
 * decoder would have brought it.
 *
 * @param least - The size that a copy must have at least, given the picture's own.
 */
export function shrinkToLeast(image: RgbImage, least: LeastSize): RgbImage {
  checkRgbImage(image);
  if (image.original !== undefined) return image;
  const size = copySize(image, least);
  return size === undefined ? image : averageAreas(image, size);
}

/** A copy of no more pixels in either direction, each the mean of its area, rounded to the nearest byte. */
export function averageAreas(image: RgbImage, size: ImageSize): RgbImage {
  const columns = spansOf(image.width, size.width);
  const rows = spansOf(image.height, size.height);
  const data = new Uint8Array(size.width * size.height * 3);
  const sums = new Float64Array(size.width * 3);
  for (const [y, { first, weights }] of rows.entries()) {
    sums.fill(0);
    for (const [i, weight] of weights.entries())
      addRow(image, first + i, { columns, weight, sums });
    const start = y * size.width * 3;
    for (let i = 0; i < sums.length; i++) data[start + i] = Math.round(sums[i]!);
  }
  const original = { width: image.width, height: image.height };
  return { width: size.width, height: size.height, data, original };
}

/** The pixels that lie under one of the copy, and their shares of it, which sum to 1. */
interface Span {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Divides a number of pixels evenly among those of the copy. */
function spansOf(pixels: number, copies: number): readonly Span[] {
  const each = pixels / copies;
  return Array.from({ length: copies }, (_, index) => {
    const [start, end] = [index * each, Math.min(pixels, (index + 1) * each)];
    const first = Math.floor(start);
    const weights = Float64Array.from({ length: Math.ceil(end) - first }, (__, i) => {
      const covered = Math.min(end, first + i + 1) - Math.max(start, first + i);
      return covered / each;
    });
    return { first, weights };
  });
}

/** Adds a row of the picture to sums of the copy's width. */
function addRow(
  { width, data }: RgbImage,
  row: number,
  {
    columns,
    weight: share,
    sums,
  }: {
    readonly columns: readonly Span[];
    readonly weight: number;
    readonly sums: Float64Array;
  },
): void {
  const start = row * width * 3;
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x]!;
    let [red, green, blue] = [0, 0, 0];
    for (let i = 0, at = start + first * 3; i < weights.length; i++, at += 3) {
      const weight = weights[i]!;
      red += weight * data[at]!;
      green += weight * data[at + 1]!;
      blue += weight * data[at + 2]!;
    }
    sums[x * 3]! += share * red;
    sums[x * 3 + 1]! += share * green;
    sums[x * 3 + 2]! += share * blue;
  }
}
