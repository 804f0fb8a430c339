import { describe, expect, test } from "vitest";
import { labelFont, labelTables } from "../font-node.ts";
import { readFont } from "./glyphs.ts";

const font = await labelFont();
const start = { x: 0, baseline: 0, font: 100 };

/** From where to where a text's ink goes, of letters 100 pixels high. */
function inkOf(text: string) {
  const edges = font.edges(text, start);
  const at = (axis: number) => edges.filter((_, i) => i % 2 === axis);
  const [across, down] = [at(0), at(1)];
  return {
    ...{ left: Math.min(...across), right: Math.max(...across) },
    ...{ top: Math.min(...down), bottom: Math.max(...down) },
  };
}

describe("the font of labels", () => {
  const latin = Array.from({ length: 0x17f }, (_, i) => String.fromCodePoint(i)).filter((one) =>
    /[\p{L}\p{N}\p{P}\p{S}]/u.test(one),
  );

  test("has the letters of western Europe, what layouts add, and no others", () => {
    for (const one of latin.filter((letter) => letter <= "ÿ"))
      expect([one, font.has(one)]).toEqual([one, true]);
    for (const one of ["…", "×", "%", "<"]) expect(font.has(one)).toBe(true);
    for (const one of ["ж", "λ", "猫", "כ", "🐕", "\u0301", "\u202e"])
      expect(font.has(one)).toBe(false);
  });

  test("every letter has ink, which stays near its place", () => {
    for (const letter of latin.filter((one) => font.has(one))) {
      const { left, right, top, bottom } = inkOf(letter);
      expect(right - left, letter).toBeGreaterThan(3);
      expect(left, letter).toBeGreaterThan(-20);
      expect(right, letter).toBeLessThan(100 * font.width(letter) + 20);
      expect([top > -110, bottom < 30], letter).toEqual([true, true]);
    }
  });

  test("capitals are as high as the font says, accents stand on their letters", () => {
    expect(Math.abs(-inkOf("H").top - 100 * font.capital)).toBeLessThan(2);
    expect(inkOf("H").bottom).toBe(0);
    expect(inkOf("É").top).toBeLessThan(inkOf("E").top - 5);
    expect(inkOf("é").bottom).toBeCloseTo(inkOf("e").bottom, 5);
  });

  test("outlines are closed: what goes in comes out", () => {
    const edges = font.edges("Ågé&8", start);
    let sum = 0;
    for (let i = 0; i < edges.length; i += 4) sum += edges[i + 3]! - edges[i + 1]!;
    expect(Math.abs(sum)).toBeLessThan(1e-9);
  });

  test("a text is as wide as its letters", () => {
    expect(font.width("dog")).toBeCloseTo(font.width("d") + font.width("o") + font.width("g"), 9);
    expect(font.width("猫")).toBe(0);
  });
});

describe("a damaged font", () => {
  const required = ["head", "hhea", "hmtx", "cmap", "loca", "glyf", "OS/2"];

  test.each(required)("without its table %s is refused", async (name) => {
    const tables = new Map(await labelTables());
    tables.delete(name);
    expect(() => readFont(tables)).toThrow(RangeError);
  });

  test.each(required)("whose table %s is cut short is refused", async (name) => {
    const tables = new Map(await labelTables());
    tables.set(name, tables.get(name)!.slice(0, 20));
    expect(() => readFont(tables)).toThrow(RangeError);
  });
});
