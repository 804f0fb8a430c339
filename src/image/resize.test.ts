import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RgbImage } from "./image.ts";
import type { PixelCenters } from "./presets.ts";
import { axisWeights, resizeBilinear } from "./resize.ts";

const centers = fc.constantFrom<PixelCenters>("legacy", "half-pixel", "align-corners");
const edge = fc.integer({ min: 1, max: 12 });
const picture = fc
  .tuple(edge, edge)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): RgbImage => ({ width, height, data })),
  );

/** A grey picture of one row. */
const row = (...values: number[]): RgbImage => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const reds = (floats: Float32Array): number[] => [...floats].filter((_, i) => i % 3 === 0);

/** The definition in double precision, one output value at a time. */
function bilinearAt(
  image: RgbImage,
  at: { readonly x: number; readonly y: number; readonly channel: number },
): number {
  const clampTo = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1);
  const pixel = (x: number, y: number): number =>
    image.data[
      (clampTo(y, image.height) * image.width + clampTo(x, image.width)) * 3 + at.channel
    ]!;
  const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
  const [dx, dy] = [at.x - x, at.y - y];
  const top = pixel(x, y) * (1 - dx) + pixel(x + 1, y) * dx;
  const bottom = pixel(x, y + 1) * (1 - dx) + pixel(x + 1, y + 1) * dx;
  return top * (1 - dy) + bottom * dy;
}

function sourcePosition(
  i: number,
  axis: { readonly source: number; readonly target: number; readonly centers: PixelCenters },
): number {
  const { source, target } = axis;
  if (axis.centers === "half-pixel") return ((i + 0.5) * source) / target - 0.5;
  if (axis.centers === "align-corners" && target > 1) return (i * (source - 1)) / (target - 1);
  return (i * source) / target;
}

describe("resizeBilinear", () => {
  test("the three conventions put pixel centres where TensorFlow puts them", () => {
    const resize = (image: RgbImage, width: number, convention: PixelCenters): number[] =>
      reds(resizeBilinear({ image, width, height: 1, centers: convention }));
    const ramp = row(0, 10, 20, 30);
    expect(resize(ramp, 2, "legacy")).toEqual([0, 20]);
    expect(resize(ramp, 2, "half-pixel")).toEqual([5, 25]);
    expect(resize(ramp, 2, "align-corners")).toEqual([0, 30]);
    expect(resize(row(0, 10), 4, "legacy")).toEqual([0, 5, 10, 10]);
    expect(resize(row(0, 10), 4, "half-pixel")).toEqual([0, 2.5, 7.5, 10]);
    expect(resize(row(0, 30), 4, "align-corners")).toEqual([0, 10, 20, 30]);
    expect(resize(row(7, 9), 1, "align-corners")).toEqual([7]);
  });

  test("agrees with the definition in double precision", () => {
    fc.assert(
      fc.property(picture, edge, edge, centers, (image, width, height, convention) => {
        const floats = resizeBilinear({ image, width, height, centers: convention });
        for (let i = 0; i < floats.length; i++) {
          const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
          const expected = bilinearAt(image, {
            x: sourcePosition(x, { source: image.width, target: width, centers: convention }),
            y: sourcePosition(y, { source: image.height, target: height, centers: convention }),
            channel,
          });
          // A float32 coordinate below 16 is off by some 2^-20, times steps of up to 255 on each axis.
          expect(Math.abs(floats[i]! - expected)).toBeLessThan(255 * 2 * 2 ** -20);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a picture resized to its own size keeps its values, under every convention", () => {
    fc.assert(
      fc.property(picture, centers, (image, convention) => {
        const { width, height } = image;
        const floats = resizeBilinear({ image, width, height, centers: convention });
        expect([...floats]).toEqual([...image.data]);
      }),
    );
  });

  test("a window of the result is that part of the whole result", () => {
    fc.assert(
      fc.property(picture, edge, edge, centers, (image, width, height, convention) => {
        const request = { image, width, height, centers: convention };
        const whole = resizeBilinear(request);
        const window = {
          x: Math.floor(width / 3),
          y: Math.floor(height / 4),
          width: Math.ceil(width / 2),
          height: Math.ceil(height / 2),
        };
        const part = resizeBilinear({ ...request, window });
        for (let y = 0; y < window.height; y++) {
          const from = ((window.y + y) * width + window.x) * 3;
          const line = part.subarray(y * window.width * 3, (y + 1) * window.width * 3);
          expect([...line]).toEqual([...whole.subarray(from, from + window.width * 3)]);
        }
      }),
    );
  });

  test("a region is resized as if it had been cut out first", () => {
    const data = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
    const image = { width: 5, height: 4, data };
    const region = { x: 1, y: 2, width: 3, height: 2 };
    const cut = new Uint8Array([...data.subarray(33, 42), ...data.subarray(48, 57)]);
    const size = { width: 4, height: 5, centers: "half-pixel" } as const;
    const expected = resizeBilinear({ image: { width: 3, height: 2, data: cut }, ...size });
    expect(resizeBilinear({ image, region, ...size })).toEqual(expected);
  });

  test("each channel has its own scale and offset", () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(10, 20, 30) };
    const floats = resizeBilinear({
      image,
      width: 1,
      height: 1,
      centers: "legacy",
      scale: [1, 2, 0.5],
      offset: [0, -1, 5],
    });
    expect([...floats]).toEqual([10, 39, 20]);
  });

  test("a row stride leaves the rest of the rows alone", () => {
    const into = new Float32Array(12).fill(-7);
    const image = { width: 1, height: 2, data: new Uint8Array(6).fill(4) };
    resizeBilinear({ image, width: 1, height: 2, centers: "legacy", into, rowStride: 6 });
    expect([...into]).toEqual([4, 4, 4, -7, -7, -7, 4, 4, 4, -7, -7, -7]);
  });

  test("sizes and rectangles that make no sense are refused", () => {
    const image = row(1, 2);
    const good = { image, width: 2, height: 1, centers: "legacy" } as const;
    expect(() => resizeBilinear({ ...good, width: 0 })).toThrow(/bad size/);
    expect(() => resizeBilinear({ ...good, height: 1.5 })).toThrow(/bad size/);
    const outside = { x: 1, y: 0, width: 2, height: 1 };
    expect(() => resizeBilinear({ ...good, region: outside })).toThrow(/bad region/);
    expect(() => resizeBilinear({ ...good, window: outside })).toThrow(/bad window/);
    expect(() => resizeBilinear({ ...good, into: new Float32Array(5) })).toThrow(/does not fit/);
    expect(() => resizeBilinear({ ...good, image: { ...image, width: 3 } })).toThrow(/do not fill/);
  });
});

test("source positions stay inside the axis, weights between 0 and 1", () => {
  const length = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(length, length, centers, (source, target, convention) => {
      const { lower, upper, lerp } = axisWeights({ source, target, centers: convention });
      for (let i = 0; i < target; i++) {
        expect(lower[i]! >= 0 && lower[i]! <= upper[i]! && upper[i]! < source).toBe(true);
        // A hair before the first centre it is the float32 below 1, which may round to 1.
        expect(lerp[i]! >= 0 && lerp[i]! <= 1).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});
