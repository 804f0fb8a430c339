import { describe, expect, it } from "vitest";
import { distributionOf, measureInTurns, quantile, timeCall, timePromise } from "./timing.ts";

describe("a distribution", () => {
  it("interpolates between neighbours, in whatever order the values come", () => {
    expect(quantile([30, 10, 20], 0.25)).toBe(15);
    expect(quantile([7], 0.9)).toBe(7);
    expect(distributionOf([5, 1, 9, 3, 7])).toEqual({ least: 1, p10: 1.8, median: 5, p90: 8.2 });
  });
});

describe("turns", () => {
  it("alternate, and leave out the rounds that warm up", async () => {
    const calls: string[] = [];
    const results = await measureInTurns(["a", "b"], { rounds: 2, warmUps: 1 }, (name, round) => {
      calls.push(`${name}${round}`);
      return calls.length;
    });
    expect(calls).toEqual(["a-1", "b-1", "a0", "b0", "a1", "b1"]);
    expect(results).toEqual([
      [3, 5],
      [4, 6],
    ]);
  });

  it("wait for one participant before the next begins", async () => {
    const calls: string[] = [];
    await measureInTurns(["a", "b"], { rounds: 1 }, async (name) => {
      calls.push(`${name} begins`);
      await new Promise(setImmediate);
      calls.push(`${name} ends`);
    });
    expect(calls).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });
});

describe("a time", () => {
  it("is that of the call, and of what it promises", async () => {
    let [calls, settled] = [0, false];
    expect(timeCall(() => calls++)).toBeGreaterThanOrEqual(0);
    expect(calls).toBe(1);
    await timePromise(async () => {
      await new Promise(setImmediate);
      settled = true;
    });
    expect(settled).toBe(true);
  });
});
