import { describe, expect, it } from "vitest";
import { shortFloat } from "../json/items.ts";
import { formatBytes, formatCount, formatLarge, formatPercent, plural } from "./format.ts";
import { formatTable } from "./table.ts";

describe("numbers for people", () => {
  it("separates thousands", () => {
    expect(formatCount(3_504_872)).toBe("3,504,872");
  });

  it("never shows a share above 0 as 0", () => {
    expect(formatPercent(0.971)).toBe("97.1 %");
    expect(formatPercent(0.0001)).toBe("< 0.1 %");
    expect(formatPercent(0)).toBe("0.0 %");
    expect(formatPercent(1)).toBe("100.0 %");
  });

  it("keeps three figures and carries at the edge of a unit", () => {
    expect(formatBytes(812)).toBe("812 B");
    expect(formatBytes(17_900_000)).toBe("17.9 MB");
    expect(formatBytes(999_600)).toBe("1.00 MB");
    expect(formatLarge(300_774_272)).toBe("301 M");
    expect(formatLarge(12)).toBe("12");
  });

  it("counts in words", () => {
    expect(plural(1, "image")).toBe("1 image");
    expect(plural(2, "image")).toBe("2 images");
  });
});

describe("a float32 in JSON", () => {
  it("comes back as the same float32 from at most nine figures", () => {
    for (const value of [0.1, 1 / 3, 0.9999999, 123.456, 1e-30, 0]) {
      const stored = Math.fround(value);
      expect(Math.fround(shortFloat(stored))).toBe(stored);
      expect(JSON.stringify(shortFloat(stored)).replace(/e.*|[.-]/g, "").length).toBeLessThan(12);
    }
  });
});

describe("a table", () => {
  it("aligns labels left and numbers right, with no space at a line's end", () => {
    const columns = [{ heading: "label" }, { heading: "share", align: "right" as const }];
    const table = formatTable(columns, [
      ["cat", "9 %"],
      ["potted plant", "100 %"],
    ]);
    expect(table).toBe(
      ["label         share", "cat             9 %", "potted plant  100 %", ""].join("\n"),
    );
    expect(formatTable([{ heading: "a" }], [["b"]], { indent: "  " })).toBe("  a\n  b\n");
  });

  it("shows what would steer the terminal instead of doing it", () => {
    expect(formatTable([{ heading: "layer" }], [["\x1b[2J"]])).toBe("layer\n\\u001b[2J\n");
  });
});
