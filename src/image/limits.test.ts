import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { pngOf } from "../../test/png.ts";
import { decodeImage } from "./decode-node.ts";
import { checkMemory, checkSize, defaultLimits, noLimits, resolveLimits } from "./limits.ts";

const png = (width: number, height: number): Uint8Array =>
  pngOf({ width, height, bitDepth: 8, colorType: 2 }, new Uint8Array(8));

describe("limits", () => {
  test.each([
    ["maxEdge", 99_000_000, 1],
    ["maxEdge", 1, 99_000_000],
    ["maxEdge", 65_536, 1],
    ["maxPixels", 60_000, 60_000],
  ] as const)("%s refuses %i x %i pixels by the header alone", async (limit, width, height) => {
    await expect(decodeImage(png(width, height))).rejects.toMatchObject({
      code: "invalid-image",
      received: `${width} x ${height}`,
      remedy: expect.stringContaining(limit),
    });
  });

  test("the longest edges of JPEG are taken, and 100 megapixels", () => {
    checkSize({ width: 65_535, height: 1 }, defaultLimits);
    checkSize({ width: 10_000, height: 10_000 }, defaultLimits);
    checkSize({ width: 1e9, height: 1e9 }, noLimits);
    checkMemory(1e15, { width: 1, height: 1 }, noLimits);
  });

  test("a size that is no number is none", () => {
    for (const width of [0, -1, Number.NaN]) {
      expect(() => checkSize({ width, height: 9 }, noLimits)).toThrow(/no area/);
    }
  });

  test("each is a number of at least 1", () => {
    expect(resolveLimits({})).toEqual(defaultLimits);
    expect(resolveLimits({ maxEdge: 7 })).toEqual({ ...defaultLimits, maxEdge: 7 });
    for (const name of ["maxPixels", "maxEdge", "maxDecodeBytes"]) {
      for (const value of [0, -1, Number.NaN, "9", null]) {
        expect(() => resolveLimits({ [name]: value })).toThrow(new RegExp(`bad ${name}`));
      }
    }
  });

  test("what decoding would hold is judged by kind: a JPEG passes where a progressive one does not", async () => {
    const picture = sharp({ create: { width: 900, height: 700, channels: 3, background: "teal" } });
    // RGB and the lines that are under way; coefficients besides.
    const maxDecodeBytes = 900 * 700 * 3 + 900 * 512 * 4;
    const least = () => ({ width: 90, height: 70 });
    const plain = await picture.clone().jpeg().toBuffer();
    const progressive = await picture.clone().jpeg({ progressive: true }).toBuffer();
    await expect(decodeImage(plain, { maxDecodeBytes })).resolves.toMatchObject({ width: 900 });
    await expect(decodeImage(progressive, { maxDecodeBytes })).rejects.toMatchObject({
      code: "invalid-image",
      received: expect.stringMatching(/^about \d+ for 900 x 700 pixels$/),
      remedy: expect.stringMatching(/--max-decode-bytes N/),
    });
    // A copy is small; the coefficients are not.
    const less = { maxDecodeBytes: 1_900_000, least };
    await expect(decodeImage(plain, less)).resolves.toMatchObject({ width: 90 });
    await expect(decodeImage(progressive, less)).rejects.toThrow(/too large/);
  });
});
