/**
 * Embeddings: the mean of a feature map over its rows and columns, as one vector per image. Two
 * pictures of like content have vectors that point the same way, whatever their lengths.
 */
import { MobileNetError } from "../errors.ts";

/**
 * The mean over all pixels of a feature map.
 *
 * @param features `[pixels, channels]`, NHWC with one image.
 * @returns `[channels]`; sums are kept in float64.
 *
 * @example
 * ```ts
 * Array.from(spatialMean(Float32Array.of(1, 2, 3, 4), 2)); // [2, 3]
 * ```
 */
export function spatialMean(features: Float32Array, channels: number): Float32Array {
  const pixels = features.length / channels;
  if (!Number.isInteger(pixels) || pixels < 1) {
    throw new MobileNetError("invalid-argument", "the features do not fill their channels", {
      expected: `a multiple of ${channels} values`,
      received: `${features.length}`,
    });
  }
  const sums = new Float64Array(channels);
  for (let start = 0; start < features.length; start += channels) {
    for (let channel = 0; channel < channels; channel++) {
      sums[channel]! += features[start + channel]!;
    }
  }
  return Float32Array.from(sums, (sum) => sum / pixels);
}

/** The vector of length 1 in the same direction; a zero vector stays zero. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector.slice() : vector.map((value) => value / length);
}

/** The scalar product of two vectors of one length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
