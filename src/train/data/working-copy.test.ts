import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { copySize } from "../../image/decode.ts";
import { leastCopy } from "../../image/preprocess.ts";
import { type Fit, type Preprocess, ranges } from "../../image/presets.ts";
import type { Augmentation } from "./augment.ts";
import { workingCopy } from "./working-copy.ts";

const preset = (edge: number, fit: Fit = { kind: "stretch" }): Preprocess => ({
  ...{ width: edge, height: edge, fit, centers: "half-pixel" },
  ...ranges.signed,
});
const cropOf = (least: number): Augmentation => ({ crop: { kind: "resized", area: [least, 1] } });
const sizeOf = (width: number, height: number, of: Preprocess, augmentation: Augmentation) =>
  copySize({ width, height }, workingCopy(of, augmentation)?.least);

describe("the copy that training works on", () => {
  it("is what inference decodes, where nothing is cropped at random", () => {
    for (const fit of [
      { kind: "stretch" },
      { kind: "resize-then-crop", shortestEdge: 256 },
    ] as const) {
      const of = preset(224, fit);
      const size = { width: 4000, height: 3000 };
      const shift: Augmentation = { crop: { kind: "shift", pixels: 4 }, flip: true };
      for (const augmentation of [{}, shift]) {
        const inference = copySize(size, (whole) => leastCopy(whole, of));
        expect(sizeOf(4000, 3000, of, augmentation)).toEqual(inference);
        expect(inference).toBeDefined();
      }
    }
  });

  it("has enough for small crops: 12 megapixels at 224²", () => {
    expect(sizeOf(4000, 3000, preset(224), cropOf(0.5))).toEqual({ width: 598, height: 448 });
    expect(sizeOf(4000, 3000, preset(224), cropOf(0.08))).toEqual({ width: 1056, height: 792 });
  });

  test("holds a pixel for each of the network's in the smallest crop of a photograph's shape", () => {
    const edges = fc.integer({ min: 1, max: 6000 });
    const shares = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(edges, edges, shares, fc.integer({ min: 8, max: 320 }), (w, h, least, edge) => {
        const copy = sizeOf(w, h, preset(edge), cropOf(least));
        if (copy === undefined) return;
        expect(Math.min(copy.width, copy.height) + 1e-9).toBeGreaterThanOrEqual(2 * edge);
        // A crop of the picture's own aspect ratio.
        const across = Math.sqrt(least) * copy.width;
        const down = Math.sqrt(least) * copy.height;
        expect(Math.min(across, down) + 1e-6).toBeGreaterThanOrEqual(edge);
        // And it is never more than half the picture, rounded up.
        expect(copy.width).toBeLessThanOrEqual(Math.ceil(w / 2));
      }),
    );
  });

  it("leaves small pictures whole, and all under `full`", () => {
    expect(sizeOf(895, 895, preset(224), {})).toBeUndefined();
    expect(sizeOf(896, 896, preset(224), {})).toEqual({ width: 448, height: 448 });
    expect(sizeOf(32, 32, preset(32), cropOf(0.05))).toBeUndefined();
    expect(workingCopy(preset(224), {}, { decode: "full" })).toBeUndefined();
  });

  it("has the same name where it is the same, whatever else is done to samples", () => {
    const name = (...of: Parameters<typeof workingCopy>) => workingCopy(...of)?.name;
    const plain = name(preset(96), {});
    expect(name({ ...preset(96), ...ranges.imagenet }, { flip: true, color: 0.5 })).toBe(plain);
    const others = [
      name(preset(97), {}),
      name(preset(96, { kind: "central-crop", fraction: 0.5 }), {}),
      name(preset(96), cropOf(0.05)),
    ];
    expect(new Set([plain, ...others]).size).toBe(4);
  });
});
