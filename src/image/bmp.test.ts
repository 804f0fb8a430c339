import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { decodeBmp, decodeBmpIndices } from "./bmp.ts";

/** The parts of a bitmap, put together without the code under test. */
interface BmpParts {
  readonly width: number;
  /** Negative for rows from the top down. */
  readonly height: number;
  readonly bits: number;
  readonly headerBytes?: number;
  readonly compression?: number;
  readonly masks?: readonly number[];
  /** Red, green, blue triples. */
  readonly palette?: readonly (readonly [number, number, number])[];
  /** Rows as stored, padded. */
  readonly pixels: readonly number[];
}

function bitmap(parts: BmpParts): Uint8Array {
  const { width, height, bits, headerBytes = 40, compression = 0, masks = [] } = parts;
  const { palette = [], pixels } = parts;
  const core = headerBytes === 12;
  const masksAfter = headerBytes < 52 ? masks.length * 4 : 0;
  const paletteAt = 14 + headerBytes + masksAfter;
  const pixelsAt = paletteAt + palette.length * (core ? 3 : 4);
  const bytes = new Uint8Array(pixelsAt + pixels.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, pixelsAt, true);
  view.setUint32(14, headerBytes, true);
  if (core) {
    view.setUint16(18, width, true);
    view.setUint16(20, height, true);
    view.setUint16(22, 1, true);
    view.setUint16(24, bits, true);
  } else {
    view.setInt32(18, width, true);
    view.setInt32(22, height, true);
    view.setUint16(26, 1, true);
    view.setUint16(28, bits, true);
    view.setUint32(30, compression, true);
    view.setUint32(46, palette.length, true);
  }
  masks.forEach((mask, i) => {
    view.setUint32(54 + 4 * i, mask, true);
  });
  palette.forEach(([red, green, blue], i) => {
    bytes.set([blue, green, red], paletteAt + i * (core ? 3 : 4));
  });
  bytes.set(pixels, pixelsAt);
  return bytes;
}

const red = [255, 0, 0] as const;
const green = [0, 255, 0] as const;
const blue = [0, 0, 255] as const;
const grey = [10, 20, 30] as const;
/** Red and green over blue and grey. */
const fourPixels = [...red, ...green, ...blue, ...grey];
const fourColors = [red, green, blue, grey];
const bgrRows = {
  upper: [0, 0, 255, 0, 255, 0, 0, 0],
  lower: [255, 0, 0, 30, 20, 10, 0, 0],
};
/** A valid bitmap of every kind; each shows the same four pixels. */
const kinds: Record<string, Uint8Array> = {
  "24 bits, rows from the bottom": bitmap({
    width: 2,
    height: 2,
    bits: 24,
    pixels: [...bgrRows.lower, ...bgrRows.upper],
  }),
  "24 bits, rows from the top": bitmap({
    width: 2,
    height: -2,
    bits: 24,
    pixels: [...bgrRows.upper, ...bgrRows.lower],
  }),
  "24 bits, OS/2 header": bitmap({
    width: 2,
    height: 2,
    bits: 24,
    headerBytes: 12,
    pixels: [...bgrRows.lower, ...bgrRows.upper],
  }),
  "32 bits without masks": bitmap({
    width: 2,
    height: 2,
    bits: 32,
    pixels: [255, 0, 0, 7, 30, 20, 10, 7, 0, 0, 255, 7, 0, 255, 0, 7],
  }),
  "32 bits with masks in red, green, blue, alpha order": bitmap({
    width: 2,
    height: 2,
    bits: 32,
    compression: 3,
    headerBytes: 108,
    masks: [0xff, 0xff00, 0xff0000, 0xff000000],
    pixels: [0, 0, 255, 255, 10, 20, 30, 255, 255, 0, 0, 255, 0, 255, 0, 255],
  }),
  "8 bits": bitmap({
    width: 2,
    height: 2,
    bits: 8,
    palette: fourColors,
    pixels: [2, 3, 0, 0, 0, 1, 0, 0],
  }),
  "8 bits, OS/2 palette": bitmap({
    width: 2,
    height: 2,
    bits: 8,
    headerBytes: 12,
    palette: fourColors,
    pixels: [2, 3, 0, 0, 0, 1, 0, 0],
  }),
  "8 bits, run-length coded": bitmap({
    width: 2,
    height: 2,
    bits: 8,
    compression: 1,
    palette: fourColors,
    pixels: [1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1],
  }),
  "4 bits": bitmap({
    width: 2,
    height: 2,
    bits: 4,
    palette: fourColors,
    pixels: [0x23, 0, 0, 0, 0x01, 0, 0, 0],
  }),
  "4 bits, run-length coded": bitmap({
    width: 2,
    height: 2,
    bits: 4,
    compression: 2,
    palette: fourColors,
    pixels: [2, 0x23, 0, 0, 2, 0x01, 0, 1],
  }),
};

