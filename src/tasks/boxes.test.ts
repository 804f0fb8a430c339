import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxArea, clipBoxes, decodeBoxes, encodeBoxes, intersectionOverUnion } from "./boxes.ts";

const boxCoder = [10, 10, 5, 5] as const;
const anchors = Float32Array.of(0.5, 0.4, 0.2, 0.1);
const fraction = fc.double({ min: -0.5, max: 1.5, noNaN: true });
const box = fc
  .tuple(fraction, fraction, fraction, fraction)
  .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]);

describe("decodeBoxes", () => {
  it("leaves an anchor where the encoding is zero", () => {
    const [ymin, xmin, ymax, xmax] = decodeBoxes(new Float32Array(4), { anchors, boxCoder });
    expect(ymin).toBeCloseTo(0.4, 6);
    expect(xmin).toBeCloseTo(0.35, 6);
    expect(ymax).toBeCloseTo(0.6, 6);
    expect(xmax).toBeCloseTo(0.45, 6);
  });

  it("moves the centre in units of the anchor's size over 10", () => {
    const boxes = decodeBoxes(Float32Array.of(10, -5, 0, 0), { anchors, boxCoder });
    expect((boxes[0]! + boxes[2]!) / 2).toBeCloseTo(0.7, 6);
    expect((boxes[1]! + boxes[3]!) / 2).toBeCloseTo(0.35, 6);
  });

  it("scales height and width by exp(t / 5)", () => {
    const encodings = Float32Array.of(0, 0, 5 * Math.log(2), 5 * Math.log(3));
    const boxes = decodeBoxes(encodings, { anchors, boxCoder });
    expect(boxes[2]! - boxes[0]!).toBeCloseTo(0.4, 6);
    expect(boxes[3]! - boxes[1]!).toBeCloseTo(0.3, 6);
  });

  it("refuses encodings of another number of anchors", () => {
    expect(() => decodeBoxes(new Float32Array(8), { anchors, boxCoder })).toThrow(/expected 1 box/);
  });
});

describe("encodeBoxes", () => {
  it("gives the encodings that decode to the boxes", () => {
    const size = fc.double({ min: 0.01, max: 1.5, noNaN: true });
    const boxes = fc.tuple(fraction, fraction, size, size);
    fc.assert(
      fc.property(boxes, boxes, ([top, left, height, width], anchor) => {
        const box = Float32Array.of(top, left, top + height, left + width);
        const decoder = { anchors: Float32Array.from(anchor), boxCoder };
        const decoded = decodeBoxes(encodeBoxes(box, decoder), decoder);
        // Encodings of up to 10 · 2 / 0.01 with 24 bits move an edge by 2e3 / 10 · 1.5 · 2⁻²⁴ at most.
        for (const [i, edge] of decoded.entries())
          expect(Math.abs(edge - box[i]!)).toBeLessThan(2e-5);
      }),
    );
  });

  it("refuses boxes of another number of anchors", () => {
    expect(() => encodeBoxes([0, 0, 1, 1, 0, 0, 1, 1], { anchors, boxCoder })).toThrow(
      /expected 1 box/,
    );
  });
});

describe("clipBoxes", () => {
  it("cuts boxes to the image", () => {
    expect([...clipBoxes(Float32Array.of(-0.5, 0.25, 1.5, 0.75))]).toEqual([0, 0.25, 1, 0.75]);
  });
});

describe("intersectionOverUnion", () => {
  it("is a third for two squares that share half of each", () => {
    const boxes = Float32Array.of(0, 0, 1, 1, 0, 0.5, 1, 1.5);
    expect(intersectionOverUnion(boxes, 0, 1)).toBeCloseTo(1 / 3, 6);
  });

  it("is symmetric, between 0 and 1, and 1 for a box with itself", () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const boxes = Float32Array.from([...a, ...b]);
        const overlap = intersectionOverUnion(boxes, 0, 1);
        expect(overlap).toBe(intersectionOverUnion(boxes, 1, 0));
        expect(overlap).toBeGreaterThanOrEqual(0);
        expect(overlap).toBeLessThanOrEqual(1 + 1e-6);
        expect(intersectionOverUnion(boxes, 0, 0)).toBe(boxArea(boxes, 0) > 0 ? 1 : 0);
      }),
    );
  });
});
