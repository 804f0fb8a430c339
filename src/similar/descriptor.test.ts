/** Pictures as directions: what is the same everywhere says nothing, and scale says nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directionBytes, gridCells, joinLayouts, layoutOf, lengthOf } from "./descriptor.ts";

const cells = gridCells ** 2;
const map = (rows: number, columns: number, value: (y: number, x: number, c: number) => number) => {
  const data = new Float32Array(rows * columns * 2);
  for (let i = 0; i < data.length; i++) {
    const pixel = i >> 1;
    data[i] = value(Math.floor(pixel / columns), pixel % columns, i & 1);
  }
  return layoutOf(data, [1, rows, columns, 2]);
};

describe("a layout", () => {
  it("is each cell's mean, less the mean of all", () => {
    // A step at the middle of the columns, in the second channel alone.
    const layout = map(8, 8, (_, x, c) => (c === 1 && x >= 4 ? 1 : 0));
    expect(layout).toHaveLength(cells * 2);
    for (let cell = 0; cell < cells; cell++) {
      expect(layout[2 * cell]).toBe(0);
      expect(layout[2 * cell + 1]).toBeCloseTo(cell % gridCells < 2 ? -0.5 : 0.5, 6);
    }
  });

  it("says nothing of what is the same everywhere", () => {
    expect(directionBytes(map(5, 9, (_y, _x, c) => 3 + c)).every((value) => value === 0)).toBe(
      true,
    );
  });

  it("counts as much as another, whatever their values", () => {
    const joined = joinLayouts([Float32Array.of(3, 4), Float32Array.of(0, 500)]);
    for (const [i, value] of [0.6, 0.8, 0, 1].entries()) expect(joined[i]).toBeCloseTo(value, 6);
    expect([...joinLayouts([new Float32Array(2), Float32Array.of(2)])]).toEqual([0, 0, 1]);
  });

  it("wants at least a pixel for each cell", () => {
    expect(() => layoutOf(new Float32Array(3 * 8 * 2), [1, 3, 8, 2])).toThrow(/too small/);
    expect(() => layoutOf(new Float32Array(5), [1, 8, 8, 2])).toThrow(/too small/);
  });
});

describe("a direction in bytes", () => {
  it("is the same for any length, and within a degree of the vector's", () => {
    const numbers = fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: 8 });
    fc.assert(
      fc.property(numbers, fc.constantFrom(1, 2, 1024), (list, scale) => {
        const vector = Float32Array.from(list);
        const most = Math.max(...vector.map(Math.abs));
        fc.pre(most > 1e-3);
        const bytes = directionBytes(vector.map((value) => value * scale));
        expect(bytes).toEqual(directionBytes(vector));
        let [dot, own] = [0, 0];
        for (let i = 0; i < vector.length; i++) {
          dot += vector[i]! * bytes[i]!;
          own += vector[i]! ** 2;
        }
        const cosine = dot / Math.sqrt(own) / lengthOf(bytes);
        // Each number is off by half a 127th of the largest at most.
        expect(cosine).toBeGreaterThan(1 - vector.length * (0.5 / 127) ** 2);
      }),
    );
  });
});
