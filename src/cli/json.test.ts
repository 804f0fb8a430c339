import { describe, expect, it } from "vitest";
import { formatJson } from "./json.ts";

describe("a JSON document", () => {
  it("has lists of numbers on one line and everything else indented", () => {
    const value = { shape: [1, -2.5, 1e-9], rows: [[1], ["a"]], text: "[\n1,\n2\n]", none: [] };
    const text = formatJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain('"shape": [1, -2.5, 1e-9],\n');
    expect(text).toContain('[\n      "a"\n    ]');
    expect(text.endsWith("}\n")).toBe(true);
  });
});
