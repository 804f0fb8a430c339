import { expect, it } from "vitest";
import { Clock } from "../../web/src/engine/time-left.ts";

it("a run whose epochs are alike is half over after half of them", () => {
  expect(new Clock(10, undefined).at(5).share).toBe(0.5);
});

it("epochs that find their features kept count less", () => {
  const clock = new Clock(15, 8);
  const shares = [0, 4, 8, 12, 15].map((done) => clock.at(done).share);
  expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
  expect(shares[1]).toBeGreaterThan(4 / 15);
  expect(shares[2]).toBeGreaterThan(0.9);
  expect(shares.at(-1)).toBe(1);
});

it("nothing is said of the time before anything was done, and none is left at the end", () => {
  const clock = new Clock(4, 2);
  expect(clock.at(0).secondsLeft).toBeUndefined();
  expect(clock.at(4).secondsLeft).toBe(0);
});
