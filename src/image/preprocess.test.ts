import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RgbImage } from "./image.ts";
import { leastCopy, preprocess } from "./preprocess.ts";
import { type Fit, type Preprocess, ranges } from "./presets.ts";
import { resizeBilinear } from "./resize.ts";

/** A smooth picture: red grows to the right, green downwards, both 0 to 255. */
function gradient(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data[i * 3] = Math.round((255 * ((i % width) + 0.5)) / width);
    data[i * 3 + 1] = Math.round((255 * (Math.floor(i / width) + 0.5)) / height);
  }
  return { width, height, data };
}

const bytes = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;
const preset = (fit: Fit, width = 8, height = 8): Preprocess => ({
  width,
  height,
  fit,
  centers: "half-pixel",
  ...bytes,
});
const fits: Fit[] = [
  { kind: "stretch" },
  { kind: "resize-then-crop", shortestEdge: 9 },
  { kind: "central-crop", fraction: 0.875 },
  { kind: "pad", value: 127.5 },
];

describe("preprocess", () => {
  test("resize-then-crop is the centre of the whole resized picture", () => {
    const image = gradient(40, 20);
    const fit = { kind: "resize-then-crop", shortestEdge: 10 } as const;
    const { data, placement } = preprocess(image, preset(fit));
    const whole = resizeBilinear({ image, width: 20, height: 10, centers: "half-pixel" });
    for (let y = 0; y < 8; y++) {
      const from = ((y + 1) * 20 + 6) * 3;
      const line = data.subarray(y * 24, y * 24 + 24);
      expect([...line]).toEqual([...whole.subarray(from, from + 24)]);
    }
    expect(placement.source).toEqual({ x: 12, y: 2, width: 16, height: 16 });
    expect(placement.target).toEqual({ x: 0, y: 0, width: 8, height: 8 });
  });

  test("central-crop keeps the fraction of each edge, with equal margins", () => {
    const { placement } = preprocess(
      gradient(100, 41),
      preset({ kind: "central-crop", fraction: 0.875 }),
    );
    // (100 − 87.5) / 2 = 6.25 and (41 − 35.875) / 2 = 2.56, rounded down.
    expect(placement.source).toEqual({ x: 6, y: 2, width: 88, height: 37 });
  });

  test("pad shrinks what is larger, keeps the aspect ratio and fills the rest", () => {
    const fit = { kind: "pad", value: 127.5 } as const;
    const { data, placement } = preprocess(gradient(32, 16), {
      ...preset(fit),
      ...ranges.signed,
    });
    expect(placement.target).toEqual({ x: 0, y: 0, width: 8, height: 4 });
    // 127.5 is the middle of the signed range.
    for (const value of data.subarray(8 * 4 * 3)) expect(Math.abs(value)).toBeLessThan(1e-7);
    expect(data[0]).toBeLessThan(-0.8);
  });

  test("pad leaves a smaller picture at its own size", () => {
    const image = gradient(3, 5);
    const { data, placement } = preprocess(image, preset({ kind: "pad", value: 9 }));
    expect(placement.target).toEqual({ x: 0, y: 0, width: 3, height: 5 });
    for (let y = 0; y < 5; y++) {
      const line = [...data.subarray(y * 24, y * 24 + 24)];
      expect(line.slice(0, 9)).toEqual([...image.data.subarray(y * 9, y * 9 + 9)]);
      expect(new Set(line.slice(9))).toEqual(new Set([9]));
    }
  });

  test("what the network sees lies where the placement says", () => {
    const image = gradient(60, 45);
    for (const fit of fits) {
      const { data, placement } = preprocess(image, preset(fit));
      const { source, target } = placement;
      for (let n = 0; n < target.width; n++) {
        const x = source.x + ((n + 0.5 - target.x) * source.width) / target.width;
        // Red is 255 x / 60: rounding to bytes, and half a pixel (2.2) at most where edges clamp.
        expect(Math.abs(data[n * 3]! - (255 * x) / 60)).toBeLessThan(0.5 + 2.2);
      }
    }
  });

  test.each([
    [1, 1],
    [1, 7],
    [200, 1],
    [1, 3000],
    [3000, 2],
  ])("every fit takes a picture of %i x %i", (width, height) => {
    const image = { width, height, data: new Uint8Array(width * height * 3).fill(50) };
    for (const fit of fits) {
      const { data, placement } = preprocess(image, preset(fit, 8, 6));
      const { source, target } = placement;
      expect(data.length).toBe(8 * 6 * 3);
      const values = new Set(data);
      values.delete(127.5);
      expect(values).toEqual(new Set([50]));
      expect(Math.min(source.width, source.height, target.width, target.height)).toBeGreaterThan(0);
      expect(source.x + source.width).toBeLessThanOrEqual(width);
      expect(source.y + source.height).toBeLessThanOrEqual(height);
      expect(source.x).toBeGreaterThanOrEqual(0);
      expect(source.y).toBeGreaterThanOrEqual(0);
    }
  });

  test("writes into the array given, all of it", () => {
    const into = new Float32Array(8 * 8 * 3).fill(Number.NaN);
    for (const fit of fits) {
      into.fill(Number.NaN);
      expect(preprocess(gradient(20, 10), preset(fit), into).data).toBe(into);
      expect(into.some(Number.isNaN)).toBe(false);
    }
    const short = new Float32Array(5);
    expect(() => preprocess(gradient(2, 2), preset({ kind: "stretch" }), short)).toThrow(
      /expected 192 floats.*received 5/,
    );
  });

  test.each<[Fit, RegExp]>([
    [{ kind: "resize-then-crop", shortestEdge: 7 }, /shortestEdge/],
    [{ kind: "central-crop", fraction: 0 }, /fraction/],
    [{ kind: "central-crop", fraction: Number.NaN }, /fraction/],
    [{ kind: "pad", value: 256 }, /pad value/],
  ])("a preset that cannot be met is refused: %j", (fit, message) => {
    expect(() => preprocess(gradient(20, 10), preset(fit))).toThrow(message);
  });
});

