/** Intervals hold what they say: against known values, and by counting over draws of a known mean. */
import { expect, it } from "vitest";
import { Random } from "../random.ts";
import {
  chanceOfAtLeast,
  estimate,
  quartilesOf,
  shareInterval,
  studentQuantile,
} from "./statistics.ts";

it("quartiles have their places between the values, however far the last is off", () => {
  expect(quartilesOf([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 });
  expect(quartilesOf([1, 2])).toEqual({ lower: 1.25, median: 1.5, upper: 1.75 });
  expect(quartilesOf([7])).toEqual({ lower: 7, median: 7, upper: 7 });
  const far = [...Array.from({ length: 99 }, (_, i) => i), 1e12];
  expect(quartilesOf(far).upper).toBeLessThan(75);
});

it("many of few trials are as rare as all their outcomes say", () => {
  const [trials, chance] = [9, 0.05];
  for (let least = 0; least <= 10; least++) {
    let expected = 0;
    for (let pattern = 0; pattern < 2 ** trials; pattern++) {
      let count = 0;
      for (let bit = 0; bit < trials; bit++) count += (pattern >> bit) & 1;
      if (count >= least) expected += chance ** count * (1 - chance) ** (trials - count);
    }
    expect(chanceOfAtLeast(least, { trials, chance })).toBeCloseTo(expected, 12);
  }
});

it("95 of 100 intervals of many runs hold the mean", () => {
  const random = new Random(3, 1);
  const trials = 2000;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = estimate(Array.from({ length: 60 }, () => random.uniform()));
    held += low <= 0.5 && 0.5 <= high ? 1 : 0;
  }
  // Four standard errors of such a count are 2 %.
  expect(Math.abs(held / trials - 0.95)).toBeLessThan(0.02);
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
