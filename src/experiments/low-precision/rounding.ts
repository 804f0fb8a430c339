/** Numbers of few bits, simulated on float32 values in place. */

/** The range that a layer's values were seen in. */
interface SeenRange {
  readonly low: number;
  readonly high: number;
}

/**
 * Rounds to so many bits as a quantised network does: equal steps over the range, which is widened so that
 * it holds 0, and 0 is a step. Values beyond the range become its ends.
 *
 * @example
 * ```ts
 * const values = Float32Array.of(-1, 0.4, 2.6, 9);
 * roundToBits(values, 2, { low: 0, high: 3 });
 * [...values]; // [0, 0, 3, 3]
 * ```
 */
export function roundToBits(values: Float32Array, bits: number, { low, high }: SeenRange): void {
  const last = 2 ** bits - 1;
  const scale = (Math.max(high, 0) - Math.min(low, 0)) / last;
  // Where nothing was ever seen but 0.
  if (scale === 0) {
    values.fill(0);
    return;
  }
  const zero = Math.round(-Math.min(low, 0) / scale);
  for (let i = 0; i < values.length; i++) {
    const step = Math.round(values[i]! / scale) + zero;
    values[i] = (Math.min(last, Math.max(0, step)) - zero) * scale;
  }
}

/**
 * Rounds to float16, ties to even; beyond its largest number lies infinity.
 *
 * @example
 * ```ts
 * const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_520, 2 ** -25);
 * roundToHalf(values);
 * [...values]; // [1, 1.001953125, Infinity, 0]
 * ```
 */
export function roundToHalf(values: Float32Array): void {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const size = Math.abs(value);
    if (size >= 65_520) values[i] = Math.sign(value) * Number.POSITIVE_INFINITY;
    else if (size < 2 ** -14) {
      // The steps of float32 around 0.75 are those of float16 near 0.
      values[i] = Math.sign(value) * (Math.fround(size + 0.75) - 0.75);
    } else {
      // 13 of the 23 bits behind the point go.
      const word = bits[i]!;
      bits[i] = (word + 0xfff + ((word >> 13) & 1)) & ~0x1fff;
    }
  }
}
