/**
 * How many dimensions activations fill: the effective rank (Roy and Vetterli, 2007), which is the
 * exponential of the entropy of the singular values as shares of their sum. It is the number of channels
 * where all are independent and vary alike, and 1 where all follow one.
 */
import { matrix, svd } from "../linear-algebra.ts";

/** What a map's channels do over many positions. */
interface ChannelFigures {
  /** From 1 on; 0 where no channel varies. */
  readonly rank: number;
  /** Channels that have the same value everywhere. */
  readonly dead: number;
}

/** Sums over positions, of which the figures are made. */
export class ChannelSums {
  readonly channels: number;
  #count = 0;
  readonly #sums: Float64Array;
  readonly #products: Float64Array;
  readonly #low: Float64Array;
  readonly #high: Float64Array;

  constructor(channels: number) {
    this.channels = channels;
    this.#sums = new Float64Array(channels);
    this.#products = new Float64Array(channels * channels);
    this.#low = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
  }

  /** Adds a position: the values of all channels, from an index on. */
  add(values: Float32Array, start: number): void {
    const { channels } = this;
    this.#count++;
    for (let i = 0; i < channels; i++) {
      const value = values[start + i]!;
      this.#sums[i]! += value;
      if (value < this.#low[i]!) this.#low[i] = value;
      if (value > this.#high[i]!) this.#high[i] = value;
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) this.#products[i * channels + j]! += value * values[start + j]!;
    }
  }

  figures(): ChannelFigures {
    const { channels } = this;
    const means = this.#sums.map((sum) => sum / this.#count);
    const varies = Array.from(means.keys()).filter((i) => this.#low[i]! < this.#high[i]!);
    const covariance = matrix(varies.length, varies.length, (r, c) => {
      const [i, j] = [varies[Math.max(r, c)]!, varies[Math.min(r, c)]!];
      return this.#products[i * channels + j]! / this.#count - means[i]! * means[j]!;
    });
    // Singular values of the centred activations are the roots of their covariance's.
    const values = varies.length === 0 ? [] : Array.from(svd(covariance).values, Math.sqrt);
    return { rank: effectiveRank(values), dead: channels - varies.length };
  }
}

/**
 * The effective rank of singular values, in any order.
 *
 * @example
 * ```ts
 * effectiveRank([2, 2, 2]); // 3 ± 1e-12
 * effectiveRank([5, 0, 0]); // 1
 * ```
 */
export function effectiveRank(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (sum === 0) return 0;
  let entropy = 0;
  for (const value of values) {
    const share = value / sum;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}
