import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { parseLiteral } from "./js-literal.ts";

describe("parseLiteral", () => {
  it("reads whatever JSON reads", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        expect(JSON.stringify(parseLiteral(json).value)).toBe(JSON.stringify(JSON.parse(json)));
      }),
    );
  });

  it("reads what a minifier makes of JSON", () => {
    const text = `{a:!0,"b-c":!1,$d:[.999,-1e-3,2.,null],1:'it\\'s "so"',e:{},f:[]}`;
    expect(parseLiteral(text).value).toEqual({
      a: true,
      "b-c": false,
      $d: [0.999, -0.001, 2, null],
      1: `it's "so"`,
      e: {},
      f: [],
    });
  });

  it("reads texts of megabytes, escapes and all", () => {
    const text = `${"w".repeat(10_000_000)}\\n`.repeat(2);
    for (const quote of ['"', "'"]) {
      const { value, end } = parseLiteral(quote + text + quote);
      expect(value).toBe(`${"w".repeat(10_000_000)}\n`.repeat(2));
      expect(end).toBe(text.length + 2);
    }
    expect(() => parseLiteral(`"${text}`)).toThrow(/closing quote/);
  });

  it("starts and stops where the literal does", () => {
    const text = "exports = [1, 2]; more()";
    const { value, end } = parseLiteral(text, text.indexOf("["));
    expect(value).toEqual([1, 2]);
    expect(text.slice(end)).toBe("; more()");
  });

  it("keeps __proto__ a plain key", () => {
    const { value } = parseLiteral("{__proto__:{polluted:1}}");
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    "{a:b}",
    "{a:f()}",
    "{a:`x`}",
    "{a:1",
    "[1,,2]",
    "{get a(){}}",
    "{[a]:1}",
    '"open',
    '"broken\nline"',
    '"escaped\\\nline"',
    "'\\x41'",
    "function(){}",
    "!2",
    "",
    "[".repeat(10_000),
  ])("rejects what is not plain data: %.20s", (text) => {
    expect(() => parseLiteral(text)).toThrow(MobileNetError);
  });
});