describe("decodeBmp", () => {
  test.each(Object.entries(kinds))("reads %s", (_kind, file) => {
    expect(decodeBmp(file)).toEqual({ width: 2, height: 2, data: Uint8Array.from(fourPixels) });
  });

  test("reads 1 bit, the highest bit first", () => {
    const palette = [grey, red];
    const file = bitmap({ width: 9, height: 1, bits: 1, palette, pixels: [0x81, 0x80, 0, 0] });
    expect([...decodeBmpIndices(file).indices]).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([...decodeBmp(file).data.subarray(0, 6)]).toEqual([...red, ...grey]);
  });

  test("stretches 5 and 6 bits to the whole range", () => {
    const pixels = (value: number): number[] => [value & 255, value >> 8, 0, 0];
    const plain = (value: number): number[] => [
      ...decodeBmp(bitmap({ width: 1, height: 1, bits: 16, pixels: pixels(value) })).data,
    ];
    expect(plain(0x7fff)).toEqual([255, 255, 255]);
    expect(plain(0x8000)).toEqual([0, 0, 0]);
    expect(plain(0x7c00)).toEqual([255, 0, 0]);
    const masks = [0xf800, 0x07e0, 0x001f];
    const masked = decodeBmp(
      bitmap({ width: 1, height: 1, bits: 16, compression: 3, masks, pixels: pixels(0x8410) }),
    );
    // 16 of 31, 32 of 63, 16 of 31.
    expect([...masked.data]).toEqual([132, 130, 132]);
  });

  test("lays alpha on the background, and takes alpha that is 0 throughout as unused", () => {
    const parts = { width: 2, height: 1, bits: 32, compression: 3, headerBytes: 124 };
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const file = bitmap({ ...parts, masks, pixels: [0, 0, 200, 255, 0, 0, 200, 0] });
    const background = [1, 2, 3] as const;
    expect([...decodeBmp(file, { background }).data]).toEqual([200, 0, 0, 1, 2, 3]);
    const unused = bitmap({ ...parts, masks, pixels: [0, 0, 200, 0, 0, 0, 200, 0] });
    expect([...decodeBmp(unused, { background }).data]).toEqual([200, 0, 0, 200, 0, 0]);
  });

  test("run lengths may copy, move and end early; pixels not written are index 0", () => {
    const file = bitmap({
      width: 4,
      height: 3,
      bits: 8,
      compression: 1,
      palette: fourColors,
      pixels: [0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 1, 1, 1, 3, 0, 1],
    });
    expect([...decodeBmpIndices(file).indices]).toEqual([0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0]);
  });

  test("the palette of a mask is kept beside its indices", () => {
    const mask = decodeBmpIndices(kinds["8 bits"]!);
    expect([...mask.indices]).toEqual([0, 1, 2, 3]);
    expect([...mask.palette.subarray(0, 12)]).toEqual(fourPixels);
    expect(() => decodeBmpIndices(kinds["24 bits, rows from the top"]!)).toThrow(/no palette/);
  });

  test("a header that asks for more than the file holds is refused", () => {
    const bytes = bitmap({ width: 9000, height: 9000, bits: 24, pixels: [1, 2, 3, 0] });
    expect(() => decodeBmp(bytes)).toThrow(/BMP: truncated file/);
    const huge = bitmap({ width: 60_000, height: 60_000, bits: 8, compression: 1, pixels: [0, 1] });
    expect(() => decodeBmp(huge)).toThrow(/too large.*received 60000 x 60000/);
    const none = bitmap({ width: 0, height: 5, bits: 24, pixels: [] });
    expect(() => decodeBmp(none)).toThrow(/no area/);
  });

  test("run lengths too few for a large picture are refused, for a small one are not", () => {
    const blank = (width: number, height: number, pixels: readonly number[]): Uint8Array =>
      bitmap({ width, height, bits: 8, compression: 1, palette: fourColors, pixels });
    expect(() => decodeBmp(blank(10_000, 10_000, [0, 1]))).toThrow(
      /truncated file: expected at most 4194304 pixels from 1 run-length codes, received 10000 x 10000/,
    );
    expect(() => decodeBmpIndices(blank(2049, 2048, [0, 1]))).toThrow(/truncated file/);
    expect(decodeBmpIndices(blank(2048, 2048, [1, 3, 0, 1])).indices.at(-2048)).toBe(3);
    // 255 × 16449 pixels, one more row than 2048², from as many codes of 255 pixels.
    const codes = Array.from({ length: 16_449 }, () => [255, 2, 0, 0]).flat();
    expect(decodeBmpIndices(blank(255, 16_449, [...codes, 0, 1])).indices[0]).toBe(2);
  });

  test("only the padding of the last row may be missing", () => {
    const file = kinds["24 bits, rows from the bottom"]!;
    expect(decodeBmp(file.subarray(0, -2)).data).toEqual(Uint8Array.from(fourPixels));
    expect(() => decodeBmp(file.subarray(0, -3))).toThrow(/truncated/);
  });

  test("damaged files give a picture within the limits or a MobileNetError, nothing else", () => {
    const maxPixels = 4096;
    const seeds = Object.values(kinds);
    const edit = fc.tuple(fc.nat(180), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)));
    fc.assert(
      fc.property(
        fc.nat(seeds.length - 1),
        fc.array(edit, { maxLength: 8 }),
        fc.nat(180),
        (seed, edits, cut) => {
          const bytes = seeds[seed]!.slice(0, Math.max(cut, seeds[seed]!.length - cut));
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          for (const decode of [decodeBmp, decodeBmpIndices]) {
            try {
              const { width, height, ...pixels } = decode(bytes, { maxPixels });
              expect(width * height).toBeLessThanOrEqual(maxPixels);
              const samples = "data" in pixels ? pixels.data.length / 3 : pixels.indices.length;
              expect(samples).toBe(width * height);
            } catch (error) {
              if (!(error instanceof MobileNetError)) throw error;
              expect(error.code).toBe("invalid-image");
            }
          }
        },
      ),
      { numRuns: inputs(2000) },
    );
  });
});

const shared = new URL("../../../shared/", import.meta.url);

describe.skipIf(!existsSync(new URL("golden", shared)))(
  "bitmaps as another reader sees them (needs the shared golden files)",
  () => {
    test.each(["cat_512x341", "grace_hopper_512x600"])("%s", (name) => {
      const [, subject] = /^(.*)_\d+x\d+$/.exec(name)!;
      const image = decodeBmp(readFileSync(new URL(`images/${subject}.bmp`, shared)));
      const expected = readFileSync(new URL(`golden/detection-float/inputs/${name}.u8`, shared));
      expect(name).toContain(`${image.width}x${image.height}`);
      expect(Buffer.compare(image.data, expected)).toBe(0);
    });
  },
);
