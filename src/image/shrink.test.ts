import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { ImageSize, RgbImage } from "./image.ts";
import { averageAreas, shrinkToLeast } from "./shrink.ts";

/** A picture, and the size of a copy that has no more pixels in either direction. */
const shrinking = fc
  .tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 }))
  .chain(([width, height]) =>
    fc.record({
      image: fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((data): RgbImage => ({ width, height, data })),
      size: fc.record({
        width: fc.integer({ min: 1, max: width }),
        height: fc.integer({ min: 1, max: height }),
      }),
    }),
  );

/** The mean under one value of the copy: every pixel in equal parts, of which whole ones lie under it. */
function meanAt(image: RgbImage, size: ImageSize, at: { x: number; y: number; c: number }): number {
  let sum = 0;
  for (let v = at.y * image.height; v < (at.y + 1) * image.height; v++) {
    for (let u = at.x * image.width; u < (at.x + 1) * image.width; u++) {
      const [x, y] = [Math.floor(u / size.width), Math.floor(v / size.height)];
      sum += image.data[(y * image.width + x) * 3 + at.c]!;
    }
  }
  return sum / (image.width * image.height);
}

describe("a smaller copy by averages", () => {
  test("each value is the mean of its area, to the nearest byte", () => {
    fc.assert(
      fc.property(shrinking, ({ image, size }) => {
        const copy = averageAreas(image, size);
        expect(copy.original).toEqual({ width: image.width, height: image.height });
        expect(copy.data.length).toBe(size.width * size.height * 3);
        for (const [i, value] of copy.data.entries()) {
          const [pixel, c] = [Math.floor(i / 3), i % 3];
          const at = { x: pixel % size.width, y: Math.floor(pixel / size.width), c };
          // Half a step, and what doubles err by.
          expect(Math.abs(value - meanAt(image, size, at))).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }),
    );
  });

  it("is made where half the size or less is enough, and of no copy again", () => {
    const image: RgbImage = { width: 8, height: 6, data: new Uint8Array(8 * 6 * 3).fill(77) };
    const copy = shrinkToLeast(image, () => ({ width: 4, height: 2 }));
    expect(copy).toEqual({
      ...{ width: 4, height: 3, data: new Uint8Array(36).fill(77) },
      original: { width: 8, height: 6 },
    });
    expect(shrinkToLeast(image, () => ({ width: 5, height: 2 }))).toBe(image);
    expect(shrinkToLeast(copy, () => ({ width: 1, height: 1 }))).toBe(copy);
  });
});
