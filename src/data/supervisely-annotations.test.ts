import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseSuperviselyAnnotation, parseSuperviselyClasses } from "./supervisely-annotations.ts";

const corners = [
  [40, 20],
  [10, 60],
];
const cat = {
  classTitle: "cat",
  geometryType: "rectangle",
  points: { exterior: corners, interior: [] },
};

const parse = (objects: unknown, more: object = {}) =>
  parseSuperviselyAnnotation(JSON.stringify({ tags: [], objects, ...more }), "a.jpg.json");

describe("Supervisely's annotations", () => {
  it("are the boxes around their corners, in whichever order these come", () => {
    const exterior = [
      [1, 5],
      [3, 2],
      [4, 9],
    ];
    const polygon = { ...cat, geometryType: "polygon", points: { exterior } };
    const { size, objects } = parse([cat, polygon], { size: { height: 48, width: 64 } });
    expect(size).toEqual({ width: 64, height: 48 });
    expect(objects.map(({ class: name, box }) => [name, box])).toEqual([
      ["cat", { x: 10, y: 20, width: 30, height: 40 }],
      ["cat", { x: 1, y: 2, width: 3, height: 7 }],
    ]);
    expect(parse([], { size: { width: "64" } })).toEqual({ size: undefined, objects: [] });
  });

  it.each([
    ["objects[0].classTitle", { classTitle: 3 }],
    ["objects[0].geometryType", { geometryType: "bitmap" }],
    ["objects[0].points.exterior", { points: { exterior: [[1, 2]] } }],
    ["objects[0].points.exterior", { points: [] }],
    ["objects[0].points.exterior[1]", { points: { exterior: [[1, 2], [3]] } }],
    [
      "objects[0].points.exterior[0]",
      {
        points: {
          exterior: [
            [1, 1e300],
            [3, 4],
          ],
        },
      },
    ],
  ])("are refused with a wrong %s, or leave the object out", (place, changes) => {
    const objects = [{ ...cat, ...changes }, cat];
    expect(() => parse(objects)).toThrow(`a.jpg.json: ${place}: the entry is wrong`);
    const faults: string[] = [];
    const text = JSON.stringify({ objects });
    const noted = parseSuperviselyAnnotation(text, "a", (_, what) => faults.push(what));
    expect([noted.objects.length, faults]).toEqual([1, ["object"]]);
  });

  it("are refused where the file is something else", () => {
    expect(() => parseSuperviselyAnnotation("{", "a")).toThrow(/not JSON/);
    expect(() => parseSuperviselyAnnotation("[]", "a")).toThrow(/none of Supervisely/);
    expect(() => parse(undefined)).toThrow(/objects: the entry is wrong/);
    expect(() => parseSuperviselyClasses('{"classes": [{}]}', "m")).toThrow(/classes\[0\].title/);
    expect(() => parseSuperviselyClasses("{}", "m")).toThrow(/classes: the entry is wrong/);
  });

  it("become boxes or the library's error, whatever stands in them", () => {
    const run = fc.property(fc.json(), fc.jsonValue(), (text, value) => {
      const points = { exterior: value };
      for (const file of [
        text,
        JSON.stringify({ objects: [value, { ...cat, points }] }),
        JSON.stringify({ classes: value, objects: value }),
      ]) {
        for (const read of [parseSuperviselyAnnotation, parseSuperviselyClasses]) {
          try {
            read(file, "a.json");
          } catch (error) {
            expect(error).toBeInstanceOf(MobileNetError);
          }
        }
      }
    });
    fc.assert(run, { numRuns: inputs(300) });
  });
});
