/**
 * What calibration remembers of a feature map over all pictures: extremes, a running mean of each
 * picture's extremes, sums per channel, and (in a second pass, once the extremes are known) a
 * histogram. From these come the ranges of four methods. Memory does not grow with the pictures.
 */
import { coverRange, type ValueRange } from "./affine.ts";

/**
 * How a feature map's range is chosen.
 * - `min-max`: everything that occurred.
 * - `moving-average`: each picture's extremes, averaged with weight 0.1 for a new picture.
 * - `percentile`: what is left when a small share of values is cut off at either end.
 * - `mse`: the part between the extremes with the least mean squared error of rounding and clipping.
 */
export type Calibration = "min-max" | "moving-average" | "percentile" | "mse";

/** The names of the methods. */
export const calibrations: readonly Calibration[] = [
  "min-max",
  "moving-average",
  "percentile",
  "mse",
];

/** Whether a method needs the second pass. */
export function needsHistogram(calibration: Calibration): boolean {
  return calibration === "percentile" || calibration === "mse";
}

const bins = 2048;

/** A picture's share of the running mean. */
const momentum = 0.1;

/** What `mse` tries for either end: fractions of the extremes. */
const candidates = 100;
const leastFraction = 0.1;

/** The statistics of one feature map. */
export class Observation {
  least: number = Number.POSITIVE_INFINITY;
  greatest: number = Number.NEGATIVE_INFINITY;
  /** Mean extremes of a picture, the later ones weighing more. */
  average: ValueRange | undefined;
  /** Sums and greatest values by channel. */
  readonly sums: Float64Array;
  readonly peaks: Float64Array;
  #pixels = 0;
  #histogram: Float64Array | undefined;

  constructor(channels: number) {
    this.sums = new Float64Array(channels);
    this.peaks = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
  }

  /** Adds one picture's values, NHWC. */
  add(values: Float32Array): void {
    const channels = this.sums.length;
    let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let start = 0; start < values.length; start += channels) {
      for (let c = 0; c < channels; c++) {
        const value = values[start + c]!;
        this.sums[c]! += value;
        if (value > this.peaks[c]!) this.peaks[c]! = value;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
    }
    this.#pixels += values.length / channels;
    this.least = Math.min(this.least, least);
    this.greatest = Math.max(this.greatest, greatest);
    const mean = this.average ?? { least, greatest };
    this.average = {
      least: mean.least + momentum * (least - mean.least),
      greatest: mean.greatest + momentum * (greatest - mean.greatest),
    };
  }

  /** Counts one picture's values into bins between the extremes; in the second pass. */
  count(values: Float32Array): void {
    this.#histogram ??= new Float64Array(bins);
    const scale = bins / (this.greatest - this.least || 1);
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor((values[i]! - this.least) * scale);
      this.#histogram[Math.min(bins - 1, Math.max(0, bin))]!++;
    }
  }

  /** The mean of each channel. */
  means(): Float64Array {
    return this.sums.map((sum) => sum / Math.max(1, this.#pixels));
  }

  /** The range by a method, always with 0 in it. */
  range(calibration: Calibration, percentile: number): ValueRange {
    const { least, greatest, average } = this;
    switch (calibration) {
      case "min-max":
        return withZero({ least, greatest });
      case "moving-average":
        return withZero(average ?? { least, greatest });
      case "percentile":
        return withZero(this.#cut(1 - percentile / 100));
      case "mse":
        return this.#leastError();
    }
  }

  /** The real number in the middle of a bin. */
  #middle(bin: number): number {
    return this.least + ((bin + 0.5) * (this.greatest - this.least)) / bins;
  }

  /** The range without a share of the values at either end. */
  #cut(share: number): ValueRange {
    const histogram = this.#histogram ?? new Float64Array(bins);
    const quota = share * histogram.reduce((sum, count) => sum + count, 0);
    const width = (this.greatest - this.least) / bins;
    let [low, high] = [0, bins - 1];
    for (let cut = histogram[low]!; cut <= quota && low < high; cut += histogram[low]!) low++;
    for (let cut = histogram[high]!; cut <= quota && high > low; cut += histogram[high]!) high--;
    return { least: this.least + low * width, greatest: this.least + (high + 1) * width };
  }

  /** The greatest end is drawn in first, then the least. */
  #leastError(): ValueRange {
    let best = { range: withZero(this), error: Number.POSITIVE_INFINITY };
    for (const end of ["greatest", "least"] as const) {
      const whole = best.range;
      for (let i = 0; i < candidates; i++) {
        const fraction = 1 - ((1 - leastFraction) * i) / (candidates - 1);
        const range = { ...whole, [end]: whole[end] * fraction };
        const error = this.#error(range);
        if (error < best.error) best = { range, error };
        if (whole[end] === 0) break;
      }
    }
    return best.range;
  }

  /** The sum of squared errors where this range has the 8 bits. */
  #error(range: ValueRange): number {
    const histogram = this.#histogram ?? new Float64Array(bins);
    const { scale, zeroPoint } = coverRange(range);
    let error = 0;
    for (let bin = 0; bin < bins; bin++) {
      if (histogram[bin] === 0) continue;
      const value = this.#middle(bin);
      const q = Math.min(127, Math.max(-128, Math.round(value / scale) + zeroPoint));
      error += histogram[bin]! * (value - (q - zeroPoint) * scale) ** 2;
    }
    return error;
  }
}

function withZero({ least, greatest }: ValueRange): ValueRange {
  return { least: Math.min(0, least), greatest: Math.max(0, greatest) };
}
