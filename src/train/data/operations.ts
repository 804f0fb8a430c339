/** What policies do to a picture's bytes, as Pillow and torchvision define it; each gives a new picture. */
import type { RgbImage } from "../../image/image.ts";

/** Source from target: `x' = a x + b y + c`, `y' = d x + e y + f`, at pixels' centres. */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The nearest pixel of where each comes from; black where that is outside. */
export function transform(image: RgbImage, [a, b, c, d, e, f]: AffineMap): RgbImage {
  const { width, height, data } = image;
  const moved = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c);
      const fromY = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f);
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const [from, to] = [(fromY * width + fromX) * 3, (y * width + x) * 3];
      for (let channel = 0; channel < 3; channel++) {
        moved[to + channel] = data[from + channel]!;
      }
    }
  }
  return { width, height, data: moved };
}

/** Each byte through a function. */
export function mapBytes(image: RgbImage, change: (value: number) => number): RgbImage {
  const table = Uint8Array.from({ length: 256 }, (_, value) => change(value));
  return { ...image, data: image.data.map((value) => table[value]!) };
}

/** `other + factor (value − other)`: 1 leaves the picture, 0 gives the other, more goes beyond. */
export function blend(image: RgbImage, other: (i: number) => number, factor: number): RgbImage {
  const data = image.data.map((value, i) => {
    const from = other(i);
    return Math.min(255, Math.max(0, from + factor * (value - from)));
  });
  return { ...image, data };
}

/** The grey of the pixel whose red byte is at `i`, as Rec. 601 weighs colours. */
export function greyOf(data: Uint8Array, i: number): number {
  const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
  return Math.floor(0.2989 * red + 0.587 * green + 0.114 * blue);
}

/** The mean grey of all pixels. */
export function meanGrey({ data }: RgbImage): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += greyOf(data, i);
  return (3 * sum) / data.length;
}

/** A little blurred: each pixel five times and its eight neighbours once; edges stay. */
export function smooth({ width, height, data }: RgbImage): Uint8Array {
  const smoothed = data.slice();
  const row = 3 * width;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      let sum = 4 * data[i]!;
      for (let up = i - row; up <= i + row; up += row) {
        sum += data[up - 3]! + data[up]! + data[up + 3]!;
      }
      smoothed[i] = Math.round(sum / 13);
    }
  }
  return smoothed;
}

/** Each channel stretched from 0 to 255. */
export function autoContrast(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const least = counts.findIndex((count) => count > 0);
    const most = counts.findLastIndex((count) => count > 0);
    if (least >= most) return (value) => value;
    return (value) => ((value - least) * 255) / (most - least);
  });
}

/** Each channel's values spread so that all are about as frequent. */
export function equalize(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const last = counts.findLast((count) => count > 0) ?? 0;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const step = Math.floor((total - last) / 255);
    if (step === 0) return (value) => value;
    let before = Math.floor(step / 2);
    const table = Array.from(counts, (count) => {
      const value = Math.min(255, Math.floor(before / step));
      before += count;
      return value;
    });
    return (value) => table[value]!;
  });
}

/** Each channel's bytes through a function of its histogram. */
function perChannel(
  image: RgbImage,
  changeOf: (counts: Uint32Array) => (value: number) => number,
): RgbImage {
  const { data } = image;
  const changed = new Uint8Array(data.length);
  for (let channel = 0; channel < 3; channel++) {
    const counts = new Uint32Array(256);
    for (let i = channel; i < data.length; i += 3) counts[data[i]!]! += 1;
    const change = changeOf(counts);
    for (let i = channel; i < data.length; i += 3) changed[i] = change(data[i]!);
  }
  return { ...image, data: changed };
}
