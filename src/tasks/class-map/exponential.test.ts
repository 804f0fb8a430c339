import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponential } from "./exponential.ts";

describe("exponential", () => {
  it("is off by a share of 1e-11 at most", () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 708, noNaN: true }), (x) => {
        const expected = Math.exp(x);
        expect(Math.abs(exponential(x) - expected)).toBeLessThanOrEqual(1e-11 * expected);
      }),
      { numRuns: 10_000 },
    );
  });

  it("is exact at 0 and stays what it is beyond 708", () => {
    expect([exponential(0), exponential(-0)]).toEqual([1, 1]);
    expect(Math.fround(exponential(-1e9))).toBe(0);
    expect(exponential(Number.NEGATIVE_INFINITY)).toBe(exponential(-708));
    expect(Math.fround(exponential(1e9))).toBe(Number.POSITIVE_INFINITY);
    expect(exponential(Number.NaN)).toBeNaN();
  });
});
