/** Weights of classes as they are said. */
import { describe, expect, it } from "vitest";
import { readClassWeights, weightsInOrder } from "./class-weights.ts";

describe("--class-weights", () => {
  it("is balanced, or a weight for some names, which may hold signs", () => {
    expect(readClassWeights("balanced")).toBe("balanced");
    expect(readClassWeights("cat=2,dog=0.5")).toEqual(
      new Map([
        ["cat", 2],
        ["dog", 0.5],
      ]),
    );
    expect(readClassWeights("tabby, tabby cat=3,a=b=0")).toEqual(
      new Map([
        ["tabby, tabby cat", 3],
        ["a=b", 0],
      ]),
    );
  });

  it.each(["", "cat", "cat=", "cat=2,dog", "cat=-1", "cat=x", "cat=Infinity", "cat=1,cat=2", "=2"])(
    "is refused as %j",
    (text) => {
      expect(() => readClassWeights(text)).toThrow(/bad value for --class-weights/);
    },
  );

  it("gives each class its weight in the data's order, and 1 where none was named", () => {
    expect(weightsInOrder(new Map([["b", 2]]), ["a", "b", "c"])).toEqual([1, 2, 1]);
    expect(() => weightsInOrder(new Map([["d", 2]]), ["a", "b"])).toThrow(/no class .*a, b/);
    expect(() => weightsInOrder(new Map([["a", 0]]), ["a"])).toThrow(/above 0/);
  });
});
