/** The theorem's formula against sums, all patterns and draws. */
import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { drawCollapse, expectedCollapse } from "./theorem.ts";

describe("appendix A", () => {
  it("has the values that its formula gives", () => {
    expect([2, 3, 5].map((m) => expectedCollapse(2, m))).toEqual([0.75, 0.5, 0.1875]);
    // 16 / 2¹⁵ and 31 / 2³⁰.
    expect(expectedCollapse(2, 15)).toBe(16 / 2 ** 15);
    expect(expectedCollapse(2, 30)).toBe(31 / 2 ** 30);
  });

  it("is 1 − N / 2^m with N the sum of C(m, k) up to m − n", () => {
    const choose = (m: number, k: number): number =>
      k === 0 ? 1 : (choose(m, k - 1) * (m - k + 1)) / k;
    for (let m = 1; m <= 40; m++) {
      for (let n = 1; n <= m; n++) {
        let sum = 0;
        for (let k = 0; k <= m - n; k++) sum += choose(m, k);
        expect(expectedCollapse(n, m)).toBeCloseTo(1 - sum / 2 ** m, 12);
      }
    }
  });

  it("holds over all patterns of active rows, each as likely: those of fewer than n collapse", () => {
    for (const [n, m] of [
      [1, 1],
      [2, 5],
      [3, 7],
      [4, 4],
    ] as const) {
      let collapsed = 0;
      for (let pattern = 0; pattern < 2 ** m; pattern++) {
        let active = 0;
        for (let row = 0; row < m; row++) active += (pattern >> row) & 1;
        collapsed += active < n ? 1 : 0;
      }
      expect(expectedCollapse(n, m)).toBe(collapsed / 2 ** m);
    }
  });

  it.each([
    [2, 2],
    [2, 5],
    [3, 6],
    [8, 12],
  ] as const)("agrees with draws for n = %i, m = %i", (n, m) => {
    const random = new Random(21, n, m);
    const draws = 4000;
    let collapsed = 0;
    for (let i = 0; i < draws; i++) collapsed += drawCollapse(n, m, random) ? 1 : 0;
    const expected = expectedCollapse(n, m);
    // Five standard errors of the count: one in a million at a seed that is fixed.
    const error = Math.sqrt((expected * (1 - expected)) / draws);
    expect(Math.abs(collapsed / draws - expected)).toBeLessThan(5 * error);
  });
});
