import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseVocAnnotation } from "./voc-annotations.ts";

/** An annotation of one object, with what is changed in it. */
function annotation({ name = "<name>cat</name>", xmin = "10", more = "", head = "" } = {}): string {
  return `<annotation>${head}
    <object>${name}${more}
      <bndbox><xmin>${xmin}</xmin><ymin>20</ymin><xmax>40</xmax><ymax>60</ymax></bndbox>
    </object></annotation>`;
}

const parse = (text: string) => parseVocAnnotation(text, "a.xml");

describe("PASCAL VOC's annotations", () => {
  it("become objects with boxes in pixels", () => {
    const head =
      "<filename>a.jpg</filename><size><width>100</width><height>80</height><depth>3</depth></size>";
    const more = "<difficult>1</difficult><part><name>head</name></part>";
    expect(parse(annotation({ head, more }))).toEqual({
      filename: "a.jpg",
      size: { width: 100, height: 80 },
      objects: [
        {
          place: "a.xml: object 1 (line 2)",
          class: "cat",
          box: { x: 10, y: 20, width: 30, height: 40 },
          difficult: true,
          crowd: false,
        },
      ],
    });
  });

  it("of VOC itself count pixels from 1 and include the last", () => {
    const head = "<source><database>The VOC2007 Database</database></source>";
    const [object] = parse(annotation({ head, xmin: "1" })).objects;
    expect(object?.box).toEqual({ x: 0, y: 19, width: 40, height: 41 });
  });

  it("without a size, with one of 0 or without objects are annotations all the same", () => {
    const head = "<size><width>0</width><height>0</height></size>";
    expect(parse(`<annotation>${head}</annotation>`)).toEqual({
      ...{ filename: undefined, size: undefined, objects: [] },
    });
  });

  it.each([
    ["a name", { name: "" }, /a.xml: object 1 \(line 2\): the object has no right name/],
    ["an edge", { xmin: "left" }, /no right xmin: expected a number of pixels, received "left"/],
    ["an edge that is finite", { xmin: "1e300" }, /no right xmin/],
    ["a flag", { more: "<difficult>very</difficult>" }, /no right difficult: expected 0 or 1/],
  ])("are refused without %s, or leave the object out", (_, changes, message) => {
    const text = annotation(changes);
    expect(() => parse(text)).toThrow(message);
    const faults: unknown[] = [];
    expect(parseVocAnnotation(text, "a.xml", (error) => faults.push(error)).objects).toEqual([]);
    expect(faults).toHaveLength(1);
  });

  it("are refused where the XML is something else", () => {
    expect(() => parse("<svg/>")).toThrow(/no annotation of a picture/);
  });

  it("become objects or the library's error, whatever stands in them", () => {
    const value = fc.oneof(fc.constantFrom("1", "-1", "", "NaN", "1e9", "<b/>"), fc.string());
    const run = fc.property(value, value, value, (name, xmin, flag) => {
      const more = `<difficult>${flag}</difficult>`;
      try {
        const { objects } = parse(annotation({ name: `<name>${name}</name>`, xmin, more }));
        for (const { box } of objects) expect(Number.isFinite(box.x)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(500) });
  });
});
