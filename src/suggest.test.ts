import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest, didYouMean, editDistance } from "./suggest.ts";

const commands = ["classify", "detect", "segment", "embed", "profile", "models"];

describe("suggestions", () => {
  it.each([
    ["clasify", "classify"],
    ["detcet", "detect"],
    ["DETECT", "detect"],
    ["seg", "segment"],
    ["model", "models"],
  ])("takes %s for %s", (typed, meant) => {
    expect(closest(typed, commands)).toBe(meant);
  });

  it("suggests nothing for a word that is like none", () => {
    expect(closest("quit", commands)).toBeUndefined();
    expect(didYouMean("quit", commands, "See --help.")).toBe("See --help.");
  });

  it("counts edits as a distance: none to itself, the same both ways", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it("counts a swap of neighbours as one edit", () => {
    expect(editDistance("detcet", "detect")).toBe(1);
  });
});
