import { describe, expect, test } from "vitest";
import { layOutClasses } from "./lay-out-classes.ts";
import { mapOnPicture } from "./map-on-picture.ts";
import { type DrawingRows, overlayRows } from "./overlay.ts";

const measure = (text: string, font: number): number => Array.from(text).length * font * 0.6;
const style = { measure, scale: 1, legend: true };
const labels = ["background", "cat", "dog"];
const [width, height] = [640, 480];

/** A map whose rectangle is of a class. */
function mapWith(index: number, { x, y, w, h }: { x: number; y: number; w: number; h: number }) {
  const classMap = new Uint8Array(width * height);
  for (let row = y; row < y + h; row++) classMap.fill(index, row * width + x, row * width + x + w);
  return { width, height, classMap, labels };
}

describe("the legend of a class map", () => {
  test("stands in a corner that has no class", () => {
    const { drawing } = layOutClasses(mapWith(1, { x: 0, y: 240, w: 640, h: 240 }), style);
    expect(drawing).toMatchObject({ width, height });
    expect(drawing.legend?.place.y).toBe(0);
    expect(drawing.legend?.rows.map(({ text }) => text)).toEqual(["cat 50%"]);
  });

  test("stands beside the picture where it would cover a class in every corner", () => {
    const { drawing } = layOutClasses(mapWith(1, { x: 0, y: 0, w: 640, h: 480 }), style);
    const { place } = drawing.legend!;
    expect(place.x >= width || place.y >= height).toBe(true);
    const fixed = layOutClasses(mapWith(1, { x: 0, y: 0, w: 640, h: 480 }), {
      ...style,
      legend: false,
    });
    expect(fixed.drawing).toMatchObject({ width, height, legend: undefined });
  });

  test("is absent where there is only background", () => {
    expect(
      layOutClasses(mapWith(0, { x: 0, y: 0, w: 1, h: 1 }), style).drawing.legend,
    ).toBeUndefined();
  });
});

describe("class 0", () => {
  const half = mapWith(1, { x: 0, y: 240, w: 640, h: 240 });

  test.each([["sky"], ["class zero"], ["road"]])(
    "%s has a colour and a line in the legend, which covers none of its pixels",
    (label) => {
      const { drawing, colors } = layOutClasses({ ...half, labels: [label, "cat"] }, style);
      expect([...colors.keys()].sort()).toEqual([0, 1]);
      expect(colors.get(0)).not.toEqual(colors.get(1));
      expect(drawing.legend?.rows.map(({ text }) => text).sort()).toEqual([
        "cat 50%",
        `${label} 50%`,
      ]);
      const { place } = drawing.legend!;
      expect(place.x >= width || place.y >= height).toBe(true);
    },
  );

  test.each([["background"], ["__background__"], ["void"], [""], ["class 0"]])(
    "%j stays clear",
    (label) => {
      const { drawing, colors } = layOutClasses({ ...half, labels: [label, "cat"] }, style);
      expect([...colors.keys()]).toEqual([1]);
      expect(drawing.legend?.rows.map(({ text }) => text)).toEqual(["cat 50%"]);
    },
  );

  test("is told from pixels that nobody looked at, which stay clear", () => {
    const map = mapWith(0, { x: 0, y: 240, w: 640, h: 240 });
    map.classMap.fill(255, 0, 640 * 240);
    const { drawing, colors } = layOutClasses({ ...map, labels: ["sky", "cat"] }, style);
    expect([...colors.keys()]).toEqual([0]);
    expect(drawing.legend?.rows.map(({ text }) => text)).toEqual(["sky 50%"]);
    // There is room for the legend among them.
    expect(drawing.legend?.place.y).toBe(0);
  });
});

describe("an overlay", () => {
  const colors = new Map([[1, [90, 160, 255]]] as const);
  const map = {
    classMap: Uint8Array.of(1, 1, 1, 1),
    width: 4,
    height: 1,
    colors,
    line: 1,
    scale: 1,
  };

  const rowsOf = (data: Uint8ClampedArray): DrawingRows => ({
    data,
    channels: 4,
    first: 0,
    rows: map.height,
    across: map.width,
  });

  test("does not darken a white picture, and brightens a black one", () => {
    for (const [ground, least] of [
      [255, 225],
      [0, 70],
    ] as const) {
      const pixels = new Uint8ClampedArray(16).fill(ground).map((v, i) => (i % 4 === 3 ? 255 : v));
      overlayRows(rowsOf(pixels), { ...map, opacity: 0.5 });
      const [red = 0, green = 0, blue = 0] = pixels.subarray(4, 7);
      expect(0.299 * red + 0.587 * green + 0.114 * blue).toBeGreaterThan(least);
      expect(blue).toBeGreaterThan(red);
    }
  });

  test("over nothing is as opaque as it covers", () => {
    const pixels = new Uint8ClampedArray(16);
    overlayRows(rowsOf(pixels), { ...map, opacity: 0.4 });
    expect([...pixels.subarray(4, 8)]).toEqual([90, 160, 255, 102]);
  });
});

test("a map of the network's size, or of a part, is laid on the picture's pixels", () => {
  const small = { width: 2, height: 1, classMap: Uint8Array.of(1, 2) };
  expect([...mapOnPicture(small, { width: 4, height: 1 }, labels).classMap]).toEqual([1, 1, 2, 2]);
  const part = { ...small, area: { x: 1, y: 0, width: 2, height: 1 } };
  expect([...mapOnPicture(part, { width: 4, height: 1 }, labels).classMap]).toEqual([0, 1, 2, 0]);
  // Where class 0 is one like others, what lies outside is of none.
  const { classMap } = mapOnPicture(part, { width: 4, height: 1 }, ["sky", "cat", "dog"]);
  expect([...classMap]).toEqual([255, 1, 2, 255]);
});
