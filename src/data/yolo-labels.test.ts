import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseDataYaml } from "./data-yaml.ts";
import { parseYoloLabels } from "./yolo-labels.ts";

describe("YOLO's labels", () => {
  it("are boxes by their centres, in shares of the picture, and polygons' boxes", () => {
    const objects = parseYoloLabels(
      "0 0.5 0.5 0.25 0.5\r\n\r\n2 0.1 0.2 0.3 0.2 0.3 0.6\n",
      "a.txt",
    );
    expect(objects.map(({ place, class: index, box }) => [place, index, box])).toEqual([
      ["a.txt, line 1", 0, { x: 0.375, y: 0.25, width: 0.25, height: 0.5 }],
      [
        "a.txt, line 3",
        2,
        { x: 0.1, y: 0.2, width: expect.closeTo(0.2), height: expect.closeTo(0.4) },
      ],
    ]);
    expect(parseYoloLabels("", "a.txt")).toEqual([]);
  });

  it.each([
    ["cat 0.5 0.5 0.1 0.1", /a.txt, line 1: .*class's index first/],
    ["-1 0.5 0.5 0.1 0.1", /class's index first/],
    ["0 0.5 0.5 0.1", /centre x and y/],
    ["0 0.5 0.5 0.1 0.1 0.9", /centre x and y/],
    ["0 0.5 0.5 0.2 0.2 0.1 0.2 2 0.3 0.4 2", /no key points/],
    ["0 320 240 64 48", /shares of the picture's edges/],
    ["0 0.5 nan 0.1 0.1", /shares of the picture's edges/],
  ])("%j is refused, or left out", (line, message) => {
    expect(() => parseYoloLabels(line, "a.txt")).toThrow(message);
    const faults: unknown[] = [];
    const text = `${line}\n1 0.5 0.5 1 1`;
    expect(parseYoloLabels(text, "a.txt", (error) => faults.push(error))).toHaveLength(1);
    expect(faults).toHaveLength(1);
  });

  it("become objects or the library's error, whatever stands there", () => {
    const token = fc.oneof(fc.constantFrom("0", "0.5", "1", "1e9", "-", "\n"), fc.string());
    const run = fc.property(fc.array(token), (tokens) => {
      try {
        for (const { box } of parseYoloLabels(tokens.join(" "), "a.txt")) {
          expect(Object.values(box).every(Number.isFinite)).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(500, 2) });
  });
});

describe("YOLO's data.yaml", () => {
  const nothing = { names: undefined, path: undefined, train: [], val: [], test: [] };

  it.each([
    ['names: [cat, \'a dog\', "b\\"c"] # three', ["cat", "a dog", 'b"c']],
    ["names:\n- cat\n- a dog # one\n", ["cat", "a dog"]],
    ["names:\n  - cat\n  - 'it''s'\n", ["cat", "it's"]],
    ["names:\n  0: cat\n  1: c#\n", ["cat", "c#"]],
    ["names: {0: cat, 1: dog}", ["cat", "dog"]],
    ["names: [\n  cat, # one\n  dog,\n]\n", ["cat", "dog"]],
    ["\ufeff---\n# all\nnc: 1\r\nnames: ['0']\r\n", ["0"]],
  ])("%j names classes", (text, names) => {
    expect(parseDataYaml(text, "data.yaml")).toEqual({ ...nothing, names });
  });

  it("says where parts lie; what else stands in it is not read", () => {
    const text = [
      "path: ../datasets/coco8 # root",
      "train: [images/a, images/b]",
      "val: 'images/val'",
      "test: # none",
      "roboflow:\n  workspace: me\n  tags: &x [*x, !!python/object]",
      "download: |\n  import os\n  os.remove('a')\n",
    ].join("\n");
    expect(parseDataYaml(text, "data.yaml")).toEqual({
      ...nothing,
      ...{ path: "../datasets/coco8", train: ["images/a", "images/b"], val: ["images/val"] },
    });
  });

  it.each([
    ["names: &a [cat]", /data.yaml, line 1: .*a text, a list or a map/],
    ["names: *a", /a text, a list or a map/],
    ["names: !!set {cat}", /a text, a list or a map/],
    ["names: |\n  cat", /a text, a list or a map/],
    ["names: [cat, [dog]]", /a text, a list or a map/],
    ["names: [cat", /a comma or \]/],
    ["names: [cat] dog", /nothing behind/],
    ["names: {0: cat, 2: dog}", /a name for each index from 0 to 1/],
    ["names: {0: cat, 0: dog}", /each key once/],
    ["names:\n  0: cat\n    1: dog", /of one indent/],
    ["names:\n  - cat\n  1: dog", /of one indent/],
    ['names: ["\\x41"]', /without escapes/],
    ["nc: 3\nnames: [cat]", /line 1: nc is not the number of names: expected 1, received "3"/],
    ["names: [cat]\nnames: [dog]", /line 2: a field comes twice/],
    ["train: {a: b}", /a path or a list of paths/],
    ["{names: [cat]}", /no field/],
  ])("%j is refused by line", (text, message) => {
    expect(() => parseDataYaml(text, "data.yaml")).toThrow(message);
  });

  it("gives fields or the library's error, whatever stands there", () => {
    const piece = fc.constantFrom(
      ...[
        "names",
        "train",
        "nc",
        ":",
        " ",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
        "#",
      ],
      ...["cat", "0", "1", "&", "*", "|", "\\", "\t", "é"],
    );
    const run = fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      try {
        const { names = [] } = parseDataYaml(`names:${pieces.join("")}`, "data.yaml");
        for (const name of names) expect(typeof name).toBe("string");
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(1000, 2) });
  });
});
