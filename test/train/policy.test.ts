/** TrivialAugment and RandAugment: each operation by values worked out by hand, and how they are drawn. */
import { describe, expect, it } from "vitest";
import type { RgbImage } from "../../src/image/image.ts";
import { ranges } from "../../src/image/presets.ts";
import { Random } from "../../src/random.ts";
import { augment } from "../../src/train/data/augment.ts";
import { applyPolicy, operations, type Policy } from "../../src/train/data/policy.ts";

/** Grey pixels, row by row. */
function grey(width: number, ...values: readonly number[]): RgbImage {
  const data = Uint8Array.from(values.flatMap((value) => [value, value, value]));
  return { width, height: values.length / width, data };
}

const most = { shear: 1, translate: () => 2, rotate: 90, enhance: 1, bits: 4 };
/** The red bytes after an operation. */
function apply(name: string, image: RgbImage, share: number, sign = 1): number[] {
  const changed = operations[name]?.(image, share, sign, most);
  if (changed === undefined) throw new Error(name);
  return [...changed.data.filter((_, i) => i % 3 === 0)];
}

const square = grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);

describe("operations on the place of pixels", () => {
  it("move by whole pixels and let black in", () => {
    expect(apply("translateX", square, 0.5)).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8]);
    expect(apply("translateX", square, 1, -1)).toEqual([3, 0, 0, 6, 0, 0, 9, 0, 0]);
    expect(apply("translateY", square, 0.5)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6]);
  });

  it("shear rows further the lower they are", () => {
    // Row y takes the pixel at x + ½ + (y + ½): 1, 2 and 3 to the right.
    expect(apply("shearX", square, 1)).toEqual([2, 3, 0, 6, 0, 0, 0, 0, 0]);
    // Column x takes the pixel at y + ½ − (x + ½): 0, 1 and 2 further up.
    expect(apply("shearY", square, 1, -1)).toEqual([1, 0, 0, 4, 2, 0, 7, 5, 3]);
  });

  it("rotate around the middle", () => {
    expect(apply("rotate", square, 1).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(apply("rotate", square, 1)).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect(apply("rotate", square, 1, -1)).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
  });
});

describe("operations on the values of pixels", () => {
  it("change brightness and contrast around black and the mean grey", () => {
    const image = grey(2, 100, 200);
    expect(apply("brightness", image, 0.5)).toEqual([150, 255]);
    expect(apply("brightness", image, 0.5, -1)).toEqual([50, 100]);
    // Weights that add up to 0.9999 make 99 and 199 of the greys: a mean of 149.
    expect(apply("contrast", image, 1, -1)).toEqual([149, 149]);
    expect(apply("contrast", image, 0.5)).toEqual([75, 225]);
  });

  it("take colour away or add to it", () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(200, 100, 0) };
    const changed = (sign: number) => [
      ...(operations["saturation"]?.(image, 1, sign, most).data ?? []),
    ];
    // 0.2989 · 200 + 0.587 · 100 = 118.48.
    expect(changed(-1)).toEqual([118, 118, 118]);
    expect(changed(1)).toEqual([255, 82, 0]);
  });

  it("blur or sharpen all but the edges", () => {
    const spot = grey(3, 0, 0, 0, 0, 130, 0, 0, 0, 0);
    expect(apply("sharpness", spot, 1, -1)).toEqual([0, 0, 0, 0, 50, 0, 0, 0, 0]);
    expect(apply("sharpness", spot, 1)).toEqual([0, 0, 0, 0, 210, 0, 0, 0, 0]);
  });

  it("take off bits, invert what is bright, stretch and spread values", () => {
    expect(apply("posterize", grey(2, 0b10111111, 0b1111), 1)).toEqual([0b10110000, 0]);
    expect(apply("solarize", grey(3, 10, 200, 255), 0.2)).toEqual([10, 200, 0]);
    expect(apply("solarize", grey(3, 10, 200, 255), 1)).toEqual([245, 55, 0]);
    expect(apply("autoContrast", grey(3, 50, 100, 150), 1)).toEqual([0, 127, 255]);
    expect(apply("autoContrast", grey(2, 7, 7), 1)).toEqual([7, 7]);
    // 512 pixels of each of 4 values: a step of 1536 / 255 = 6 pixels.
    const four = grey(512, ...[10, 11, 12, 13].flatMap((value) => Array(512).fill(value)));
    expect([...new Set(apply("equalize", four, 1))]).toEqual([0, 85, 171, 255]);
    expect(apply("equalize", grey(2, 7, 9), 1)).toEqual([7, 9]);
  });

  it("leave the picture as it is at strength 0", () => {
    const random = new Random(1);
    const data = Uint8Array.from({ length: 75 }, () => random.integer(256));
    const image = { width: 5, height: 5, data };
    for (const name of Object.keys(operations)) {
      if (/autoContrast|equalize/.test(name)) continue;
      const wanted = name === "solarize" ? data.map((value) => (value === 255 ? 0 : value)) : data;
      expect(operations[name]?.(image, 0, 1, most).data, name).toEqual(wanted);
    }
  });
});

describe("a policy", () => {
  const random = new Random(2);
  const data = Uint8Array.from({ length: 16 * 12 * 3 }, () => random.integer(256));
  const image = { width: 16, height: 12, data };
  const policies: readonly Policy[] = [
    { kind: "trivial" },
    { kind: "rand" },
    { kind: "rand", operations: 3, magnitude: 20 },
  ];

  it.each(policies)("gives the same for the same seed and many for many: %j", (policy) => {
    const make = (seed: number) => [...applyPolicy(image, policy, new Random(seed)).data];
    expect(make(1)).toEqual(make(1));
    const made = Array.from({ length: 60 }, (_, seed) => JSON.stringify(make(seed)));
    expect(new Set(made).size).toBeGreaterThan(20);
    expect(made.every((values) => JSON.parse(values).length === data.length)).toBe(true);
  });

  it("is part of augmentation, after crop and flip and before the network's range", () => {
    const preset = {
      width: 16,
      height: 12,
      fit: { kind: "stretch" },
      centers: "half-pixel",
      ...ranges.signed,
    } as const;
    const policy = { kind: "trivial" } as const;
    for (let seed = 0; seed < 20; seed++) {
      const into = new Float32Array(data.length);
      augment(image, { preset, augmentation: { policy }, random: new Random(seed), into });
      const bytes = applyPolicy(image, policy, new Random(seed)).data;
      const wanted = Float32Array.from(
        bytes,
        (v, i) => v * preset.scale[i % 3]! + preset.offset[i % 3]!,
      );
      expect(into).toEqual(wanted);
    }
  });
});
