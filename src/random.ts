/**
 * Seeded randomness without state to save. A stream is opened by a key, such as (seed, epoch, sample),
 * and gives the same numbers whenever and wherever it is opened again; so a resumed training run draws
 * what the interrupted one would have drawn.
 */

import { wrongArgument } from "./wrong-argument.ts";

/** What streams are for, so that no two purposes share one. */
export const purpose = {
  initialization: 1,
  order: 2,
  augmentation: 3,
  mixing: 4,
  dropout: 5,
  split: 6,
  statistics: 7,
} as const;

/**
 * A stream of pseudorandom numbers.
 *
 * @example
 * ```ts
 * new Random(1, 2).uniform() === new Random(1, 2).uniform(); // true
 * ```
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare: number | undefined;
  /** What the stream was opened with. */
  readonly key: readonly number[];

  /** @param key - Whole numbers; equal keys give equal streams. */
  constructor(...key: readonly number[]) {
    if (!key.every((part) => Number.isSafeInteger(part))) {
      throw wrongArgument("Random", "whole numbers as its key", key);
    }
    this.key = key;
    let hash = 0x9e3779b9;
    for (const part of key) {
      hash = mix(hash ^ (part >>> 0));
      hash = mix(hash + Math.floor(part / 2 ** 32));
    }
    this.#a = hash;
    this.#b = mix(hash + 1);
    this.#c = mix(hash + 2);
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** A number from 0 (included) to 1 (excluded), a multiple of 2⁻³². */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /** A number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from 0 to `count` − 1. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal, by Box and Muller's method. */
  normal(): number {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Normal, drawn again beyond two standard deviations, as TensorFlow's truncated normal. */
  truncatedNormal(): number {
    for (;;) {
      const value = this.normal();
      if (Math.abs(value) <= 2) return value;
    }
  }

  /** Gamma distribution of scale 1 (Marsaglia and Tsang, 2000). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
        return d * v;
      }
    }
  }

  /** Beta distribution. */
  beta(a: number, b: number): number {
    const x = this.gamma(a);
    return x / (x + this.gamma(b));
  }

  /** 0 … count − 1 in random order (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  /** One step of the generator sfc32 (Doty-Humphrey's small fast counter). */
  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** Spreads every bit over all others. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}
