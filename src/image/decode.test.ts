import { describe, expect, test } from "vitest";
import { interleaveRgb, pixelsToRgb, resolveDecodeOptions } from "./decode.ts";

describe("pixelsToRgb", () => {
  test("lays RGBA on white, or on the colour given", () => {
    const data = new Uint8ClampedArray([100, 0, 0, 255, 100, 0, 0, 0, 100, 0, 0, 128]);
    const pixels = { width: 3, height: 1, data };
    // The last: 100 · 128/255 + 255 · 127/255 = 177.2, and 0 + 127.
    const onWhite = [100, 0, 0, 255, 255, 255, 177, 127, 127];
    expect([...pixelsToRgb(pixels).data]).toEqual(onWhite);
    const onColor = pixelsToRgb(pixels, { background: [0, 10, 20] });
    expect([...onColor.data.subarray(3, 6)]).toEqual([0, 10, 20]);
  });

  test("every alpha over its own colour gives that colour", () => {
    const count = 256;
    const data = new Uint8Array(count * 4).map((_, i) => (i % 4 === 3 ? (i - 3) / 4 : 77));
    const rgb = interleaveRgb({ data, channels: 4, count, background: [77, 77, 77] });
    expect(new Set(rgb)).toEqual(new Set([77]));
  });

  test("RGB passes through uncopied", () => {
    const image = { width: 1, height: 2, data: new Uint8Array(6) };
    expect(pixelsToRgb(image).data).toBe(image.data);
  });

  test("a smaller copy stays one, whatever its pixels", () => {
    const copy = { width: 1, height: 2, original: { width: 30, height: 60 } };
    for (const data of [new Uint8Array(6), new Uint8ClampedArray(6), new Uint8Array(8)]) {
      expect(pixelsToRgb({ ...copy, data }).original).toEqual(copy.original);
    }
  });

  test("grey with and without alpha becomes three channels", () => {
    const background = [0, 0, 0] as const;
    const grey = interleaveRgb({ data: new Uint8Array([9]), channels: 1, count: 1, background });
    expect([...grey]).toEqual([9, 9, 9]);
    const data = new Uint8Array([100, 51]);
    expect([...interleaveRgb({ data, channels: 2, count: 1, background })]).toEqual([20, 20, 20]);
  });

  test.each([
    [{ width: 2, height: 2, data: new Uint8Array(5) }, /5 bytes/],
    [{ width: 0, height: 2, data: new Uint8Array(0) }, /no area/],
    [{ width: 1.5, height: 2, data: new Uint8Array(9) }, /no area/],
    [{ width: 1, height: 1, data: new Float32Array(4) as unknown as Uint8Array }, /Uint8Array/],
  ])("malformed pixels are refused: %#", (pixels, message) => {
    expect(() => pixelsToRgb(pixels)).toThrow(message);
  });

  test("a picture beyond maxPixels is refused", () => {
    const pixels = { width: 2, height: 2, data: new Uint8Array(16) };
    expect(() => pixelsToRgb(pixels, { maxPixels: 3 })).toThrow(/too large/);
  });
});

test("options out of range are refused", () => {
  expect(() => resolveDecodeOptions({ background: [0, 0, 256] })).toThrow(/background colour/);
  expect(() => resolveDecodeOptions({ maxPixels: Number.NaN })).toThrow(/maxPixels/);
});
