import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { cutOut, mask, softMask } from "./masks.ts";
import { pixelBox } from "./pixel-box.ts";
import { decodeRunLengths, encodeRunLengths } from "./run-lengths.ts";
import { segmentationFromJson, segmentationJson } from "./segmentation-json.ts";

const edge = fc.integer({ min: 1, max: 40 });

describe("a box in whole pixels", () => {
  it("lies in the picture, covers the box, and cuts with sharp as it is", async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const picture = { width: 37, height: 23 };
    const file = sharp({ create: { ...picture, channels: 3, background: "red" } }).raw();
    const { data, info } = await file.toBuffer({ resolveWithObject: true });
    await fc.assert(
      fc.asyncProperty(share, share, share, share, async (x, y, w, h) => {
        const box = { x: x * 37, y: y * 23, width: w * (37 - x * 37), height: h * (23 - y * 23) };
        const cut = pixelBox(box);
        expect([cut.left, cut.top, cut.width, cut.height].every(Number.isInteger)).toBe(true);
        const inside = pixelBox(box, picture);
        expect(inside.left + inside.width).toBeLessThanOrEqual(37);
        expect(inside.top + inside.height).toBeLessThanOrEqual(23);
        const size = await sharp(data, { raw: info }).extract(inside).raw().toBuffer();
        expect(size.length).toBe(inside.width * inside.height * 3);
        if (x < 1 && y < 1) expect(inside).toEqual(cut);
      }),
      { numRuns: 50 },
    );
  });

  it("is cut to a picture that it reaches out of, and is a pixel where it has no area", () => {
    const picture = { width: 10, height: 10 };
    expect(pixelBox({ x: -3, y: 8.5, width: 5, height: 9 }, picture)).toEqual({
      ...{ left: 0, top: 8, width: 2, height: 2 },
    });
    expect(pixelBox({ x: 10, y: 10, width: 0, height: 0 }, picture)).toEqual({
      ...{ left: 9, top: 9, width: 1, height: 1 },
    });
    expect(() => pixelBox({ x: Number.NaN, y: 0, width: 1, height: 1 })).toThrow(/finite/);
  });
});

describe("run lengths", () => {
  // From the documentation of COCO's maskApi: M = [0 0 1 1 1 0 1], and M = [1 1 1 1 1 1 0].
  it.each([
    [
      [0, 0, 1, 1, 1, 0, 1],
      [2, 3, 1, 1],
    ],
    [
      [1, 1, 1, 1, 1, 1, 0],
      [0, 6, 1],
    ],
  ])("of %o are %o, as COCO has them", (pixels, counts) => {
    const given = { width: 1, height: 7, mask: Uint8Array.from(pixels) };
    expect(encodeRunLengths(given, "list")).toEqual({ size: [7, 1], counts });
  });

  it("go down the columns", () => {
    const given = { width: 3, height: 2, mask: Uint8Array.of(0, 1, 1, 0, 1, 0) };
    expect(encodeRunLengths(given, "list").counts).toEqual([2, 3, 1]);
  });

  it("are strings of COCO's alphabet, small differences in a character", () => {
    expect(
      encodeRunLengths({ width: 1, height: 7, mask: Uint8Array.of(0, 0, 9, 9, 9, 0, 9) }).counts,
    ).toBe("231N");
    // 40 pixels: 40 = 8 + 32, a character with more to come and the rest.
    expect(encodeRunLengths({ width: 40, height: 1, mask: new Uint8Array(40) }).counts).toBe("X1");
  });

  it("give their mask again in both forms", () => {
    fc.assert(
      fc.property(edge, edge, fc.infiniteStream(fc.nat(3)), (width, height, values) => {
        const pixels = Uint8Array.from([...values.take(width * height)], (v) => (v > 1 ? 255 : 0));
        const given = { width, height, mask: pixels };
        for (const form of ["string", "list"] as const) {
          expect(
            decodeRunLengths(JSON.parse(JSON.stringify(encodeRunLengths(given, form)))),
          ).toEqual(given);
        }
      }),
    );
  });

  it("of large masks have long runs", () => {
    const [width, height] = [1000, 1200];
    const given = { width, height, mask: new Uint8Array(1.2e6).fill(255, 5e5, 5e5 + 1) };
    const again = decodeRunLengths(encodeRunLengths(given));
    expect(Buffer.compare(again.mask, given.mask)).toBe(0);
  });

  it.each([
    [{ size: [7, 1], counts: [2, 3] }],
    [{ size: [7, 1], counts: "231" }],
    [{ size: [7, 1], counts: "2 1N" }],
    [{ size: [7, 1], counts: "oooooooo" }],
    [{ size: [7, 1], counts: [8, -1] }],
    [{ size: [7, 1], counts: null }],
    [{ size: [0, 1], counts: [] }],
    [null],
  ])("that are damaged are refused: %o", (bad) => {
    expect(() => decodeRunLengths(bad as never)).toThrow(
      expect.objectContaining({ name: "MobileNetError" }),
    );
  });
});

