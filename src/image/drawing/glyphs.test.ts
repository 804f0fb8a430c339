import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MobileNetError } from "../../errors.ts";
import { labelFont, labelFontPath, labelTables, unpackWoff } from "../font-node.ts";
import { type FontTables, type OutlineFont, readFont } from "./glyphs.ts";

const font = await labelFont();
const start = { x: 0, baseline: 0, font: 100 };

/** Whether an error says that a font is damaged: none of its own sense. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RangeError || error instanceof MobileNetError;

/** What reading a font gives: the font, or the error. */
function outcomeOf(tables: FontTables): unknown {
  try {
    return readFont(tables);
  } catch (error) {
    return error;
  }
}

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
    expect(isRefusal(outcomeOf(tables))).toBe(true);
  });

  test.each(required)("whose table %s is cut short is refused", async (name) => {
    const tables = new Map(await labelTables());
    tables.set(name, tables.get(name)!.slice(0, 20));
    expect(isRefusal(outcomeOf(tables))).toBe(true);
  });

  /** What drawing does with a font: whatever is in it, it has numbers for it or is refused. */
  function use(tables: FontTables): void {
    let read: OutlineFont;
    try {
      read = readFont(tables);
    } catch (error) {
      expect(isRefusal(error)).toBe(true);
      return;
    }
    const text = "dog É 91%…";
    const numbers = [read.capital, read.width(text), ...read.edges(text, start)];
    expect(numbers.every(Number.isFinite)).toBe(true);
  }

  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  const change = (bytes: Uint8Array, all: readonly (readonly [number, number])[], most: number) => {
    const changed = Uint8Array.from(bytes);
    for (const [at, value] of all) changed[at % Math.min(most, changed.length)] = value;
    return changed;
  };

  test("with any bytes of its tables changed is refused or can be drawn with", async () => {
    const whole = await labelTables();
    const damage = fc.tuple(fc.constantFrom(...required), changes, fc.boolean());
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
        const tables = new Map(whole);
        for (const [name, own, early] of all) {
          tables.set(name, change(tables.get(name)!, own, early ? 60 : Number.MAX_SAFE_INTEGER));
        }
        use(tables);
      }),
      { numRuns: 100 },
    );
  });

  test("with any bytes of the file changed, or cut anywhere, is refused or can be drawn with", async () => {
    const file = await readFile(labelFontPath());
    fc.assert(
      fc.property(changes, fc.nat(file.length), fc.boolean(), (all, length, isCut) => {
        const damaged = isCut ? file.subarray(0, length) : change(file, all, 500);
        let tables: FontTables;
        try {
          tables = unpackWoff(damaged);
        } catch (error) {
          expect(isRefusal(error)).toBe(true);
          return;
        }
        use(tables);
      }),
      { numRuns: 100 },
    );
  });

  /** The font with a 16-bit number of a table changed. */
  const withWord = async (name: string, at: number, value: number) => {
    const tables = new Map(await labelTables());
    const changed = Uint8Array.from(tables.get(name)!);
    new DataView(changed.buffer).setUint16(at, value);
    return tables.set(name, changed);
  };

  test.each([
    ["an em square of no size", "head", 18, 0],
    ["capitals of no height", "OS/2", 88, 0],
    ["no widths", "hhea", 34, 0],
  ])("with %s is refused", async (_, name, at, value) => {
    const tables = await withWord(name, at, value);
    expect(isRefusal(outcomeOf(tables))).toBe(true);
  });

  test("that claims to be far larger unpacked than it may is refused unread", async () => {
    const file = Uint8Array.from(await readFile(labelFontPath()));
    new DataView(file.buffer).setUint32(44 + 12, 0xffff_ffff);
    expect(() => unpackWoff(file)).toThrow(/that is not in the file/);
  });
});
