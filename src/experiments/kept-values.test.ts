import { describe, expect, it } from "vitest";
import { having, needed, wholeFrom } from "../check-fields.ts";
import type { ExperimentResult } from "./experiment.ts";
import { variantKind, variantOf } from "./kept-values.ts";
import { middleKind, middleOf, quartileSpread } from "./run-times.ts";

describe("values of several kinds", () => {
  const kind = variantKind(
    { count: having({ of: needed(wholeFrom(0)) }, ""), absent: having({}, "") },
    "a count, or nothing",
  );

  it("are known by their kind and by what it must have", () => {
    expect(kind.fits({ kind: "count", of: 3 })).toBe(true);
    expect(kind.fits({ kind: "absent" })).toBe(true);
    expect(kind.fits({ kind: "count" })).toBe(false);
    expect(kind.fits({ kind: "count", of: -1 })).toBe(false);
  });

  it("of other kinds, or of none, are refused", () => {
    for (const value of [{ kind: "toString" }, { kind: 3 }, { of: 3 }, "count", null, undefined]) {
      expect(kind.fits(value)).toBe(false);
    }
  });

  it("are found by the part's name and the kind", () => {
    type Value = { readonly kind: "count"; readonly of: number } | { readonly kind: "absent" };
    const parts = [{ name: "a", milliseconds: 1, value: { kind: "count", of: 3 } as const }];
    const result = { parts } as unknown as ExperimentResult<unknown, Value>;
    expect(variantOf(result, "a", "count")).toEqual({ kind: "count", of: 3 });
    expect(variantOf(result, "a", "absent")).toBeUndefined();
    expect(variantOf(result, "b", "count")).toBeUndefined();
  });
});

describe("the middle of many times", () => {
  it("is their median with the quartiles, which say how far the rounds agree", () => {
    const middle = middleOf([5, 1, 3, 2, 4]);
    expect(middle).toEqual({ median: 3, low: 2, high: 4 });
    expect(quartileSpread(middle)).toBeCloseTo(2 / 3, 12);
    expect(middleKind.fits(middle)).toBe(true);
    expect(middleKind.fits({ median: 3, low: 2 })).toBe(false);
  });
});
