import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topK } from "./top-k.ts";

describe("topK", () => {
  it("equals the head of a stable descending sort", () => {
    const values = fc.array(fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(values, fc.nat(30), (list, k) => {
        const sorted = list.map((_, i) => i).sort((a, b) => list[b]! - list[a]! || a - b);
        expect(topK(list, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("orders equal values by others, then by index", () => {
    const pairs = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: -3, max: 3 })));
    fc.assert(
      fc.property(pairs, fc.nat(30), (list, k) => {
        const [values, ties] = [list.map(([value]) => value), list.map(([, tie]) => tie)];
        const sorted = list
          .map((_, i) => i)
          .sort((a, b) => values[b]! - values[a]! || ties[b]! - ties[a]! || a - b);
        expect(topK(values, k, ties)).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("never chooses not-a-number", () => {
    expect(topK([Number.NaN, 1, Number.NaN, 2], 4)).toEqual([3, 1]);
  });
});
