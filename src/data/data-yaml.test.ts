import { describe, expect, it } from "vitest";
import { parseDataYaml } from "./data-yaml.ts";

const read = (text: string) => parseDataYaml(text, "data.yaml");

describe("a data.yaml", () => {
  it("has names of plain and quoted fields, with spaces before the colon", () => {
    expect(read('names : [a, "b # c", d] # three\ntrain  : images').names).toEqual([
      "a",
      "b # c",
      "d",
    ]);
    expect(read('"names" : [a]\n').names).toEqual(["a"]);
    expect(read("names: [traffic\n  light, b]\n").names).toEqual(["traffic light", "b"]);
  });

  it("whose list has an empty name, or that is about key points, is refused", () => {
    expect(() => read("names: [a, , b]")).toThrow(/this YAML is not read/);
    expect(() => read("names: [a]\nkpt_shape: [17, 2]")).toThrow(/key points/);
  });

  // Each of these would take hours if any part of a line were tried from every place.
  it.each([
    ["spaces", `a${" ".repeat(1_000_000)}b`],
    ["quotes that stay open", `names: [${'"\\"'.repeat(300_000)}`],
  ])("of many %s is refused at once", (_, text) => {
    expect(() => read(text)).toThrow(/data\.yaml/);
  });
});
