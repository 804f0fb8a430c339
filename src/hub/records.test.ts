import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSafePath } from "../formats/files.ts";
import { findRecord, unknownSource } from "./lookup.ts";
import { hubRecords } from "./records.ts";

describe("hubRecords", () => {
  it("has unique names", () => {
    expect(new Set(hubRecords.map(({ name }) => name)).size).toBe(hubRecords.length);
  });

  it.each(hubRecords.map((record) => [record.name, record] as const))(
    "%s agrees with itself",
    (_, { architecture, labels, preprocess, source }) => {
      if ("file" in labels) expect(source.files.map(({ path }) => path)).toContain(labels.file);
      else expect(labels).toHaveLength(architecture.classes);
      expect([preprocess.height, preprocess.width]).toEqual(architecture.resolution);
      if (source.kind === "npm") expect(source.integrity).toMatch(/^sha512-[\w+/]{86}==$/);
      else if (source.kind === "url")
        expect(source.baseUrl).toMatch(new RegExp(`^https://.*/${source.version}/$`));
      for (const { path, bytes, sha256 } of source.files) {
        expect(isSafePath(path)).toBe(true);
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(bytes).toBeGreaterThan(0);
      }
    },
  );

  it("names COCO's categories by their ids: 1 person, 18 dog, 44 bottle, 90 toothbrush", () => {
    const labels = findRecord("ssdlite-coco").labels as readonly string[];
    expect([1, 18, 44, 90].map((id) => labels[id - 1])).toEqual([
      "person",
      "dog",
      "bottle",
      "toothbrush",
    ]);
    expect(labels.filter((label) => label === "n/a")).toHaveLength(10);
  });
});

describe("findRecord", () => {
  it.each([
    ["ssdlite", "ssdlite-coco"],
    ["SSDLite-COCO", "ssdlite-coco"],
    ["deeplab-voc", "deeplabv3-voc"],
    ["nfsw", "nsfw"],
  ])("suggests the nearest name for %s", (typed, meant) => {
    expect(() => findRecord(typed)).toThrow(`Did you mean ${meant}?`);
  });

  it.each(["models/traned.tflite", "./pets", "C:\\\\pets\\\\model.json", "model.onnx", "pets.zip"])(
    "takes %s for a path",
    (typed) => {
      const { code, message } = unknownSource(typed);
      expect(code).toBe("not-found");
      expect(message).toMatch(/no such file or folder.*Check the path/);
    },
  );

  it("lists every name in one line, whatever was typed", () => {
    const name = fc.string().filter((typed) => !/[/\\]|\.\w+$/.test(typed));
    fc.assert(
      fc.property(name, (typed) => {
        const { message } = unknownSource(typed);
        for (const { name } of hubRecords) expect(message).toContain(name);
        expect(message).not.toContain("\n");
      }),
    );
  });
});
