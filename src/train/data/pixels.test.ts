/** What lies around a picture in the network's input, and what it does to the picture: nothing. */
import { describe, expect, it } from "vitest";
import { type Preprocess, ranges } from "../../image/presets.ts";
import { Random } from "../../random.ts";
import { type Augmentation, augment } from "./augment.ts";
import { recolor } from "./pixels.ts";

const preset: Preprocess = {
  ...{ width: 8, height: 6, fit: { kind: "stretch" }, centers: "half-pixel" },
  ...ranges.unit,
};

function make(
  seed: number,
  augmentation: Augmentation,
  of: Parameters<typeof augment>[0],
  as: Preprocess,
): Float32Array {
  const into = new Float32Array(as.width * as.height * 3);
  augment(of, { preset: as, augmentation, random: new Random(seed), into });
  return into;
}

describe("augmentation", () => {
  it.each([
    ["shrunk on a ground", { crop: { kind: "scaled", factor: [0.4, 0.6] } }, preset],
    ["on SSD's ground", { crop: { kind: "overlap", area: [0.3, 1], expand: 3 } }, preset],
    ["moved", { crop: { kind: "shift", pixels: 4 } }, preset],
    ["padded", {}, { ...preset, width: 20, fit: { kind: "pad", value: 0 } }],
  ] as const)("takes contrast around the mean of the picture alone, %s", (_, how, as) => {
    // Around its own mean, contrast leaves a picture of one grey as it is: brightness alone is seen.
    const grey = { width: 8, height: 6, data: new Uint8Array(8 * 6 * 3).fill(100) };
    const bytes = { ...as, ...ranges.bytes };
    for (let seed = 0; seed < 100; seed++) {
      const seen = make(seed, { ...how, color: 0.4 }, grey, bytes).filter((value) => value !== 0);
      expect(Math.min(...seen)).toBeGreaterThan(60 - 1e-4);
      expect(Math.max(...seen)).toBeLessThan(140 + 1e-4);
      // What lies around is not recoloured: whatever is not 0 is of the picture, and so of one value.
      expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(1e-4);
    }
  });

  it.each([
    { kind: "overlap", area: [0.01, 0.2] },
    { kind: "scaled", factor: [2, 8] },
  ] as const)("fills the input with a part of a picture, however small: $kind", (crop) => {
    const grey = { width: 12, height: 9, data: new Uint8Array(12 * 9 * 3).fill(100) };
    const large = { ...preset, width: 64, height: 48, ...ranges.bytes };
    for (let seed = 0; seed < 100; seed++) {
      const seen = make(seed, { crop }, grey, large);
      expect([Math.min(...seen), Math.max(...seen)]).toEqual(
        [100, 100].map((v) => expect.closeTo(v, 3)),
      );
    }
  });

  it("recolours a picture on a ground as the picture alone", () => {
    const [width, area] = [9, { x: 2, y: 1, width: 5, height: 3 }];
    const alone = Float32Array.from({ length: 45 }, (_, i) => (i * 37) % 256);
    const ground = new Float32Array(9 * 6 * 3).fill(-7);
    const rowOf = (of: Float32Array, y: number) => {
      const start = ((area.y + y) * width + area.x) * 3;
      return of.subarray(start, start + 15);
    };
    for (let y = 0; y < 3; y++) rowOf(ground, y).set(alone.subarray(y * 15, y * 15 + 15));
    recolor(ground, { width, area, strength: 0.4, random: new Random(3) });
    const own = { x: 0, y: 0, width: 5, height: 3 };
    recolor(alone, { width: 5, area: own, strength: 0.4, random: new Random(3) });
    for (let y = 0; y < 3; y++) {
      expect(rowOf(ground, y)).toEqual(alone.subarray(y * 15, y * 15 + 15));
      rowOf(ground, y).fill(-7);
    }
    expect(new Set(ground)).toEqual(new Set([-7]));
  });
});
