import { describe, expect, it } from "vitest";
import { formatTable } from "./table.ts";
import { fitColumns, loadWidths, padText, textWidth } from "./text-width.ts";

const texts: readonly (readonly [text: string, columns: number])[] = [
  ["", 0],
  ["cat.jpg", 7],
  ["猫の写真", 8],
  ["고양이", 6],
  ["Ａ", 2],
  ["café", 4],
  ["cafe\u0301", 4],
  ["👍🏽", 2],
  ["👩‍👩‍👧", 2],
  ["❤️", 2],
  ["a\u200bb", 2],
  ["ﾈｺ", 2],
  ["Ⅻ", 1],
];

describe.each(["without the table of widths", "with it"])("the columns of a text, %s", (which) => {
  it.each(texts)("%j takes %d", async (text, columns) => {
    if (which === "with it") await loadWidths();
    // Half-width katakana are known to the table alone.
    if (text === "ﾈｺ" && which !== "with it") return;
    expect(textWidth(text)).toBe(columns);
  });
});

describe("a text of few columns", () => {
  it("keeps its beginning and its end, and whole characters", () => {
    for (const text of [
      "photos/holiday/beach.jpg",
      "写真/夏休み/海と空と猫.jpg",
      "👩‍👩‍👧".repeat(9),
    ]) {
      for (let columns = 1; columns < 30; columns++) {
        const fitted = fitColumns(text, columns);
        expect(textWidth(fitted)).toBeLessThanOrEqual(Math.max(1, columns));
        // Half a pair of surrogates would throw.
        encodeURIComponent(fitted);
      }
    }
    expect(fitColumns("short", 9)).toBe("short");
    expect(padText("猫", 4)).toBe("猫  ");
  });
});

it("tables line up whatever their cells are written in", () => {
  const columns = [{ heading: "name" }, { heading: "share", align: "right" }] as const;
  const rows = [
    ["猫の写真", "9 %"],
    ["👍 good", "10 %"],
    ["cat", "100 %"],
  ];
  const lines = formatTable(columns, rows).trimEnd().split("\n");
  const widths = lines.map((line) => textWidth(line));
  expect(new Set(widths)).toEqual(new Set([15]));
});
