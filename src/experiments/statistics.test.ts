/** Intervals hold what they say: against known values, and by counting over draws of a known mean. */
import { expect, it } from "vitest";
import { Random } from "../random.ts";
import { estimate, shareInterval, spreadOf, studentQuantile } from "./statistics.ts";

it("a spread is mean, standard error and reach", () => {
  const values = Array.from({ length: 11 }, (_, i) => i);
  const { mean, low, high, p10, p90 } = spreadOf(values);
  // The variance of 0 to 10 is 11; over 11 values the mean's error is 1.
  expect({ mean, p10, p90 }).toEqual({ mean: 5, p10: 1, p90: 9 });
  expect([low, high]).toEqual([expect.closeTo(3.04, 12), expect.closeTo(6.96, 12)]);
});

it("95 of 100 intervals hold the mean", () => {
  const random = new Random(3, 1);
  const trials = 2000;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = spreadOf(Array.from({ length: 60 }, () => random.uniform()));
    held += low <= 0.5 && 0.5 <= high ? 1 : 0;
  }
  // Four standard errors of such a count are 2 %; a normal quantile at 60 values costs half a percent.
  expect(held / trials).toBeGreaterThan(0.92);
  expect(held / trials).toBeLessThan(0.98);
});

it.each([0.002, 0.1, 0.5, 0.97])("95 of 100 intervals hold a share of %d", (share) => {
  const random = new Random(3, 2, share * 1000);
  const [trials, draws] = [1000, 800];
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    let count = 0;
    for (let i = 0; i < draws; i++) count += random.uniform() < share ? 1 : 0;
    const [low, high] = shareInterval(count, draws);
    held += low <= share && share <= high ? 1 : 0;
  }
  // Counts are whole numbers, so that the interval cannot hold exactly 95 %.
  expect(held / trials).toBeGreaterThan(0.92);
});

it("none of many is a share near 0, not 0", () => {
  const [low, high] = shareInterval(0, 1000);
  expect(low).toBe(0);
  // z² / (n + z²).
  expect(high).toBeCloseTo(3.8415 / 1003.8415, 5);
});

it.each([
  [1, 12.7062],
  [2, 4.3027],
  [3, 3.1824],
  [4, 2.7764],
  [5, 2.5706],
  [10, 2.2281],
  [30, 2.0423],
])("of Student's t with %d degrees of freedom 5 %% lie beyond %d", (freedom, expected) => {
  expect(studentQuantile(freedom)).toBeCloseTo(expected, 4);
});

it("95 of 100 intervals of three runs hold the mean; one run has none", () => {
  const random = new Random(3, 3);
  const trials = 4000;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = estimate([random.normal(), random.normal(), random.normal()]);
    held += low <= 0 && 0 <= high ? 1 : 0;
  }
  // Four standard errors of such a count are 1.4 %.
  expect(Math.abs(held / trials - 0.95)).toBeLessThan(0.014);
  expect(estimate([7])).toEqual({ mean: 7, low: -Infinity, high: Infinity });
});
