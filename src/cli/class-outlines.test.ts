import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classOutlines } from "./class-outlines.ts";

/** Rows of digits as a class map. */
function mapOf(...rows: readonly string[]) {
  const size = { width: rows[0]!.length, height: rows.length };
  return { size, classMap: Uint8Array.from(rows.join(""), Number) };
}

const outlinesOf = (...rows: readonly string[]) => {
  const { classMap, size } = mapOf(...rows);
  return classOutlines({ classMap, ...size, isOutlined: (index) => index > 0 });
};

describe("outlines of a class map", () => {
  it("go round a region clockwise, corner by corner", () => {
    expect(outlinesOf("000", "011", "010")).toEqual([
      { index: 1, corners: [3, 1, 3, 2, 2, 2, 2, 3, 1, 3, 1, 1] },
    ]);
  });

  it("are one for each region: pixels that touch by a corner are two", () => {
    const outlines = outlinesOf("10", "01");
    expect(outlines.map(({ corners }) => corners)).toEqual([
      [1, 0, 1, 1, 0, 1, 0, 0],
      [2, 1, 2, 2, 1, 2, 1, 1],
    ]);
  });

  it("have no holes, and what lies in one has its own", () => {
    const found = outlinesOf("11111", "10001", "10201", "10001", "11111");
    expect(found.map(({ index }) => index)).toEqual([1, 2]);
    expect(found[0]?.corners).toEqual([5, 0, 5, 5, 0, 5, 0, 0]);
  });

  it("are of those classes that are asked for", () => {
    const { classMap, size } = mapOf("001", "221");
    const asked = classOutlines({ classMap, ...size, isOutlined: (index) => index !== 1 });
    expect(asked.map(({ index }) => index)).toEqual([0, 2]);
  });

  it("hold every pixel of their class, and without holes no other", () => {
    const maps = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      pixels: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 81 }),
    });
    fc.assert(
      fc.property(maps, ({ width, pixels }) => {
        const height = Math.ceil(pixels.length / width);
        const classMap = new Uint8Array(width * height);
        classMap.set(pixels);
        const outlines = classOutlines({
          ...{ classMap, width, height },
          isOutlined: (index) => index > 0,
        });
        for (const [at, index] of classMap.entries()) {
          const [x, y] = [(at % width) + 0.5, Math.floor(at / width) + 0.5];
          const around = outlines.filter((outline) => goesRound(outline.corners, x, y));
          if (index > 0) expect(around.map((outline) => outline.index)).toContain(index);
        }
        // Each begins at another pixel, and there are as many as regions.
        expect(outlines).toHaveLength(countRegions(classMap, width));
      }),
    );
  });
});

/** Whether a ray to the left crosses the outline an odd number of times. */
function goesRound(corners: readonly number[], x: number, y: number): boolean {
  let crossings = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const next = (i + 2) % corners.length;
    const [from, to] = [corners[i + 1]!, corners[next + 1]!];
    if (corners[i]! < x && from > y !== to > y) crossings++;
  }
  return crossings % 2 === 1;
}

/** Regions of all classes but 0, by filling each. */
function countRegions(classMap: Uint8Array, width: number): number {
  const left = Uint8Array.from(classMap);
  const fill = (at: number, index: number): void => {
    if (left[at] !== index) return;
    left[at] = 0;
    if (at % width > 0) fill(at - 1, index);
    if (at % width < width - 1) fill(at + 1, index);
    fill(at - width, index);
    fill(at + width, index);
  };
  let count = 0;
  for (let at = 0; at < left.length; at++) {
    if (left[at] === 0) continue;
    count++;
    fill(at, left[at]!);
  }
  return count;
}
