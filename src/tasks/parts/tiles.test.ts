import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinDetections } from "./join-detections.ts";
import { planTiles, type Tiles } from "./tiles.ts";

const network = { width: 300, height: 300 };
const length = fc.integer({ min: 1, max: 6000 });
const anyTiles: fc.Arbitrary<Tiles> = fc.oneof(
  fc.constant<Tiles>("auto"),
  fc.integer({ min: 300, max: 3000 }),
  fc.record({ columns: fc.integer({ min: 1, max: 6 }), rows: fc.integer({ min: 1, max: 6 }) }),
);

describe("tiles", () => {
  it("lie in the picture, cover it and overlap", () => {
    fc.assert(
      fc.property(length, length, anyTiles, (width, height, tiles) => {
        const planned = planTiles({ width, height }, tiles, network);
        for (const [edge, start, size] of [
          ["width", "x", width],
          ["height", "y", height],
        ] as const) {
          const spans = [...new Map(planned.map((tile) => [tile[start], tile])).values()];
          spans.sort((a, b) => a[start] - b[start]);
          expect(spans[0]![start]).toBe(0);
          expect(spans.at(-1)![start] + spans.at(-1)![edge]).toBe(size);
          for (const [i, span] of spans.slice(1).entries()) {
            const before = spans[i]!;
            const shared = before[start] + before[edge] - span[start];
            // A quarter, but for rounding.
            expect(shared).toBeGreaterThanOrEqual(Math.floor(span[edge] * 0.25) - 2);
          }
        }
      }),
    );
  });

  it("are at most 24 by themselves, of the network's size where that is enough", () => {
    const auto = (width: number, height: number) => planTiles({ width, height }, "auto", network);
    expect(auto(300, 200)).toEqual([{ x: 0, y: 0, width: 300, height: 200 }]);
    expect(auto(640, 480).map(({ width, height }) => `${width}x${height}`)).toEqual(
      Array(6).fill("300x300"),
    );
    for (const [width, height] of [
      [4000, 3000],
      [5000, 300],
      [300, 9000],
    ] as const) {
      expect(auto(width, height).length).toBeLessThanOrEqual(24);
      expect(auto(width, height).length).toBeGreaterThan(12);
    }
  });

  it("are never thousands", () => {
    expect(() => planTiles({ width: 9000, height: 9000 }, 16, network)).toThrow(/at most 1024/);
    const grid = (columns: number, rows: number, edge = 2000) =>
      planTiles({ width: edge, height: edge }, { columns, rows }, network);
    expect(() => grid(1000, 1000)).toThrow(/at most 1024, received 1000 x 1000/);
    expect(() => grid(1000, 1000, 300)).toThrow(/at most 1024, received 300 x 300/);
    expect(() => grid(33, 32)).toThrow(/at most 1024/);
    expect(grid(32, 32)).toHaveLength(1024);
    expect(grid(1000, 1000, 10)).toHaveLength(100);
  });
});

describe("objects of several parts", () => {
  const size = { width: 200, height: 100 };
  const options = { iouThreshold: 0.6, maxDetections: 10 };
  const [left, right] = [
    { x: 0, y: 0, width: 120, height: 100 },
    { x: 80, y: 0, width: 120, height: 100 },
  ];
  const found = (x: number, y: number, width: number, height: number, score = 0.9, index = 0) => ({
    ...{ label: `class ${index}`, index, score, box: { x, y, width, height } },
  });

  it("are one where both parts have them, under the higher score", () => {
    const joined = joinDetections(
      [
        { part: left, detections: [found(90, 40, 15, 15, 0.7)] },
        { part: right, detections: [found(11, 41, 15, 15, 0.8)] },
      ],
      size,
      options,
    );
    expect(joined).toEqual([found(91, 41, 15, 15, 0.8)]);
  });

  it("are whole where one part has them whole, however sure the cut one is", () => {
    const joined = joinDetections(
      [
        { part: { x: 0, y: 0, ...size }, detections: [found(100, 20, 60, 60, 0.6)] },
        { part: left, detections: [found(100, 20, 20, 60, 0.95)] },
      ],
      size,
      options,
    );
    expect(joined).toEqual([found(100, 20, 60, 60, 0.6)]);
  });

  it("are put together from two halves", () => {
    const joined = joinDetections(
      [
        { part: left, detections: [found(40, 20, 80, 60)] },
        { part: right, detections: [found(0, 22, 90, 58, 0.8)] },
      ],
      size,
      options,
    );
    expect(joined).toEqual([found(40, 20, 130, 60)]);
  });

  it("stay apart where one run keeps them apart, and where classes differ", () => {
    const nested = [found(0, 0, 60, 60), found(5, 5, 40, 50, 0.8)];
    const one = { part: { x: 0, y: 0, ...size }, detections: nested };
    expect(joinDetections([one], size, options)).toEqual(nested);
    const other = { part: left, detections: [found(0, 0, 60, 60, 0.5, 1)] };
    expect(joinDetections([one, other], size, options)).toHaveLength(3);
    const agnostic = { ...options, classAgnostic: true };
    expect(joinDetections([one, other], size, agnostic)).toHaveLength(2);
  });
});
