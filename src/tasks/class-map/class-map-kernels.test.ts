/** The kernels for class maps against `segmentLogits`, which is their oracle: the same bits. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import {
  type LogitMap,
  type LogitPositions,
  type SegmentationSettings,
  segmentLogits,
} from "../segmentation.ts";
import { ClassMapKernels } from "./class-map-kernels.ts";

const kernels = await ClassMapKernels.load();

function compare(
  logits: LogitMap,
  positions: LogitPositions,
  settings: SegmentationSettings = {},
): void {
  const expected = segmentLogits(logits, positions, settings);
  const found = kernels.segment(logits, positions, settings);
  expect(Buffer.from(found.classMap).equals(Buffer.from(expected.classMap))).toBe(true);
  // As bits: toEqual takes long over large arrays.
  const bits = (of: Float32Array | undefined): Buffer =>
    of === undefined ? Buffer.alloc(0) : Buffer.from(of.buffer, of.byteOffset, of.byteLength);
  expect(bits(found.scoreMap).equals(bits(expected.scoreMap))).toBe(true);
  expect(found.scoreMap === undefined).toBe(expected.scoreMap === undefined);
  expect(found.pixels).toEqual(expected.pixels);
  expect(found.scores).toEqual(expected.scores);
}

/** Evenly spread over `size` logit pixels with a margin on either side that is cut to them. */
function spread(count: number, size: number, margin: number): Float64Array {
  const step = (size - 1 + 2 * margin) / Math.max(count - 1, 1);
  return Float64Array.from({ length: count }, (_, i) =>
    Math.min(Math.max(i * step - margin, 0), size - 1),
  );
}

/** Logits between two bounds, made of a few numbers. */
function scene(of: {
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  readonly reach: number;
  readonly seed: number;
}): LogitMap {
  let state = of.seed | 1;
  const data = Float32Array.from({ length: of.rows * of.columns * of.classes }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state / 2 ** 31) * of.reach;
  });
  return { ...of, data };
}

const arbitrary = fc.record({
  rows: fc.integer({ min: 1, max: 6 }),
  columns: fc.integer({ min: 1, max: 7 }),
  classes: fc.oneof(fc.integer({ min: 1, max: 23 }), fc.constant(256)),
  // From maps where all classes matter to those where e to a gap underflows.
  reach: fc.constantFrom(0.01, 3, 12, 40, 400, 5000),
  seed: fc.nat(),
  height: fc.integer({ min: 1, max: 40 }),
  width: fc.integer({ min: 1, max: 60 }),
  margin: fc.double({ min: 0, max: 2, noNaN: true }),
  scoreMap: fc.boolean(),
  lead: fc.option(fc.double({ min: 1e-3, max: 20, noNaN: true })),
});

describe("a class map by WebAssembly", () => {
  const numRuns = inputs(400, 4);

  it("is the oracle's, bit for bit", () => {
    fc.assert(
      fc.property(arbitrary, ({ height, width, margin, scoreMap, lead, ...of }) => {
        const positions = {
          rows: spread(height, of.rows, margin),
          columns: spread(width, of.columns, margin),
        };
        const winner = (row: number, column: number): number => (row * 7 + column) % of.classes;
        const choice = lead === null ? undefined : { lead, winner };
        compare(scene(of), positions, { scoreMap, choice });
      }),
      { numRuns },
    );
  });

  it("is that of probabilities, too", () => {
    fc.assert(
      fc.property(arbitrary, ({ height, width, margin, scoreMap, ...of }) => {
        const logits = scene({ ...of, reach: 1 });
        const positions = {
          rows: spread(height, of.rows, margin),
          columns: spread(width, of.columns, margin),
        };
        compare(logits, positions, { scoreMap, probabilities: true });
      }),
      { numRuns },
    );
  });

  it.each([
    ["a photograph", 65, 65, 21, 640, 427],
    ["more rows than are made at a time", 9, 9, 3, 3000, 201],
    ["one wide row", 3, 5, 2, 60_000, 1],
    ["one column", 5, 3, 2, 1, 9_000],
  ])("is the same for %s", (_, rows, columns, classes, width, height) => {
    const logits = scene({ rows, columns, classes, reach: 20, seed: 3 });
    const positions = { rows: spread(height, rows, 0), columns: spread(width, columns, 0.3) };
    compare(logits, positions, { scoreMap: true });
    compare(logits, positions);
  });

  it("has what is no number where the oracle has it", () => {
    const logits = scene({ rows: 3, columns: 3, classes: 6, reach: 5, seed: 7 });
    const positions = { rows: spread(9, 3, 0), columns: spread(11, 3, 0) };
    for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, 20, 53]) {
        const data = logits.data.slice();
        data[at] = strange;
        const { scoreMap, ...found } = kernels.segment({ ...logits, data }, positions, {
          scoreMap: true,
        });
        const { scoreMap: scores, ...expected } = segmentLogits({ ...logits, data }, positions, {
          scoreMap: true,
        });
        expect(found).toEqual({ ...expected });
        expect(scoreMap).toEqual(scores);
      }
    }
  });

  it("takes memory by the width of pictures, not by their pixels", async () => {
    const fresh = await ClassMapKernels.load();
    const logits = scene({ rows: 65, columns: 65, classes: 21, reach: 0, seed: 1 });
    fresh.segment(logits, { rows: spread(500, 65, 0), columns: spread(4000, 65, 0) });
    expect(fresh.bytes).toBeLessThan(600_000);
  });

  it("leaves a picture of a million columns to scalar code", async () => {
    const fresh = await ClassMapKernels.load();
    const logits = scene({ rows: 1, columns: 2, classes: 2, reach: 9, seed: 1 });
    const positions = { rows: spread(1, 1, 0), columns: spread(1_000_000, 2, 0) };
    const found = fresh.segment(logits, positions);
    const expected = segmentLogits(logits, positions);
    expect(Buffer.from(found.classMap).equals(Buffer.from(expected.classMap))).toBe(true);
    expect(found.scores).toEqual(expected.scores);
    expect(fresh.bytes).toBe(65_536);
  });

  it("refuses what the oracle refuses", () => {
    const logits = { data: new Float32Array(5), rows: 2, columns: 2, classes: 3 };
    const positions = { rows: spread(2, 2, 0), columns: spread(2, 2, 0) };
    expect(() => kernels.segment(logits, positions)).toThrow(/2×2 pixels/);
  });
});
