import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { insidePath } from "./inside-path.ts";
import { parseLabelmeAnnotation } from "./labelme-annotations.ts";

const points = [
  [30, 40],
  [10, 20],
];

function parse(shapes: unknown, more: object = {}) {
  return parseLabelmeAnnotation(JSON.stringify({ imagePath: "a.jpg", shapes, ...more }), "a.json");
}

describe("LabelMe's annotations", () => {
  it("are the boxes around their shapes", () => {
    const triangle = [[0, 0], [4, 1], [2, 6]]; // biome-ignore format: corners in a row
    const { objects, ...others } = parse(
      [
        { label: "cat", shape_type: "rectangle", points },
        { label: "dog", shape_type: "polygon", points: triangle, difficult: true },
        {
          label: "ball",
          shape_type: "circle",
          points: [
            [10, 10],
            [13, 14],
          ],
        },
      ],
      { imageWidth: 100, imageHeight: 80, imageData: "…" },
    );
    expect(others).toEqual({ imagePath: "a.jpg", size: { width: 100, height: 80 } });
    expect(objects.map(({ class: name, box, difficult }) => [name, box, difficult])).toEqual([
      ["cat", { x: 10, y: 20, width: 20, height: 20 }, false],
      ["dog", { x: 0, y: 0, width: 4, height: 6 }, true],
      ["ball", { x: 5, y: 5, width: 10, height: 10 }, false],
    ]);
  });

  it("of one group and label are one object", () => {
    const shape = { label: "cat", points, group_id: 1 };
    const other = {
      ...shape,
      points: [
        [50, 0],
        [60, 30],
      ],
    };
    const { objects } = parse([
      shape,
      { ...shape, label: "dog" },
      other,
      { ...shape, group_id: null },
    ]);
    expect(objects.map(({ class: name, box }) => [name, box.width])).toEqual([
      ["cat", 50],
      ["dog", 20],
      ["cat", 20],
    ]);
  });

  it.each([
    ["shapes[0].label", { label: "" }],
    ["shapes[0].shape_type", { shape_type: "line" }],
    ["shapes[0].points", { points: [[1, 2]] }],
    [
      "shapes[0].points[1]",
      {
        points: [
          [1, 2],
          [1, "2"],
        ],
      },
    ],
    [
      "shapes[0].points[0]",
      {
        points: [
          [1, 1e300],
          [1, 2],
        ],
      },
    ],
  ])("are refused with a wrong %s, or leave the shape out", (place, changes) => {
    const shapes = [{ label: "cat", points, ...changes }];
    expect(() => parse(shapes)).toThrow(`a.json: ${place}: the entry is wrong`);
    const faults: unknown[] = [];
    const text = JSON.stringify({ shapes });
    expect(parseLabelmeAnnotation(text, "a.json", (e) => faults.push(e)).objects).toEqual([]);
    expect(faults).toHaveLength(1);
  });

  it("are refused where the file is something else", () => {
    expect(() => parseLabelmeAnnotation("{", "a.json")).toThrow(/not JSON/);
    expect(() => parseLabelmeAnnotation("[]", "a.json")).toThrow(/no annotation of LabelMe/);
    expect(() => parse(undefined)).toThrow(/no shapes/);
    expect(() => parse([null])).toThrow(/label/);
  });

  it("become objects or the library's error, whatever stands in them", () => {
    const run = fc.property(fc.json(), fc.jsonValue(), (text, shape) => {
      for (const file of [
        text,
        JSON.stringify({ shapes: [shape, { label: "a", points: shape }] }),
      ]) {
        try {
          parseLabelmeAnnotation(file, "a.json");
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }
    });
    fc.assert(run, { numRuns: inputs(300) });
  });
});

describe("a path in a file of annotations", () => {
  it.each([
    ["labels", "..\\images\\a.jpg", "images/a.jpg"],
    ["", "./a.jpg", "a.jpg"],
    ["a/b", "../../c.jpg", "c.jpg"],
    ["a", "../../c.jpg", undefined],
    ["", "/etc/passwd", undefined],
    ["", "C:\\a.jpg", undefined],
    ["", "a\0.jpg", undefined],
    ["a", "..", undefined],
  ])("from %j on, %j is %j", (folder, path, expected) => {
    expect(insidePath(folder, path)).toBe(expected);
  });
});
