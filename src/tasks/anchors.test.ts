import { describe, expect, it } from "vitest";
import type { AnchorSettings } from "../models/model.ts";
import { generateAnchors } from "./anchors.ts";

/** The published detector's settings at 300×300. */
const published: AnchorSettings = {
  featureMaps: [19, 10, 5, 3, 2, 1].map((size) => [size, size] as const),
  minScale: 0.2,
  maxScale: 0.95,
  aspectRatios: [1, 2, 0.5, 3, 0.3333],
  reduceBoxesInLowestLayer: true,
};

const anchors = generateAnchors(published);
const anchor = (index: number): number[] => [...anchors.subarray(index * 4, index * 4 + 4)];

function expectAnchor(index: number, expected: readonly number[]): void {
  // Half a unit in the last place of float32 numbers up to 2.
  anchor(index).forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `anchor ${index}, value ${i}`).toBeLessThan(1.2e-7);
  });
}

describe("generateAnchors", () => {
  it("gives 1917 anchors: three per cell on the first map, six on the others", () => {
    expect(anchors.length / 4).toBe(3 * 19 ** 2 + 6 * (10 ** 2 + 5 ** 2 + 3 ** 2 + 2 ** 2 + 1));
  });

  it("starts with the reduced set at the centre of the first cell", () => {
    const center = 0.5 / 19;
    expectAnchor(0, [center, center, 0.1, 0.1]);
    expectAnchor(1, [center, center, 0.2 / Math.SQRT2, 0.2 * Math.SQRT2]);
    expectAnchor(2, [center, center, 0.2 * Math.SQRT2, 0.2 / Math.SQRT2]);
  });

  it("walks cells row by row", () => {
    expectAnchor(3, [0.5 / 19, 1.5 / 19, 0.1, 0.1]);
    expectAnchor(19 * 3, [1.5 / 19, 0.5 / 19, 0.1, 0.1]);
  });

  it("adds a square between two scales after the aspect ratios", () => {
    const firstOfSecondMap = 3 * 19 ** 2;
    expectAnchor(firstOfSecondMap, [0.05, 0.05, 0.35, 0.35]);
    const between = Math.sqrt(0.35 * 0.5);
    expectAnchor(firstOfSecondMap + 5, [0.05, 0.05, between, between]);
  });

  it("takes 1 for the scale past the last map", () => {
    const between = Math.sqrt(0.95);
    expectAnchor(1916, [0.5, 0.5, between, between]);
  });

  it("keeps the area of a scale for every aspect ratio", () => {
    for (let ratio = 0; ratio < published.aspectRatios.length; ratio++) {
      const [, , height, width] = anchor(1911 + ratio) as [number, number, number, number];
      expect(height * width).toBeCloseTo(0.95 ** 2, 6);
    }
  });

  it("refuses settings that describe no grid", () => {
    expect(() => generateAnchors({ ...published, featureMaps: [[0, 3]] })).toThrow(/rows/);
    expect(() => generateAnchors({ ...published, aspectRatios: [-1] })).toThrow(/aspect ratio/);
    expect(() => generateAnchors({ ...published, featureMaps: [[9999, 9999]] })).toThrow(/at most/);
  });
});
