import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pixels } from "./drawing/fill-pixels.ts";
import type { MeasureText } from "./drawing/text.ts";
import { Lettering } from "./lettering-node.ts";

const [width, height, font, x] = [600, 80, 32, 100];
const style = { font, x, y: 40, color: [255, 255, 255], align: "left" } as const;

/** A text written white on black, and the width that it was said to have. */
async function written(text: string): Promise<Pixels & { readonly said: number }> {
  const letters = await Lettering.load();
  const said = await letters.layOut((measure: MeasureText) => measure(text, font));
  const on = { width, height, data: new Uint8Array(width * height * 3) };
  await letters.paint(on, [{ text, ...style }]);
  return { ...on, said };
}

/** Columns that have ink. */
function inked({ data }: Pixels): readonly number[] {
  const columns = new Set<number>();
  for (let i = 0; i < data.length; i++) if (data[i]! > 0) columns.add(Math.floor(i / 3) % width);
  return [...columns].sort((a, b) => a - b);
}

/** A part of the picture, from a column on. */
function from({ data }: Pixels, column: number, count: number): readonly number[] {
  return Array.from({ length: count * height }, (_, i) => {
    const [left, row] = [column + (i % count), Math.floor(i / count)];
    return data[(row * width + left) * 3]!;
  });
}

describe("a text", () => {
  test.each(["dog 91%", "naïve façade", "кот 91%", "ab ж cd", "e\u0301 a\u0308"])(
    "%s is as wide as it was said to be",
    async (text) => {
      const page = await written(text);
      const columns = inked(page);
      expect(Math.abs(columns[0]! - x)).toBeLessThan(4);
      expect(Math.abs(columns.at(-1)! + 1 - (x + page.said))).toBeLessThan(4);
    },
  );

  test("its capitals stand in the middle", async () => {
    const { data } = await written("HHH");
    const rows = Array.from({ length: height }, (_, y) => y).filter((y) =>
      data.subarray(y * width * 3, (y + 1) * width * 3).some((value) => value > 128),
    );
    expect(Math.abs((rows[0]! + rows.at(-1)! + 1) / 2 - style.y)).toBeLessThanOrEqual(1);
  });

  test("centred, it has as much room on the left as on the right", async () => {
    const letters = await Lettering.load();
    for (const text of ["HIH", "ЖЖЖ"]) {
      await letters.layOut((measure) => measure(text, font));
      const on = { width, height, data: new Uint8Array(width * height * 3) };
      await letters.paint(on, [{ text, ...style, x: 300, align: "center" }]);
      const columns = inked(on);
      expect(Math.abs(columns[0]! + columns.at(-1)! + 1 - 600)).toBeLessThan(5);
    }
  });
});

describe("a label of another script", () => {
  test.each(["кот", "كلب كبير", "כלב גדול"])(
    "%s has its score behind it, in our letters",
    async (label) => {
      const [whole, alone] = await Promise.all([written(`${label} 91%`), written("91%")]);
      const start = inked(alone)[0]!;
      const wide = inked(alone).at(-1)! + 1 - start;
      const end = inked(whole).at(-1)! + 1;
      // Letters may begin between pixels there: as much ink, to a twentieth.
      const ink = (page: Pixels, column: number) =>
        from(page, column, wide).reduce((sum, value) => sum + value, 0);
      expect(ink(whole, end - wide) / ink(alone, start)).toBeCloseTo(1, 1);
    },
  );

  test("is text, not markup", async () => {
    const plain = await written("ж");
    const marked = await written("ж<tspan dx='99'>&#65;</tspan>ж");
    expect(marked.said).toBeGreaterThan(15 * plain.said);
  });

  test("of any characters is written within its room", async () => {
    const odd = fc.constantFrom(
      "ж",
      "猫",
      "<",
      "&",
      "\u202e",
      "\u0007",
      "\ud800",
      "\uffff",
      "\u200d",
      "🐕",
      "]]>",
      "a",
      "\u0301",
      " ",
    );
    const texts = fc.array(odd, { maxLength: 12 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const page = await written(text);
        const columns = inked(page);
        expect(page.said).toBeGreaterThanOrEqual(0);
        expect(columns.at(-1) ?? x).toBeLessThan(x + page.said + font);
      }),
      { numRuns: 30 },
    );
  });

  test("of a thousand letters has a width near that of its letters", async () => {
    const letters = await Lettering.load();
    const [one, many] = await letters.layOut((measure) => [
      measure("ж", 10),
      measure("ж".repeat(1000), 10),
    ]);
    expect(many / one).toBeGreaterThan(900);
    expect(many / one).toBeLessThan(1100);
  });
});
