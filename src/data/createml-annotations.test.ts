import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseCreatemlAnnotations } from "./createml-annotations.ts";

const coordinates = { x: 25, y: 40, width: 30, height: 40 };
const cat = { label: "cat", coordinates };

const parse = (...entries: readonly unknown[]) =>
  parseCreatemlAnnotations(JSON.stringify(entries), "a.json");

describe("Create ML's annotations", () => {
  it("have boxes by their centres, and pictures without any", () => {
    expect(
      parse({ image: "./in/a.jpg", annotations: [cat] }, { image: "b.jpg", annotations: [] }),
    ).toEqual([
      {
        ...{ path: "in/a.jpg", place: "a.json: [0]" },
        objects: [
          {
            ...{
              place: "a.json: [0].annotations[0]",
              class: "cat",
              crowd: false,
              difficult: false,
            },
            box: { x: 10, y: 20, width: 30, height: 40 },
          },
        ],
      },
      { path: "b.jpg", place: "a.json: [1]", objects: [] },
    ]);
  });

  it("have the names of Apple's own examples, too", () => {
    const [image] = parse({ imagefilename: "a.jpg", annotation: [cat] });
    expect([image?.path, image?.objects.length]).toEqual(["a.jpg", 1]);
  });

  it.each([
    ["[0].image", { image: 1 }],
    ["[0].image", { image: "../a.jpg" }],
    ["[0].annotations", { annotations: {} }],
    ["[0].annotations[0].label", { annotations: [{ ...cat, label: "" }] }],
    [
      "[0].annotations[0].coordinates.x",
      { annotations: [{ label: "cat", coordinates: [1, 2, 3, 4] }] },
    ],
    [
      "[0].annotations[0].coordinates.y",
      { annotations: [{ label: "cat", coordinates: { ...coordinates, y: "4" } }] },
    ],
    [
      "[0].annotations[0].coordinates.width",
      { annotations: [{ label: "cat", coordinates: { ...coordinates, width: -1 } }] },
    ],
    [
      "[0].annotations[0].coordinates.height",
      { annotations: [{ label: "cat", coordinates: { ...coordinates, height: 1e300 } }] },
    ],
  ])("are refused with a wrong %s, or leave it out", (place, changes) => {
    const entry = { image: "a.jpg", annotations: [cat], ...changes };
    expect(() => parse(entry)).toThrow(`a.json: ${place}: `);
    const faults: string[] = [];
    const text = JSON.stringify([entry, { image: "b.jpg", annotations: [cat] }]);
    const images = parseCreatemlAnnotations(text, "a.json", (_, what) => faults.push(what));
    expect(faults).toEqual([place.includes("annotations[") ? "object" : "picture"]);
    expect(images.at(-1)).toMatchObject({ path: "b.jpg", objects: [{ class: "cat" }] });
  });

  it("are refused where the file is something else", () => {
    expect(() => parseCreatemlAnnotations("[", "a.json")).toThrow(/not JSON/);
    expect(() => parseCreatemlAnnotations("{}", "a.json")).toThrow(/a list of pictures/);
    expect(() => parse(null)).toThrow(/\[0\].image/);
  });

  it("become objects or the library's error, whatever stands in them", () => {
    const run = fc.property(fc.json(), fc.jsonValue(), (text, value) => {
      const entries = [
        { image: value },
        { image: "a", annotations: value },
        { image: "a", annotations: [value, { label: "a", coordinates: value }] },
      ];
      for (const file of [text, ...entries.map((entry) => JSON.stringify([entry]))]) {
        try {
          for (const { path, objects } of parseCreatemlAnnotations(file, "a.json")) {
            expect(path).not.toMatch(/^\/|\.\./);
            for (const { box } of objects)
              expect(Object.values(box).every(Number.isFinite)).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }
    });
    fc.assert(run, { numRuns: inputs(300) });
  });
});
