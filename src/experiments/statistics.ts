/** What runs say together: means with the interval that they leave, and the middle of many. */

/** What lies in the middle of many runs: it is there also where single runs are so far off that no mean is. */
export type Quartiles = {
  /** A quarter of the runs lies below, a quarter above the upper one. */
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
};

/**
 * Median and quartiles of at least one value, between neighbours in proportion.
 *
 * @example
 * ```ts
 * quartilesOf([1, 2, 3, 1e9]); // { lower: 1.75, median: 2.5, upper: 250000002.25 }
 * ```
 */
export function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (place - Math.floor(place)) * (high - low);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/**
 * How likely at least so many of some trials come out, each with the same chance: whether what lies
 * outside of several intervals is more than such intervals leave outside.
 *
 * @example
 * ```ts
 * chanceOfAtLeast(1, { trials: 7, chance: 0.05 }).toFixed(3); // "0.302"
 * ```
 */
export function chanceOfAtLeast(
  count: number,
  { trials, chance }: { readonly trials: number; readonly chance: number },
): number {
  let [term, below] = [(1 - chance) ** trials, 0];
  for (let k = 0; k < Math.min(count, trials + 1); k++) {
    below += term;
    term *= ((trials - k) / (k + 1)) * (chance / (1 - chance));
  }
  return Math.max(0, 1 - below);
}

/**
 * The interval of a share of which so many of all were counted, at 95 % (Wilson, 1927): it holds for
 * shares near 0 too, where a count of none is no proof that there are none.
 *
 * @example
 * ```ts
 * shareInterval(5, 10).map((end) => end.toFixed(3)); // ["0.237", "0.763"]
 * ```
 */
export function shareInterval(count: number, all: number): readonly [low: number, high: number] {
  const z = 1.959964;
  const share = count / all;
  const middle = (share + z ** 2 / (2 * all)) / (1 + z ** 2 / all);
  const halfWidth =
    (z / (1 + z ** 2 / all)) * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  return [count === 0 ? 0 : middle - halfWidth, count === all ? 1 : middle + halfWidth];
}

/** A mean of some runs with its interval. */
export type Estimate = { readonly mean: number; readonly low: number; readonly high: number };

/**
 * The mean of some runs with its interval at 95 % by Student's t, which holds for two or three runs as well
 * where they spread normally; of a single run there is no interval, and both ends are infinite.
 *
 * @example
 * ```ts
 * const { mean, low } = estimate([1, 2, 3]);
 * [mean, low.toFixed(3)]; // [2, "-0.484"]
 * ```
 */
export function estimate(values: readonly number[]): Estimate {
  const { mean, standardError } = meanOf(values);
  const count = values.length;
  const error = count < 2 ? Number.POSITIVE_INFINITY : studentQuantile(count - 1) * standardError;
  return { mean, low: mean - error, high: mean + error };
}

/** The mean, and how far it is likely to be off; of a single value nobody knows. */
function meanOf(values: readonly number[]): {
  readonly mean: number;
  readonly standardError: number;
} {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) };
}

/**
 * What lies at both sides of 0 in 5 % of all cases of Student's t, for whole degrees of freedom.
 *
 * @example
 * ```ts
 * studentQuantile(2).toFixed(4); // "4.3027"
 * ```
 */
export function studentQuantile(freedom: number): number {
  let [low, high] = [0, 100];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentShare(middle, freedom) < 0.95) low = middle;
    else high = middle;
  }
  return low;
}

/** The share of Student's t from −t to t (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function studentShare(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let [term, sum] = [isOdd ? cosine : 1, 0];
  for (let k = isOdd ? 3 : 2; k <= freedom; k += 2) {
    sum += term;
    term *= cosine ** 2 * ((k - 1) / k);
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
