import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rectangle } from "../image.ts";
import { areaOf, drawingScale, markSizes, sharedArea } from "./geometry.ts";
import { layOutDetections } from "./lay-out-detections.ts";

// Letters of one width.
const measure = (text: string, font: number): number => Array.from(text).length * font * 0.6;

const inside = (inner: Rectangle, outer: { width: number; height: number }): boolean =>
  inner.x >= -1e-6 &&
  inner.y >= -1e-6 &&
  inner.x + inner.width <= outer.width + 1e-6 &&
  inner.y + inner.height <= outer.height + 1e-6;

const edge = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 10_000 }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
const scene = fc.record({
  width: edge,
  height: edge,
  legend: fc.boolean(),
  things: fc.array(
    fc.record({
      index: fc.nat(90),
      label: fc.constantFrom("cat", "person", "a label that is far too long for any plate", ""),
      score: share,
      box: fc.tuple(share, share, share, share, fc.constantFrom(1, 0.2, 0.03)),
    }),
    { maxLength: 40 },
  ),
});

describe("a drawing of random boxes on a picture of any size", () => {
  const runs = { numRuns: process.env["LONG"] ? 3000 : 300 };
  test("has everything on the canvas, no plate on another, and none on a box that is smaller", () => {
    fc.assert(
      fc.property(scene, ({ width, height, things, legend }) => {
        const scale = drawingScale({ width, height });
        const detections = things.map(({ box: [x, y, w, h, part], ...rest }) => ({
          ...rest,
          box: { x: x * width, y: y * height, width: w * part * width, height: h * part * height },
        }));
        const drawing = layOutDetections({ width, height }, detections, { measure, scale, legend });
        const picture = { width: width * scale, height: height * scale };
        const boxes = detections.map(({ box }) => ({
          x: box.x * scale,
          y: box.y * scale,
          width: Math.min(box.width, width - box.x) * scale,
          height: Math.min(box.height, height - box.y) * scale,
        }));
        for (const [i, { place }] of drawing.plates.entries()) {
          expect(inside(place, picture)).toBe(true);
          for (const other of drawing.plates.slice(0, i)) {
            expect(sharedArea(place, other.place)).toBe(0);
          }
          for (const box of boxes) {
            if (areaOf(box) <= areaOf(place)) expect(sharedArea(place, box)).toBeLessThan(1e-6);
            expect(sharedArea(place, box)).toBeLessThanOrEqual(0.15 * areaOf(box) + 1e-6);
          }
        }
        for (const { outline } of drawing.frames) expect(inside(outline, picture)).toBe(true);
        if (drawing.legend === undefined) expect(drawing).toMatchObject(picture);
        else {
          expect(legend).toBe(true);
          expect(inside(drawing.legend.place, drawing)).toBe(true);
          const over = sharedArea(drawing.legend.place, { x: 0, y: 0, ...picture });
          expect(over).toBe(0);
          for (const { swatch, text, x } of drawing.legend.rows) {
            expect(inside(swatch, drawing)).toBe(true);
            expect(x + measure(text, drawing.legend.font)).toBeLessThanOrEqual(drawing.width);
          }
        }
        // With a legend, every object that has area is named: by its label, or in the legend.
        const named = drawing.plates.filter(({ text }) => !/^\d+$/.test(text)).length;
        const visible = drawing.frames.length;
        if (legend) expect(named + (drawing.legend?.rows.length ?? 0)).toBe(visible);
      }),
      runs,
    );
  });
});

