import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { parseCocoAnnotations } from "./coco-annotations.ts";

/** A file of one cat. */
function file(): { images: unknown[]; annotations: unknown[]; categories: unknown[] } {
  return {
    images: [
      { id: 9, file_name: "b.jpg", width: 640, height: 480 },
      { id: 7, file_name: "val/a.jpg" },
    ],
    annotations: [
      { id: 1, image_id: 7, category_id: 17, bbox: [1, 2, 30, 40], area: 500, iscrowd: 1 },
    ],
    categories: [{ id: 17, name: "cat", supercategory: "animal" }],
  };
}

const parse = (value: unknown): unknown => parseCocoAnnotations(JSON.stringify(value), "a.json");

/** The file with one field of its first entry of a list changed. */
function changed(list: "images" | "annotations" | "categories", fields: object): unknown {
  const value = file();
  value[list][0] = { ...(value[list][0] as object), ...fields };
  return value;
}

describe("COCO's annotations", () => {
  it("become pictures in order of id, with their objects", () => {
    expect(parse(file())).toEqual({
      images: [
        {
          id: 7,
          path: "val/a.jpg",
          objects: [
            {
              category: 17,
              box: { x: 1, y: 2, width: 30, height: 40 },
              area: 500,
              crowd: true,
              place: "a.json: annotations[0]",
            },
          ],
          ...{ size: undefined, place: "a.json: images[1]" },
        },
        {
          id: 9,
          path: "b.jpg",
          size: { width: 640, height: 480 },
          place: "a.json: images[0]",
          objects: [],
        },
      ],
      categories: new Map([[17, "cat"]]),
      groups: new Set(["animal"]),
    });
  });

  it("have the box's area where they name none, and no crowds unless they say so", () => {
    const { images } = parseCocoAnnotations(
      JSON.stringify(changed("annotations", { area: undefined, iscrowd: undefined })),
      "a.json",
    );
    expect(images[0]?.objects[0]).toMatchObject({ area: 1200, crowd: false });
  });

  it.each([
    ["annotations[0].bbox", changed("annotations", { bbox: [1, 2, 3] })],
    ["annotations[0].bbox[2]", changed("annotations", { bbox: [1, 2, -3, 4] })],
    ["annotations[0].bbox[0]", changed("annotations", { bbox: ["1", 2, 3, 4] })],
    ["annotations[0].bbox[1]", changed("annotations", { bbox: [1, 1e300, 3, 4] })],
    ["annotations[0].bbox[3]", changed("annotations", { bbox: [1, 2, 3, null] })],
    ["annotations[0].area", changed("annotations", { area: "large" })],
    ["annotations[0].iscrowd", changed("annotations", { iscrowd: 2 })],
    ["annotations[0].image_id", changed("annotations", { image_id: 8 })],
    ["annotations[0].image_id", changed("annotations", { image_id: "7" })],
    ["annotations[0].category_id", changed("annotations", { category_id: 1 })],
    ["images[0].id", changed("images", { id: -1 })],
    ["images[0].file_name", changed("images", { file_name: "../../etc/passwd" })],
    ["images[0].file_name", changed("images", { file_name: "/etc/passwd" })],
    ["images[0].file_name", changed("images", { file_name: 4 })],
    ["images[1].id", changed("images", { id: 7 })],
    ["categories[0].name", changed("categories", { name: "" })],
    ["categories[0].id", changed("categories", { id: 1.5 })],
    ["a.json: annotations[0]", { ...file(), annotations: [null] }],
    ["no images", { ...file(), images: {} }],
    ["no categories", { images: [], annotations: [] }],
    ["no COCO annotations", []],
    ["no COCO annotations", null],
  ])("name %s where it is wrong", (place, value) => {
    expect(() => parse(value)).toThrow(MobileNetError);
    expect(() => parse(value)).toThrow(place);
  });

  it("are refused where they are no JSON or cut short", () => {
    const text = JSON.stringify(file());
    for (const end of [0, 1, 50, text.length - 1]) {
      expect(() => parseCocoAnnotations(text.slice(0, end), "a.json")).toThrow(/not JSON/);
    }
  });

  it("are read or refused, whatever stands in a field", () => {
    const lists = ["images", "annotations", "categories"] as const;
    const fields = [
      "id",
      "file_name",
      "image_id",
      "category_id",
      "bbox",
      "area",
      "iscrowd",
      "name",
      "__proto__",
    ];
    const change = fc.tuple(fc.constantFrom(...lists), fc.constantFrom(...fields), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const value = file();
        for (const [list, field, content] of changes) {
          Object.defineProperty(value[list][0] as object, field, {
            value: content,
            enumerable: true,
            configurable: true,
          });
        }
        let result: ReturnType<typeof parseCocoAnnotations>;
        try {
          result = parseCocoAnnotations(JSON.stringify(value), "a.json");
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
          return;
        }
        for (const { id, path, objects } of result.images) {
          expect(Number.isSafeInteger(id)).toBe(true);
          expect(path.split("/")).not.toContain("..");
          for (const { box, area, category } of objects) {
            expect([...Object.values(box), area].every(Number.isFinite)).toBe(true);
            expect(result.categories.has(category)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are read or refused, whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parse(value)).toThrow(MobileNetError);
      }),
    );
  });
});
