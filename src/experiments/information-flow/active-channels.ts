/**
 * Figure 7's count: how many channels of an expansion ReLU6 passes on at a position. A block's d' input
 * channels can be had back there where at least d' rows of the expansion's matrix, which span them, are
 * passed on: where values lie above 0, and below 6.
 */
import type { ChannelCount } from "./values.ts";

/** Counts over positions. */
export class ActiveCounts {
  readonly #channels: number;
  readonly #threshold: number;
  readonly #positive = new CountSums();
  readonly #open = new CountSums();
  #positions = 0;
  #below = 0;

  /** @param threshold - Of the block's input, d'. */
  constructor(channels: number, threshold: number) {
    this.#channels = channels;
    this.#threshold = threshold;
  }

  /** Adds all positions of a map behind ReLU6, `[…, channels]`. */
  add(values: Float32Array): void {
    const channels = this.#channels;
    for (let start = 0; start < values.length; start += channels) {
      let [positive, full] = [0, 0];
      for (let i = start; i < start + channels; i++) {
        const value = values[i]!;
        if (value > 0) positive++;
        if (value >= 6) full++;
      }
      const open = positive - full;
      this.#positive.add(positive);
      this.#open.add(open);
      this.#positions++;
      if (open < this.#threshold) this.#below++;
    }
  }

  figures(): {
    readonly channels: number;
    readonly threshold: number;
    readonly positive: ChannelCount;
    readonly open: ChannelCount;
    readonly below: number;
  } {
    return {
      ...{ channels: this.#channels, threshold: this.#threshold },
      ...{ positive: this.#positive.figures(), open: this.#open.figures() },
      below: Number((this.#below / Math.max(1, this.#positions)).toPrecision(4)),
    };
  }
}

/** Least, most, mean and deviation of whole numbers. */
class CountSums {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#squares += value * value;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  figures(): ChannelCount {
    if (this.#count === 0) return { least: 0, mean: 0, most: 0, deviation: 0 };
    const mean = this.#sum / this.#count;
    const variance = Math.max(0, this.#squares / this.#count - mean ** 2);
    return {
      ...{ least: this.#least, mean: Number(mean.toPrecision(5)), most: this.#most },
      deviation: Number(Math.sqrt(variance).toPrecision(4)),
    };
  }
}
