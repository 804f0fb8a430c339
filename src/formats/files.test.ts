import { describe, expect, it } from "vitest";
import { parseJson } from "./files.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("JSON from files", () => {
  it("is what it says", () => {
    const text = '{"a": ["]]]]", "\\\\", "\\"[[", {"b": [1, 2]}]}';
    expect(parseJson(encode(text), "model.json")).toEqual(JSON.parse(text));
  });

  it.each([
    ["brackets in brackets", "[".repeat(5_000_000), /at most 100 brackets/],
    ["values", `[${"0,".repeat(2_100_000)}0]`, /at most 2000000 values/],
    ["bytes", `"${"x".repeat(33 * 2 ** 20)}"`, /at most 33554432 bytes/],
  ])("is refused before it is made where it has far too many %s", (_, text, message) => {
    const before = process.memoryUsage().heapUsed;
    expect(() => parseJson(encode(text), "model.json")).toThrow(message);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 2 ** 20);
  });

  it("names the file that is none", () => {
    expect(() => parseJson(encode("{"), "model.json")).toThrow(/^model.json: the file is not JSON/);
    expect(() => parseJson(encode('"open\\'), "model.json")).toThrow(/not JSON/);
  });
});
