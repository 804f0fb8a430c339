import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseMaskValues } from "./mask-values.ts";

const parse = (text: string) => parseMaskValues(text, "_classes.csv");

describe("a list of masks' values and classes", () => {
  it("has the classes by value", () => {
    expect(parse("\ufeffPixel Value, Class\r\n0, background\r\n1, a, b\r\n")).toEqual([
      ...["background", "a, b"],
    ]);
    expect(parse('"Pixel Value","Class"\n"0","background"\n')).toEqual(["background"]);
  });

  it.each(["", "\n", "Pixel Value, Class\n", "filename, cat, dog\na.jpg, 0, 1\n"])(
    "is none: %j",
    (text) => expect(parse(text)).toBeUndefined(),
  );

  it.each(["1, cat", "0,", "0", "-0, cat", "0.5, cat", "0, a\n0, b", "0, a\n2, b"])(
    "is refused with %j",
    (lines) => {
      expect(() => parse(`Pixel Value, Class\n${lines}\n`)).toThrow(
        /line [23]: this names no class/,
      );
    },
  );

  it("is refused where it has more classes than a mask could", () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `${i}, class ${i}\n`);
    expect(parse(`Pixel Value, Class\n${lines(255).join("")}`)).toHaveLength(255);
    expect(() => parse(`Pixel Value, Class\n${lines(256).join("")}`)).toThrow(/line 257/);
  });

  it("gives names or the library's error, whatever stands there", () => {
    const piece = fc.oneof(fc.constantFrom("0", "1", ",", " ", '"', "\n", "cat"), fc.string());
    const run = fc.property(fc.array(piece), (pieces) => {
      try {
        const names = parse(`Pixel Value, Class\n${pieces.join("")}`);
        expect(names?.every((name) => name !== "") ?? true).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(300) });
  });
});
