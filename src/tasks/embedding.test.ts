import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spatialMean } from "./embedding.ts";
import { cosineSimilarity, l2Normalize } from "./vectors.ts";

const vector = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
  minLength: 4,
  maxLength: 4,
});

describe("spatialMean", () => {
  it("averages each channel over all pixels", () => {
    expect([...spatialMean(Float32Array.of(1, 10, 2, 20, 6, 60), 2)]).toEqual([3, 30]);
  });

  it("refuses features that do not fill their channels", () => {
    expect(() => spatialMean(new Float32Array(5), 2)).toThrow(/multiple of 2/);
    expect(() => spatialMean(new Float32Array(0), 2)).toThrow(/multiple of 2/);
  });
});

describe("l2Normalize", () => {
  it("gives length 1 and keeps the direction", () => {
    expect([...l2Normalize(Float32Array.of(3, 0, 4))].map((value) => value.toFixed(6))).toEqual([
      "0.600000",
      "0.000000",
      "0.800000",
    ]);
  });

  it("leaves a zero vector at zero", () => {
    expect([...l2Normalize(new Float32Array(3))]).toEqual([0, 0, 0]);
  });
});

describe("cosineSimilarity", () => {
  it("is 1 for the same direction, −1 for the opposite, 0 for right angles and zero vectors", () => {
    expect(cosineSimilarity([1, 2], [2, 4])).toBeCloseTo(1, 12);
    expect(cosineSimilarity([1, 2], [-1, -2])).toBeCloseTo(-1, 12);
    expect(cosineSimilarity([1, 0], [0, 1])).toBe(0);
    expect(cosineSimilarity([0, 0], [0, 1])).toBe(0);
  });

  it("sees the direction of vectors whose squares vanish or overflow", () => {
    expect(cosineSimilarity([0, -1e-162], [0, -1e-200])).toBeCloseTo(1, 12);
    expect(cosineSimilarity([1e200, 0], [-1e180, 0])).toBeCloseTo(-1, 12);
  });

  it("is symmetric and does not depend on lengths", () => {
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0.5, max: 4, noNaN: true }), (a, b, factor) => {
        const cosine = cosineSimilarity(a, b);
        expect(cosineSimilarity(b, a)).toBe(cosine);
        const scaled = a.map((value) => value * factor);
        // Below the smallest normal number digits are lost, so that scaling itself turns a vector.
        fc.pre(a.every((value) => value === 0 || Math.abs(value) > 1e-300));
        expect(cosineSimilarity(scaled, b)).toBeCloseTo(cosine, 6);
      }),
    );
  });

  it("refuses vectors of different lengths", () => {
    expect(() => cosineSimilarity([1], [1, 2])).toThrow(/same model/);
  });
});
