import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clipBox, cornerPlaces, markSizes, placePlate, sharedArea } from "./label-layout.ts";

const picture = { width: 200, height: 100 };
const plate = { width: 60, height: 20 };

describe("placePlate", () => {
  test("a plate stands above its box, or inside where there is no room above", () => {
    const box = { x: 30, y: 40, width: 80, height: 50 };
    expect(placePlate({ box, plate, picture, taken: [] })).toEqual({ x: 30, y: 20, ...plate });
    const high = { ...box, y: 5 };
    expect(placePlate({ box: high, plate, picture, taken: [] })).toEqual({ x: 30, y: 5, ...plate });
  });

  test("a second plate for the same box stands elsewhere", () => {
    const box = { x: 30, y: 40, width: 80, height: 50 };
    const first = placePlate({ box, plate, picture, taken: [] })!;
    const second = placePlate({ box, plate, picture, taken: [first] })!;
    expect(sharedArea(first, second)).toBe(0);
  });

  test("a plate never leaves the picture", () => {
    const coordinate = fc.double({ min: -50, max: 250, noNaN: true });
    const length = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, length, length, (x, y, width, height) => {
        const place = placePlate({ box: { x, y, width, height }, plate, picture, taken: [] })!;
        expect(place.x >= 0 && place.x + place.width <= picture.width).toBe(true);
        expect(place.y >= 0 && place.y + place.height <= picture.height).toBe(true);
      }),
    );
  });

  test("a plate larger than the picture has no place", () => {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    const small = { width: 50, height: 50 };
    expect(placePlate({ box, plate, picture: small, taken: [] })).toBeUndefined();
  });
});

test("boxes are cut to the picture, and gone if outside", () => {
  const over = { x: -10, y: 90, width: 30, height: 30 };
  expect(clipBox(over, picture)).toEqual({ x: 0, y: 90, width: 20, height: 10 });
  expect(clipBox({ ...over, x: 200 }, picture)).toBeUndefined();
  expect(clipBox({ ...over, x: Number.NaN }, picture)).toBeUndefined();
});

test("corners lie in the picture even if it is hardly larger than the legend", () => {
  for (const place of cornerPlaces({ width: 198, height: 100 }, picture, 16)) {
    expect(place.x >= 0 && place.x + place.width <= 200).toBe(true);
    expect(place.y >= 0 && place.y + place.height <= 100).toBe(true);
  }
});

test("text is at least 12 pixels high wherever the picture has room for it", () => {
  expect(markSizes(640, 480).font).toBe(15);
  expect(markSizes(100, 100).font).toBe(12);
  expect(markSizes(32, 32).font).toBe(8);
  expect(markSizes(4000, 3000).line).toBe(13);
});
