import { describe, expect, it } from "vitest";
import { reliability } from "./reliability.ts";

describe("a reliability diagram", () => {
  it("compares scores with accuracy, bin by bin", () => {
    // Bins (0, .5] and (.5, 1]: one right of two at .25 and .5; two right of two at .75 and 1.
    const { bins, expectedCalibrationError, maximumCalibrationError } = reliability(
      [
        { score: 0.25, correct: true },
        { score: 0.5, correct: false },
        { score: 0.75, correct: true },
        { score: 1, correct: true },
      ],
      2,
    );
    expect(bins).toEqual([
      { from: 0, to: 0.5, images: 2, accuracy: 0.5, score: 0.375 },
      { from: 0.5, to: 1, images: 2, accuracy: 1, score: 0.875 },
    ]);
    // Both are off by 1/8.
    expect(expectedCalibrationError).toBe(0.125);
    expect(maximumCalibrationError).toBe(0.125);
  });

  it("weights bins by their images", () => {
    const outcomes = [
      ...Array.from({ length: 3 }, () => ({ score: 1, correct: true })),
      { score: 0.5, correct: true },
    ];
    const { expectedCalibrationError, maximumCalibrationError } = reliability(outcomes, 10);
    expect(expectedCalibrationError).toBe(0.125);
    expect(maximumCalibrationError).toBe(0.5);
  });

  it("has 15 bins and no figures for empty ones", () => {
    const { bins } = reliability([{ score: 0, correct: false }]);
    expect(bins).toHaveLength(15);
    expect(bins[0]?.images).toBe(1);
    expect(bins[1]).toEqual({ from: 1 / 15, to: 2 / 15, images: 0 });
  });

  it("is perfect where the share that is right equals the score", () => {
    const outcomes = [true, true, true, false].map((correct) => ({ score: 0.75, correct }));
    expect(reliability(outcomes).expectedCalibrationError).toBe(0);
  });

  it("refuses what is no probability", () => {
    expect(() => reliability([{ score: 1.5, correct: true }])).toThrow(/bad score/);
    expect(() => reliability([{ score: Number.NaN, correct: true }])).toThrow(/bad score/);
    expect(() => reliability([], 0)).toThrow(/bins/);
  });
});
