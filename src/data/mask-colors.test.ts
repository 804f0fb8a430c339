import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseMaskColors } from "./mask-colors.ts";

const two = [
  { name: "sky", color: [0, 0, 255] },
  { name: "the road", color: [128, 64, 128] },
];

describe("classes and their colours", () => {
  it.each([
    ["# label:color_rgb:parts:actions\r\nsky:0,0,255::\r\nthe road:128,64,128::\r\n"],
    ["name,r,g,b\nsky,0,0,255\nthe road, 128, 64, 128\n"],
    ["0 0 255\tsky\n128 64 128\t\tthe road\n"],
  ])("are read from %j", (text) => {
    expect(parseMaskColors(text, "colors")).toEqual(two);
  });

  it("may have numbers for names", () => {
    expect(parseMaskColors("7,1,2,3\n", "a")).toEqual([{ name: "7", color: [1, 2, 3] }]);
    expect(parseMaskColors("1 2 3 7\n", "a")).toEqual([{ name: "7", color: [1, 2, 3] }]);
  });

  it("are none where no class has a colour, as beside boxes", () => {
    expect(parseMaskColors("# label:color_rgb:parts:actions\ncar:::\n", "a")).toBe(undefined);
    expect(parseMaskColors("", "a")).toBe(undefined);
  });

  it.each([
    ["sky:0,0,255::\nroad\n", /a, line 2: the line names no class and its colour/],
    ["sky,0,0,256\n", /a, line 1: the line names no class/],
    ["sky:0,0,255::\nsea:0,0,255::\n", /a, line 2: .* the colour 0, 0, 255 of a, line 1/],
    ["sky:0,0,255::\nsky:0,0,1::\n", /the name "sky" of a, line 1/],
    ["sky:0,0,255::\nsea:::\n", /a, line 2: the class has no colour/],
  ])("%j is refused by line", (text, message) => {
    expect(() => parseMaskColors(text, "a")).toThrow(message);
  });

  it("become classes or the library's error, whatever stands there", () => {
    const token = fc.oneof(fc.constantFrom(":", ",", " ", "0", "128", "\n", "sky"), fc.string());
    const run = fc.property(fc.array(token), (tokens) => {
      try {
        for (const { name, color } of parseMaskColors(tokens.join(""), "a") ?? []) {
          expect(name).not.toBe("");
          expect(color.every((value) => value >= 0 && value <= 255)).toBe(true);
          expect(color).toHaveLength(3);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(500, 2) });
  });
});
