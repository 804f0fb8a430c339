import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogitMap, type LogitPositions, segmentLogits } from "./segmentation.ts";

/** Interpolates every logit at every pixel and takes softmax and argmax: the definition. */
function byDefinition(
  logits: LogitMap,
  positions: LogitPositions,
): { winners: number[]; probabilities: number[]; margins: number[] } {
  const winners: number[] = [];
  const probabilities: number[] = [];
  const margins: number[] = [];
  const at = (row: number, column: number, index: number): number =>
    logits.data[(row * logits.columns + column) * logits.classes + index]!;
  for (const y of positions.rows) {
    for (const x of positions.columns) {
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const bottom = Math.min(top + 1, logits.rows - 1);
      const right = Math.min(left + 1, logits.columns - 1);
      const pixel = Array.from({ length: logits.classes }, (_, index) => {
        const upper = at(top, left, index) * (1 - x + left) + at(top, right, index) * (x - left);
        const lower =
          at(bottom, left, index) * (1 - x + left) + at(bottom, right, index) * (x - left);
        return upper * (1 - y + top) + lower * (y - top);
      });
      const winner = pixel.indexOf(Math.max(...pixel));
      const rivals = pixel.filter((_, index) => index !== winner);
      winners.push(winner);
      margins.push(pixel[winner]! - Math.max(...rivals));
      probabilities.push(1 / pixel.reduce((sum, z) => sum + Math.exp(z - pixel[winner]!), 0));
    }
  }
  return { winners, probabilities, margins };
}

/** Evenly spread over `size` logit pixels, corners aligned. */
function spread(count: number, size: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (i * (size - 1)) / Math.max(count - 1, 1));
}

const classes = 4;
const scene = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    columns: fc.integer({ min: 1, max: 5 }),
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 14 }),
  })
  .chain((sizes) => {
    const count = sizes.rows * sizes.columns * classes;
    return fc
      .array(fc.integer({ min: -40, max: 40 }), { minLength: count, maxLength: count })
      .map((values) => ({
        logits: {
          data: Float32Array.from(values),
          rows: sizes.rows,
          columns: sizes.columns,
          classes,
        },
        positions: {
          rows: spread(sizes.height, sizes.rows),
          columns: spread(sizes.width, sizes.columns),
        },
      }));
  });

describe("segmentLogits", () => {
  it("gives every pixel the class with the largest interpolated logit", () => {
    fc.assert(
      fc.property(scene, ({ logits, positions }) => {
        const { winners, probabilities, margins } = byDefinition(logits, positions);
        const result = segmentLogits(logits, positions, { scoreMap: true });
        winners.forEach((winner, pixel) => {
          // Float32 logits up to 40 are rounded by up to 4e-6 a step; closer races may go either way.
          if (margins[pixel]! < 1e-4) return;
          expect(result.classMap[pixel]).toBe(winner);
          expect(result.scoreMap![pixel]).toBeCloseTo(probabilities[pixel]!, 4);
        });
      }),
    );
  });

  it("interpolates probabilities as they are", () => {
    fc.assert(
      fc.property(scene, ({ logits, positions }) => {
        const data = logits.data.map((value) => (value + 40) / 80);
        const map = { ...logits, data };
        const { winners, margins } = byDefinition(map, positions);
        const settings = { scoreMap: true, probabilities: true };
        const { classMap, scoreMap, scores } = segmentLogits(map, positions, settings);
        const alone = Array.from({ length: classes }, (_, own) => {
          const one = data.filter((_, i) => i % classes === own);
          const single = { ...logits, data: one, classes: 1 };
          return segmentLogits(single, positions, settings).scoreMap!;
        });
        winners.forEach((winner, pixel) => {
          if (margins[pixel]! < 1e-5) return;
          expect(classMap[pixel]).toBe(winner);
          // Float32 at each of three interpolations.
          expect(scoreMap![pixel]).toBeCloseTo(alone[winner]![pixel]!, 6);
        });
        expect(Math.max(...scores)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("counts pixels and averages their probabilities by class", () => {
    fc.assert(
      fc.property(scene, ({ logits, positions }) => {
        const result = segmentLogits(logits, positions, { scoreMap: true });
        for (let index = 0; index < classes; index++) {
          const own = [...result.scoreMap!].filter((_, i) => result.classMap[i] === index);
          expect(result.pixels[index]).toBe(own.length);
          const mean = own.length === 0 ? 0 : own.reduce((a, b) => a + b) / own.length;
          expect(result.scores[index]).toBeCloseTo(mean, 5);
        }
      }),
    );
  });

  it("takes the lowest class among equals", () => {
    const logits = { data: new Float32Array(2 * 2 * 3).fill(1), rows: 2, columns: 2, classes: 3 };
    const positions = { rows: spread(3, 2), columns: spread(3, 2) };
    const { classMap, scores } = segmentLogits(logits, positions);
    expect([...classMap]).toEqual(new Array(9).fill(0));
    expect(scores[0]).toBeCloseTo(1 / 3, 6);
  });

  it("finds a class that wins only between two others", () => {
    // At the ends classes 0 and 1 lead with 40; half way both are at 0 and class 2 leads with 22.
    const data = Float32Array.of(40, -40, 22, -40, 40, 22);
    const logits = { data, rows: 1, columns: 2, classes: 3 };
    const positions = { rows: spread(1, 1), columns: spread(5, 2) };
    expect([...segmentLogits(logits, positions).classMap]).toEqual([0, 2, 2, 2, 1]);
  });

  it.each([
    { gap: 800, mirrored: false },
    { gap: 800, mirrored: true },
    { gap: 1e4, mirrored: false },
    { gap: 1e4, mirrored: true },
  ])("keeps probabilities where two logits part by $gap, mirrored: $mirrored", (scenery) => {
    // Over 801 pixels the gap grows by 1 (12.5) a pixel: e^-gap is 0 in float64 at the far end.
    const { gap, mirrored } = scenery;
    const data = mirrored ? Float32Array.of(0, 0, gap, 0) : Float32Array.of(gap, 0, 0, 0);
    const logits = { data, rows: 1, columns: 2, classes: 2 };
    for (const width of [3, 801]) {
      const positions = { rows: spread(1, 1), columns: spread(width, 2) };
      const { probabilities } = byDefinition(logits, positions);
      const { scoreMap } = segmentLogits(logits, positions, { scoreMap: true });
      // 5e-6: float64 rounding of logits up to 1e4 and of 800 steps stays below 1e-8.
      probabilities.forEach((expected, i) => {
        expect(scoreMap![i]).toBeCloseTo(expected, 5);
      });
    }
  });

  it("makes no probability map unless asked", () => {
    const logits = { data: new Float32Array(2), rows: 1, columns: 1, classes: 2 };
    const positions = { rows: spread(1, 1), columns: spread(1, 1) };
    expect(segmentLogits(logits, positions).scoreMap).toBeUndefined();
  });

  it("refuses logits that do not fill their shape", () => {
    const logits = { data: new Float32Array(5), rows: 2, columns: 2, classes: 3 };
    const positions = { rows: spread(2, 2), columns: spread(2, 2) };
    expect(() => segmentLogits(logits, positions)).toThrow(/2×2 pixels/);
  });
});
