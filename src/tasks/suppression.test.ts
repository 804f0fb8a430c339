import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipBoxes, intersectionOverUnion } from "./boxes.ts";
import { type ScoredBoxes, type SuppressionOptions, suppress } from "./suppression.ts";

const options: SuppressionOptions = { scoreThreshold: 0.5, iouThreshold: 0.5, maxDetections: 100 };

/** Rows of [ymin, xmin, ymax, xmax] with their class scores, no background column. */
function scored(
  rows: readonly { readonly box: number[]; readonly scores: number[] }[],
): ScoredBoxes {
  return {
    boxes: Float32Array.from(rows.flatMap(({ box }) => box)),
    scores: Float32Array.from(rows.flatMap(({ scores }) => scores)),
    columns: rows[0]!.scores.length,
    firstClass: 0,
  };
}

const here = [0, 0, 0.5, 0.5];
const nearly = [0, 0, 0.5, 0.45];
const elsewhere = [0.6, 0.6, 0.9, 0.9];

/** A box, inside the picture or not, with the scores of three classes. */
const corner = fc.double({ min: -0.2, max: 1.2, noNaN: true });
const row = fc.record({
  box: fc
    .tuple(corner, corner, corner, corner)
    .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]),
  scores: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
});

describe("suppress", () => {
  it("keeps the best of overlapping boxes of one class", () => {
    const kept = suppress(
      scored([
        { box: nearly, scores: [0.75] },
        { box: here, scores: [0.875] },
        { box: elsewhere, scores: [0.625] },
      ]),
      options,
    );
    expect(kept.map(({ anchor }) => anchor)).toEqual([1, 2]);
  });

  it("suppresses each class for itself unless class-agnostic", () => {
    const rows = scored([
      { box: here, scores: [0.875, 0] },
      { box: nearly, scores: [0, 0.75] },
    ]);
    expect(suppress(rows, options).map(({ classIndex }) => classIndex)).toEqual([0, 1]);
    const agnostic = suppress(rows, { ...options, classAgnostic: true });
    expect(agnostic.map(({ classIndex }) => classIndex)).toEqual([0]);
  });

  it("gives an anchor only its best class when class-agnostic, the lowest among equals", () => {
    const rows = scored([{ box: here, scores: [0.625, 0.75, 0.75] }]);
    const agnostic = suppress(rows, { ...options, classAgnostic: true });
    expect(agnostic.map(({ classIndex }) => classIndex)).toEqual([1]);
    expect(suppress(rows, options)).toHaveLength(3);
  });

  it("skips the background column", () => {
    const rows = { ...scored([{ box: here, scores: [0.875, 0.75] }]), firstClass: 1 };
    expect(suppress(rows, options)).toMatchObject([{ classIndex: 0, score: 0.75 }]);
  });

  it("drops scores that are not above the threshold", () => {
    expect(suppress(scored([{ box: here, scores: [0.5] }]), options)).toEqual([]);
    expect(suppress(scored([{ box: here, scores: [Number.NaN] }]), options)).toEqual([]);
  });

  it("clips boxes to the image and drops those outside it", () => {
    const kept = suppress(
      scored([
        { box: [-0.5, -0.5, 0.5, 0.5], scores: [0.75] },
        { box: [1.25, 1.25, 1.5, 1.5], scores: [0.875] },
      ]),
      options,
    );
    expect(kept.map(({ box }) => box)).toEqual([[0, 0, 0.5, 0.5]]);
  });

  it("leaves boxes unclipped when class-agnostic", () => {
    const rows = scored([{ box: [-0.5, -0.5, 0.5, 0.5], scores: [0.75] }]);
    const [kept] = suppress(rows, { ...options, classAgnostic: true });
    expect(kept?.box).toEqual([-0.5, -0.5, 0.5, 0.5]);
  });

  it("looks at the chosen classes only", () => {
    const rows = scored([{ box: here, scores: [0.875, 0.75] }]);
    const classes = new Set([1]);
    for (const classAgnostic of [false, true]) {
      const kept = suppress(rows, { ...options, classes, classAgnostic });
      expect(kept.map(({ classIndex }) => classIndex)).toEqual([1]);
    }
  });

  it("limits how many stay in all", () => {
    const rows = scored(
      Array.from({ length: 8 }, (_, i) => ({
        box: [i / 8, 0, (i + 1) / 8, 1],
        scores: [0.75, 0.625],
      })),
    );
    expect(suppress(rows, { ...options, maxDetections: 3 })).toHaveLength(3);
  });

  it.each([120, 240])("lets one class have as many as %i boxes where asked", (maxDetections) => {
    const rows = scored(
      Array.from({ length: 200 }, (_, i) => ({
        box: [i, 0, i + 1, 1].map((v) => v / 200),
        scores: [0.75],
      })),
    );
    const kept = suppress(rows, { ...options, maxDetections });
    expect(kept).toHaveLength(Math.min(200, maxDetections));
  });

  it("orders equal scores by class, then by anchor", () => {
    const rows = scored([
      { box: elsewhere, scores: [0.75, 0.75] },
      { box: here, scores: [0.75, 0.75] },
    ]);
    const order = suppress(rows, options).map(({ classIndex, anchor }) => [classIndex, anchor]);
    expect(order).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it("of fainter boxes changes nothing about those above", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const few = { ...options, maxDetections: 5 };
        const all = suppress(scored(rows), { ...few, scoreThreshold: 0.05 });
        expect(all.filter(({ score }) => score > 0.5)).toEqual(suppress(scored(rows), few));
      }),
    );
  });

  it("keeps boxes in order of score, none overlapping a better one of its class", () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (rows, agnostic) => {
          const input = scored(rows);
          const kept = suppress(input, { ...options, classAgnostic: agnostic });
          const boxes = agnostic ? input.boxes : clipBoxes(input.boxes);
          kept.forEach((late, i) => {
            for (const early of kept.slice(0, i)) {
              expect(early.score).toBeGreaterThanOrEqual(late.score);
              if (!agnostic && early.classIndex !== late.classIndex) continue;
              const overlap = intersectionOverUnion(boxes, early.anchor, late.anchor);
              expect(overlap).toBeLessThanOrEqual(options.iouThreshold);
            }
          });
        },
      ),
    );
  });
});