describe("a drawing of found objects", () => {
  const picture = { width: 640, height: 480 };
  const style = { measure, scale: 1, legend: true };
  const at = (x: number, y: number, edge: number) => ({
    ...{ label: "person", index: 0, score: 0.9 },
    box: { x, y, width: edge, height: edge },
  });

  test("labels objects that have room for it, and has the picture's size", () => {
    const drawing = layOutDetections(picture, [at(100, 100, 200)], style);
    expect(drawing).toMatchObject({ ...picture, legend: undefined });
    expect(drawing.plates.map(({ text }) => text)).toEqual(["person 90%"]);
  });

  test("numbers a crowd in the order of the list, and says beside it what the numbers mean", () => {
    const crowd = Array.from({ length: 30 }, (_, i) =>
      at(200 + (i % 6) * 25, 200 + Math.floor(i / 6) * 25, 22),
    );
    const { legend, plates, ...drawing } = layOutDetections(picture, crowd, style);
    expect(legend?.rows.map(({ key }) => key)).toEqual(crowd.map((_, i) => `${i + 1}`));
    expect(legend?.rows[0]?.text).toBe("person 90%");
    expect(drawing.width * drawing.height).toBeGreaterThan(640 * 480);
    expect(plates.every(({ text }) => /^\d+$/.test(text))).toBe(true);
  });

  test("puts a panorama's legend below it", () => {
    const panorama = { width: 5000, height: 300 };
    const crowd = Array.from({ length: 30 }, (_, i) =>
      at(2000 + (i % 10) * 40, 100 + Math.floor(i / 10) * 40, 30),
    );
    const { width, height, legend } = layOutDetections(panorama, crowd, style);
    expect(width).toBe(5000);
    expect(height).toBeGreaterThan(300);
    expect(legend?.place.y).toBe(300);
  });

  test("leaves out labels without room where nothing may be added", () => {
    const crowd = Array.from({ length: 30 }, () => at(300, 200, 20));
    const drawing = layOutDetections(picture, crowd, { ...style, legend: false });
    expect(drawing).toMatchObject({ ...picture, legend: undefined });
    expect(drawing.frames.length).toBe(30);
  });

  test("gives a great many objects frames alone, and says what their colours mean", () => {
    const crowd = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...at((i * 7) % 600, (i * 13) % 450, 10),
        ...(i % 4 === 0 && { label: "dog", index: 1 }),
      }));
    const { frames, plates, legend } = layOutDetections(picture, crowd(4000), style);
    expect([frames.length, plates.length]).toEqual([4000, 0]);
    expect(legend?.rows.map(({ text, key }) => [text, key])).toEqual([
      ["person × 3000", undefined],
      ["dog × 1000", undefined],
    ]);
    const bare = layOutDetections(picture, crowd(4000), { ...style, legend: false });
    expect(bare).toMatchObject({ ...picture, plates: [], legend: undefined });
    const most = layOutDetections(picture, crowd(300), style);
    expect(most.legend?.rows).toHaveLength(300);
    expect(most.plates.length).toBeGreaterThan(0);
  });

  test("names at most 300 classes of a great many", () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({ ...at(i % 600, 9, 10), index: i }));
    expect(layOutDetections(picture, many, style).legend?.rows).toHaveLength(300);
  });

  test("leaves out boxes outside the picture or without numbers", () => {
    const nowhere = { ...at(0, 0, 9), box: { x: Number.NaN, y: 0, width: 5, height: 5 } };
    expect(layOutDetections(picture, [at(700, 0, 9), nowhere], style).frames).toEqual([]);
  });
});

test("small pictures are drawn larger, others at their own size", () => {
  expect(drawingScale({ width: 64, height: 64 })).toBe(7);
  expect(drawingScale({ width: 640, height: 480 })).toBe(1);
  expect(drawingScale({ width: 1, height: 3000 })).toBe(1);
  expect(drawingScale({ width: 1, height: 1 })).toBe(8);
});

test("letters are legible from thumbnails to the largest pictures", () => {
  expect(markSizes({ width: 448, height: 448 }).font).toBe(13);
  expect(markSizes({ width: 640, height: 480 }).font).toBe(16);
  expect(markSizes({ width: 10_000, height: 10_000 }).font).toBe(294);
  expect(markSizes({ width: 5000, height: 300 }).font).toBe(36);
});
