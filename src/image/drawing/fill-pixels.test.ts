import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rectangle } from "../image.ts";
import { fillOutline, fillRectangle, type Pixels } from "./fill-pixels.ts";

const size = 24;
type Point = readonly [x: number, y: number];
const black = (): Pixels => ({ width: size, height: size, data: new Uint8Array(size * size * 3) });
const paint = { color: [255, 255, 255], opacity: 1 } as const;
/** What is covered, in pixels; each was rounded to a 255th. */
const covered = ({ data }: Pixels): number =>
  data.reduce((sum, value) => sum + value, 0) / (3 * 255);
const rounding = (size * size * 0.5) / 255;
const along = fc.double({ min: -size / 2, max: 1.5 * size, noNaN: true });
const inside = fc.double({ min: 0, max: size, noNaN: true });
const length = fc.double({ min: 0, max: size, noNaN: true });
const rectangles = fc.record({ x: along, y: along, width: length, height: length });
const red = ({ data }: Pixels, x: number, y: number): number => data[(y * size + x) * 3]!;

function visibleArea({ x, y, width, height }: Rectangle): number {
  const part = (start: number, extent: number) =>
    Math.max(0, Math.min(size, start + extent) - Math.max(0, start));
  return part(x, width) * part(y, height);
}

describe("a rectangle", () => {
  test("between pixels covers parts of them", () => {
    const on = black();
    fillRectangle(on, { x: 1.5, y: 2.25, width: 2, height: 1 }, { paint });
    expect([1, 2, 3, 4].map((x) => red(on, x, 2))).toEqual([96, 191, 96, 0]);
    expect([1, 2, 3, 4].map((x) => red(on, x, 3))).toEqual([32, 64, 32, 0]);
  });

  test("covers its area, as far as it lies on the picture, but for its hole", () => {
    fc.assert(
      fc.property(rectangles, fc.double({ min: 0, max: 6, noNaN: true }), (outer, line) => {
        const inner = {
          ...{ x: outer.x + line, y: outer.y + line },
          width: Math.max(0, outer.width - 2 * line),
          height: Math.max(0, outer.height - 2 * line),
        };
        const [full, frame] = [black(), black()];
        fillRectangle(full, outer, { paint });
        fillRectangle(frame, outer, { inner, paint });
        const hole = inner.width > 0 && inner.height > 0 ? visibleArea(inner) : 0;
        expect(Math.abs(covered(full) - visibleArea(outer))).toBeLessThan(rounding);
        expect(Math.abs(covered(frame) - (visibleArea(outer) - hole))).toBeLessThan(rounding);
      }),
    );
  });
});

describe("an outline", () => {
  const edgesOf = (points: readonly (readonly [number, number])[]) =>
    points.flatMap((point, i) => [...point, ...points[(i + 1) % points.length]!]);

  test("covers its area, whichever way it turns", () => {
    const points = fc.array(fc.tuple(inside, inside), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(points, (triangle) => {
        const [[ax, ay], [bx, by], [cx, cy]] = triangle as unknown as readonly [
          Point,
          Point,
          Point,
        ];
        const area = Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
        const on = black();
        fillOutline(on, edgesOf(triangle), paint);
        expect(Math.abs(covered(on) - area)).toBeLessThan(rounding);
      }),
    );
  });

  test("off the picture is cut, and what is left is where it would be on a larger one", () => {
    const square = (x: number, y: number) => [
      [x, y] as const,
      [x + 8, y] as const,
      [x + 8, y + 8] as const,
      [x, y + 8] as const,
    ];
    const on = black();
    for (const [x, y] of [
      [-4, -4],
      [20, 20],
      [-4, 20],
      [40, 40],
    ] as const) {
      fillOutline(on, edgesOf(square(x, y)), paint);
    }
    expect(covered(on)).toBe(3 * 16);
    expect([red(on, 3, 3), red(on, 4, 4), red(on, 20, 20), red(on, 3, 20)]).toEqual([
      255, 0, 255, 255,
    ]);
  });

  test("of no edges is nothing", () => {
    const on = black();
    fillOutline(on, [], paint);
    expect(covered(on)).toBe(0);
  });
});