/** A segmentation of random pixels. */
const segmentation = fc
  .tuple(edge, edge, fc.infiniteStream(fc.constantFrom(0, 3, 15)))
  .map(([width, height, values]) => {
    const classMap = Uint8Array.from(values.take(width * height));
    const classes = [...new Set(classMap)].map((index) => {
      const pixels = classMap.filter((value) => value === index).length;
      return {
        label: `class ${index}`,
        index,
        pixels,
        fraction: pixels / classMap.length,
        score: 0.5,
      };
    });
    const scoreMap = Float32Array.from(classMap, (index) => 1 / (index + 1));
    return { width, height, classMap, classes, scoreMap };
  });

describe("a segmentation as JSON", () => {
  it("gives the segmentation again, maps and all", () => {
    fc.assert(
      fc.property(segmentation, (given) => {
        const text = JSON.stringify(segmentationJson(given));
        expect(segmentationFromJson(JSON.parse(text))).toEqual(given);
      }),
    );
  });

  it("has each class's pixels as pycocotools reads them", () => {
    const classMap = Uint8Array.of(0, 3, 3, 0);
    const known = { label: "bird", index: 3, pixels: 2, fraction: 0.5, score: 1 };
    const { classes } = segmentationJson({ width: 2, height: 2, classMap, classes: [known] });
    expect(classes[0]!.segmentation).toEqual({
      size: [2, 2],
      counts: encodeRunLengths({ width: 2, height: 2, mask: mask({ classMap, classes: [known] }) })
        .counts,
    });
  });

  it("keeps what lies outside a region", () => {
    const classMap = Uint8Array.of(255, 1, 255);
    const known = { label: "car", index: 1, pixels: 1, fraction: 1, score: 1 };
    const given = {
      width: 3,
      height: 1,
      classMap,
      classes: [known],
      area: { x: 1, y: 0, width: 1, height: 1 },
    };
    expect(segmentationFromJson(JSON.parse(JSON.stringify(segmentationJson(given))))).toEqual(
      given,
    );
  });

  it("that is damaged is refused", () => {
    const good = JSON.parse(
      JSON.stringify(
        segmentationJson({
          width: 2,
          height: 1,
          classMap: Uint8Array.of(1, 1),
          classes: [{ label: "a", index: 1, pixels: 2, fraction: 1, score: 1 }],
          scoreMap: Float32Array.of(1, 1),
        }),
      ),
    );
    for (const bad of [
      null,
      {},
      { ...good, width: 3 },
      { ...good, classes: [{}] },
      { ...good, classes: [null] },
      { ...good, scoreMap: { base64: "?" } },
      { ...good, scoreMap: {} },
    ]) {
      expect(() => segmentationFromJson(bad)).toThrow(
        expect.objectContaining({ name: "MobileNetError" }),
      );
    }
  });
});

describe("masks", () => {
  const classMap = Uint8Array.of(0, 8, 15, 255);
  const classes = [
    { label: "cat", index: 8, pixels: 1, fraction: 0.25, score: 1 },
    { label: "person", index: 15, pixels: 1, fraction: 0.25, score: 1 },
  ];
  it.each([
    ["cat", [0, 255, 0, 0]],
    [
      ["cat", 15],
      [0, 255, 255, 0],
    ],
    [0, [255, 0, 0, 0]],
    ["dog", [0, 0, 0, 0]],
    [undefined, [0, 255, 255, 0]],
  ] as const)("of %o are its pixels", (of, alpha) => {
    expect([...mask({ classMap, classes }, of)]).toEqual(alpha);
  });

  it.each([
    ["sky", [255, 255, 255, 0]],
    ["Background", [0, 255, 255, 0]],
    ["", [0, 255, 255, 0]],
  ])("have class 0 by its label: %j", (label, alpha) => {
    const first = { label, index: 0, pixels: 1, fraction: 0.25, score: 1 };
    expect([...mask({ classMap, classes: [...classes, first] })]).toEqual(alpha);
  });

  it("may be soft, where the foreground was asked for", () => {
    expect([...softMask({ foregroundMap: Float32Array.of(0.25, 1) })]).toEqual([64, 255]);
    expect(() => softMask({})).toThrow(/foreground: true/);
  });

  it("become a picture's alpha, if they fit it", () => {
    const image = { width: 2, height: 1, data: new Uint8Array(6) };
    expect([...cutOut(image, Uint8Array.of(7, 9)).data]).toEqual([0, 0, 0, 7, 0, 0, 0, 9]);
    expect(() => cutOut(image, Uint8Array.of(7))).toThrow(/does not fit/);
  });
});
