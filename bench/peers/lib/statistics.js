/** Order statistics: timings have outliers on one side, so nothing here is a mean. */
import { quantile } from "../../../dist/timing.js";

export function median(values) {
  return quantile(values, 0.5);
}

/** Median and the 10th and 90th percentiles, to four digits. */
export function summarize(values) {
  const [p10, middle, p90] = [0.1, 0.5, 0.9].map((p) => round(quantile(values, p)));
  return { median: middle, p10, p90, count: values.length };
}

/** The ratio of two participants, round by round: drift touches both sides of a pair alike. */
export function pairwiseRatio(numerators, denominators) {
  return summarize(numerators.map((value, i) => value / denominators[i]));
}

/** The largest absolute difference. */
export function largestDifference(a, b) {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

function round(value) {
  return Number(value.toPrecision(4));
}
