import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { parseCvatAnnotations } from "./cvat-annotations.ts";

const cat = '<box label="cat" occluded="0" xtl="10" ytl="20.5" xbr="40" ybr="60"></box>';

const file = (shapes: string, image = 'name="in/a b.jpg" width="64" height="48"'): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n<image id="0" ${image}>\n${shapes}\n</image>\n</annotations>`;

const parse = (shapes: string, image?: string) =>
  parseCvatAnnotations(file(shapes, image), "a.xml");

/** The box of a shape, in whole numbers. */
const boxOf = (shape: string): number[] => {
  const { x, y, width, height } = parse(shape).images[0]!.objects[0]!.box;
  return [x, y, width, height].map((edge) => Math.round(edge * 1e6) / 1e6);
};

describe("CVAT's annotations of images", () => {
  it("have pictures with sizes, subsets and boxes", () => {
    const { images, classes } = parse(
      cat,
      'name="in/a b.jpg" subset="Train" width="64" height="48"',
    );
    expect(classes).toBeUndefined();
    expect(images).toEqual([
      {
        ...{ path: "in/a b.jpg", place: "a.xml, line 4", subset: "Train" },
        size: { width: 64, height: 48 },
        objects: [
          {
            ...{ place: "a.xml: box in line 5", class: "cat", crowd: false, difficult: false },
            box: { x: 10, y: 20.5, width: 30, height: 39.5 },
          },
        ],
      },
    ]);
    expect(parse("", 'name="a.jpg" subset="default"').images).toEqual([
      { path: "a.jpg", place: "a.xml, line 4", subset: undefined, size: undefined, objects: [] },
    ]);
  });

  it("have boxes around what is turned, and around other shapes", () => {
    const turned = (degrees: number) =>
      boxOf(`<box label="a" xtl="10" ytl="10" xbr="30" ybr="20" rotation="${degrees}"/>`);
    expect(turned(0)).toEqual([10, 10, 20, 10]);
    expect(turned(90)).toEqual([15, 5, 10, 20]);
    expect(turned(180)).toEqual([10, 10, 20, 10]);
    // Half of 20 + 10 by the diagonal.
    const edge = Math.round(30 * Math.SQRT1_2 * 1e6) / 1e6;
    expect(turned(45).slice(2)).toEqual([edge, edge]);
    expect(boxOf('<polygon label="a" points="1,9;4.5,2;3,7"/>')).toEqual([1, 2, 3.5, 7]);
    expect(boxOf('<ellipse label="a" cx="10" cy="20" rx="5" ry="3"/>')).toEqual([5, 17, 10, 6]);
    expect(boxOf('<ellipse label="a" cx="10" cy="20" rx="5" ry="3" rotation="90"/>')).toEqual([
      ...[7, 15, 6, 10],
    ]);
    expect(boxOf('<mask label="a" rle="1, 2" left="3" top="4" width="2" height="1"/>')).toEqual([
      ...[3, 4, 2, 1],
    ]);
  });

  it("have neither what is outside nor what is said of the whole picture", () => {
    const shapes = [
      cat.replace("occluded", 'outside="1" occluded'),
      '<tag label="night"/>',
      cat.replace('occluded="0"', 'outside="0" occluded="1"'),
    ];
    expect(parse(shapes.join("\n")).images[0]?.objects.map(({ place }) => place)).toEqual([
      "a.xml: box in line 7",
    ]);
  });

  it("list the labels whose shapes have boxes, of tasks and projects", () => {
    const labels = [
      "<name>dog</name><type>any</type>",
      "<name>cat</name>",
      "<name>nose</name><type>points</type>",
      "<name>night</name><type>tag</type>",
    ];
    const list = `<labels>${labels.map((label) => `<label>${label}</label>`).join("")}</labels>`;
    for (const about of ["task", "project", "job"]) {
      const meta = `<meta><${about}>${list}</${about}></meta>`;
      const text = file(cat).replace("<image", `${meta}<image`);
      expect(parseCvatAnnotations(text, "a.xml").classes).toEqual(["dog", "cat"]);
    }
  });

  it.each([
    ["label", cat.replace("cat", "")],
    ["xtl", cat.replace('"10"', '"ten"')],
    ["ybr", cat.replace(' ybr="60"', "")],
    ["xbr", cat.replace('"40"', '"1e300"')],
    ["rotation", cat.replace("xtl", 'rotation="NaN" xtl')],
    ["points", '<polygon label="a" points="1,2;3"/>'],
    ["points", '<polygon label="a" points="1,2"/>'],
    ["attribute comes twice", cat.replace("xtl", 'label="dog" xtl')],
    ["no box is made of such a shape", '<points label="a" points="1,2"/>'],
  ])("leave a shape out that has a wrong %s", (summary, shape) => {
    const text = file(`${shape}\n${cat}`);
    expect(() => parseCvatAnnotations(text, "a.xml")).toThrow(`in line 5: `);
    expect(() => parseCvatAnnotations(text, "a.xml")).toThrow(summary);
    const faults: string[] = [];
    const { images } = parseCvatAnnotations(text, "a.xml", (_, what) => faults.push(what));
    expect(faults).toEqual(["object"]);
    expect(images[0]?.objects).toHaveLength(1);
  });

  it("are refused where a picture is nowhere, or the file is something else", () => {
    expect(() => parse(cat, 'name="../a.jpg"')).toThrow(/line 4: a path leads out/);
    expect(() => parse(cat, 'task_id="1"')).toThrow(/no right name/);
    expect(() => parseCvatAnnotations("<annotation/>", "a.xml")).toThrow(/no annotations of CVAT/);
    const track = '<annotations><track id="0" label="car"></track></annotations>';
    expect(() => parseCvatAnnotations(track, "a.xml")).toThrow(
      /tracks of a video.*CVAT for images 1.1/,
    );
  });

  it("become boxes or the library's error, whatever stands in them", () => {
    const names = [
      "label",
      "xtl",
      "ytl",
      "xbr",
      "ybr",
      "points",
      "rotation",
      "cx",
      "cy",
      "rx",
      "ry",
      "left",
      "top",
      "width",
      "height",
      "outside",
    ];
    const value = fc.oneof(fc.constantFrom("1", "-2.5", "1e9", "", "&#0;", "1,2;3,4"), fc.string());
    const attributes = fc.dictionary(fc.constantFrom(...names), value);
    const shape = fc.tuple(
      fc.constantFrom("box", "polygon", "ellipse", "mask", "track", "tag"),
      attributes,
    );
    const run = fc.property(fc.array(shape, { maxLength: 3 }), fc.string(), (shapes, name) => {
      const text = shapes.map(
        ([kind, set]) =>
          `<${kind} ${Object.entries(set)
            .map(([key, one]) => `${key}='${one}'`)
            .join(" ")}/>`,
      );
      try {
        for (const image of parse(text.join(""), `name='${name}'`).images) {
          expect(image.path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/);
          for (const { box } of image.objects)
            expect(Object.values(box).every(Number.isFinite)).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    });
    fc.assert(run, { numRuns: inputs(500) });
  });
});
