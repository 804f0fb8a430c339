import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest, didYouMean, didYouMeanOption, editDistance } from "./suggest.ts";

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

  it("takes the shortest of those that start with the word", () => {
    expect(closest("output", ["outputStride", "outputs"])).toBe("outputs");
    expect(closest("deeplab", ["deeplabv3-voc-8bit", "deeplabv3-voc"])).toBe("deeplabv3-voc");
  });

  it.each([
    ["outputSt", ["outputStride"], "Did you mean outputStride?"],
    ["output", ["outputStride"], "otherwise"],
    ["--output", ["--output-stride"], "otherwise"],
    ["output", ["outputStride", "outputs"], "Did you mean outputs?"],
    ["top", ["topK"], "Did you mean topK?"],
    ["OutputSt", ["outputStride"], "Did you mean outputStride?"],
  ])("of options takes no whole word for a longer name: %s of %s", (typed, names, hint) => {
    expect(didYouMeanOption(typed, names, "otherwise")).toBe(hint);
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