const golden = new URL("../../../shared/golden/detection-float/", import.meta.url);

describe.skipIf(!existsSync(golden))(
  "SSDLite's own preprocessing (needs the shared golden files)",
  () => {
    const files: [string, number, number][] = [
      ["cat", 512, 341],
      ["grace_hopper", 512, 600],
      ["kite_and_cold", 1352, 900],
      ["pets", 512, 430],
    ];
    test.each(files)("%s", (name, width, height) => {
      const pixels = readFileSync(new URL(`inputs/${name}_${width}x${height}.u8`, golden));
      const stored = readFileSync(new URL(`outputs/${name}.preprocessed.f32`, golden));
      const expected = new Float32Array(new Uint8Array(stored).buffer);
      const scale = 0.00784314; // the graph's constant, near 2/255
      const { data } = preprocess(
        { width, height, data: new Uint8Array(pixels) },
        {
          width: 300,
          height: 300,
          fit: { kind: "stretch" },
          centers: "legacy",
          scale: [scale, scale, scale],
          offset: [-1, -1, -1],
        },
      );
      // That engine's coordinates are float64, ours float32 as in TensorFlow's kernels. Below 2048 the
      // coordinate's rounding and that of the ratio are at most 2^-14 each, so a weight is off by at
      // most 2^-13 on each axis, times a step of at most 255 · scale = 2 between neighbours: 2^-11 =
      // 4.9e-4 at worst. Photographs' steps are smaller; 2e-4 is the bound for steps up to 100.
      const worst = expected.reduce((max, x, i) => Math.max(max, Math.abs(x - data[i]!)), 0);
      expect(data.length).toBe(expected.length);
      expect(worst).toBeLessThan(2e-4);
    });
  },
);

describe("a grey input", () => {
  const preset = (grey: 1 | 3): Preprocess => ({
    ...{ width: 2, height: 1, fit: { kind: "stretch" }, centers: "half-pixel" },
    ...ranges.unit,
    grey,
  });
  const image = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 255) };

  test("holds the luma of every pixel in its one channel", () => {
    const { data } = preprocess(image, preset(1));
    expect([...data].map((value) => value.toFixed(4))).toEqual(["0.2990", "0.7010"]);
  });

  test("holds it in all three where the network wants colours", () => {
    const { data } = preprocess(image, preset(3));
    expect([...data].map((value) => value.toFixed(3)).join()).toBe(
      "0.299,0.299,0.299,0.701,0.701,0.701",
    );
  });
});

describe("a smaller copy", () => {
  /** Every block of pixels as their mean, as decoders shrink. */
  function shrunk({ width, height, data }: RgbImage, by: number): RgbImage {
    const size = { width: Math.ceil(width / by), height: Math.ceil(height / by) };
    const copy = new Uint8Array(size.width * size.height * 3);
    for (let i = 0; i < copy.length; i++) {
      const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)];
      let [sum, count] = [0, 0];
      for (let v = y * by; v < Math.min(height, (y + 1) * by); v++) {
        for (let u = x * by; u < Math.min(width, (x + 1) * by); u++, count++) {
          sum += data[(v * width + u) * 3 + (i % 3)]!;
        }
      }
      copy[i] = Math.round(sum / count);
    }
    return { ...size, data: copy, original: { width, height } };
  }

  const centers = ["legacy", "half-pixel", "align-corners"] as const;
  test.each(fits.flatMap((fit) => centers.map((centre) => [fit, centre] as const)))(
    "of a gradient gives what the picture gives: %o, %s",
    (fit, centre) => {
      const picture = gradient(96, 64);
      const wanted = { ...preset(fit), centers: centre };
      const whole = preprocess(picture, wanted);
      for (const by of [2, 4]) {
        const { data, placement } = preprocess(shrunk(picture, by), wanted);
        expect(placement).toEqual(whole.placement);
        // A byte's rounding in either, and at the edges half a block that has no neighbour.
        const most = 1 + (by * 255) / 64 / 2;
        data.forEach((value, i) => {
          expect(Math.abs(value - whole.data[i]!)).toBeLessThanOrEqual(most);
        });
      }
    },
  );

  test("is at least twice as large as what is made of it", () => {
    const size = { width: 4000, height: 3000 };
    const least = (fit: Fit) => leastCopy(size, preset(fit, 224, 224));
    expect(least({ kind: "stretch" })).toEqual({ width: 448, height: 448 });
    expect(least({ kind: "central-crop", fraction: 0.5 })).toEqual({ width: 896, height: 896 });
    const cropped = least({ kind: "resize-then-crop", shortestEdge: 256 });
    expect(cropped.width).toBeCloseTo((512 * 4) / 3, -1);
    expect(cropped.height).toBe(512);
    expect(least({ kind: "pad", value: 0 })).toEqual({ width: 448, height: 336 });
  });

  test("is of a picture that is no smaller", () => {
    const image = gradient(4, 4);
    for (const original of [{ width: 3, height: 4 }, { width: 4.5, height: 4 }, { width: 8 }]) {
      const copy = { ...image, original } as unknown as RgbImage;
      expect(() => preprocess(copy, preset({ kind: "stretch" }))).toThrow(/bad original/);
    }
  });
});
