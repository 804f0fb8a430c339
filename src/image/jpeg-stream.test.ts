import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { decodeImage } from "./decode-node.ts";
import { firstScan, mendJpeg, withoutPadding } from "./jpeg-stream.ts";
import { sniffImage } from "./sniff.ts";

const [width, height] = [64, 48];

/** A smooth picture with some texture, so that scans are long enough to be cut. */
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
  Math.round(128 + 60 * Math.sin(i / 50) + 60 * Math.cos(i / 700)),
);

const encode = async (options: import("sharp").JpegOptions): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg(options)
      .toBuffer(),
  );

const kinds: readonly (readonly [string, Uint8Array])[] = [
  ["baseline", await encode({})],
  ["progressive", await encode({ progressive: true })],
  ["of whole colours", await encode({ chromaSubsampling: "4:4:4", quality: 98 })],
];

const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Where each segment before the first scan begins, SOI apart; the scan's own header is the last. */
function segments(file: Uint8Array): readonly number[] {
  const places: number[] = [];
  for (let at = 2; ; at += 2 + file[at + 2]! * 256 + file[at + 3]!) {
    places.push(at);
    if (file[at + 1] === 0xda) return places;
  }
}

/** Where each scan's data begin and where they end. */
function scans(file: Uint8Array): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = 2; file[at + 1] !== 0xd9; ) {
    const isScan = file[at + 1] === 0xda;
    at += 2 + file[at + 2]! * 256 + file[at + 3]!;
    const start = at;
    while (isScan && !(file[at] === 0xff && file[at + 1] !== 0)) at++;
    if (isScan) found.push([start, at]);
  }
  return found;
}

describe.each(kinds)("a %s JPEG", (_kind, file) => {
  test("gives its pixels with stray bytes before any segment", async () => {
    const clean = await decodeImage(file);
    // The first segment stands where its marker tells that the file is a JPEG.
    for (const at of segments(file).slice(1)) {
      for (const stray of [[0], [1, 2, 3], new Uint8Array(40), [0xff, 0, 9, 0xff, 0xff]]) {
        const noisy = joined(file.subarray(0, at), stray, file.subarray(at));
        expect(await decodeImage(noisy)).toEqual(clean);
        expect(sniffImage(noisy)?.size).toEqual({ width, height });
      }
    }
  });

  test("gives its pixels without its last marker, or with half of it, or with zeros there", async () => {
    const clean = await decodeImage(file);
    const bare = file.subarray(0, -2);
    for (const end of [[], [0xff], new Uint8Array(1), new Uint8Array(3000)]) {
      expect(await decodeImage(joined(bare, end))).toEqual(clean);
    }
  });

  test("gives its pixels with padding before its last marker, and bytes behind it", async () => {
    const clean = await decodeImage(file);
    const bare = file.subarray(0, -2);
    expect(await decodeImage(joined(bare, new Uint8Array(500), [0xff, 0xd9]))).toEqual(clean);
    expect(await decodeImage(joined(file, [1, 2, 3], file))).toEqual(clean);
  });

  test("is refused where a scan was cut short, with or without an end", async () => {
    const error = { code: "invalid-image", message: expect.stringContaining("damaged") };
    for (const [start, end] of scans(file)) {
      for (const part of [0.1, 0.5, 0.9]) {
        const cut = file.subarray(0, Math.round(start + (end - start) * part));
        await expect(decodeImage(cut)).rejects.toMatchObject(error);
        await expect(decodeImage(joined(cut, new Uint8Array(900)))).rejects.toMatchObject(error);
      }
    }
    const [[start, end] = [0, 0]] = scans(file);
    const half = file.subarray(0, (start + end) >> 1);
    await expect(decodeImage(joined(half, [0xff, 0xd9]))).rejects.toMatchObject(error);
  });

  test("is refused where it ends between two of its scans", async () => {
    for (const [, end] of scans(file).slice(0, -1)) {
      await expect(decodeImage(file.subarray(0, end))).rejects.toMatchObject({
        code: "invalid-image",
      });
    }
  });

  test("is no more whole for the end marker of a thumbnail in its header", async () => {
    // An application segment right behind the first marker, as cameras put their small pictures.
    const length = file.length + 2;
    const header = [0xff, 0xe2, length >> 8, length & 255];
    const withThumbnail = joined(file.subarray(0, 2), header, file, file.subarray(2));
    const clean = await decodeImage(file);
    expect(firstScan(withThumbnail)).toBe(firstScan(file) + header.length + file.length);
    expect(await decodeImage(withThumbnail)).toEqual(clean);
    const bare = withThumbnail.subarray(0, -2);
    expect(await decodeImage(joined(bare, new Uint8Array(3000)))).toEqual(clean);
    const cut = withThumbnail.subarray(0, -Math.round(file.length / 5));
    await expect(decodeImage(joined(cut, new Uint8Array(900)))).rejects.toThrow(/damaged/);
  });

  test("that is whole stays as it is", () => {
    expect(mendJpeg(file)).toBe(file);
  });
});

test("a scan's parameters that mean nothing in a sequential picture are passed over", async () => {
  const [, file] = kinds[0]!;
  const [[start] = [0]] = scans(file);
  const odd = file.slice();
  odd.set([0, 0, 0], start - 3);
  await expect(sharp(odd, { failOn: "warning" }).raw().toBuffer()).rejects.toThrow(/SOS/);
  expect(await decodeImage(odd)).toEqual(await decodeImage(file));
});

test("only bytes that are all the same are padding", () => {
  const padded = Uint8Array.of(1, 2, 0, 0, 0, 0xff, 0xd9, 7);
  expect(withoutPadding(padded, 3)).toEqual(Uint8Array.of(1, 2, 0xff, 0xd9, 7));
  expect(withoutPadding(padded, 4)).toBeUndefined();
  expect(withoutPadding(Uint8Array.of(1, 2), 1)).toBeUndefined();
});

test("a file of nothing but markers and stray bytes is left to the decoder", () => {
  const file = Uint8Array.from([0xff, 0xd8, ...new Array(150_000).fill([0, 0xff, 0x01]).flat()]);
  expect(mendJpeg(file)).toBe(file);
});

test("any bytes behind the first marker end, and grow by the end marker at most", () => {
  const bytes = fc.array(fc.oneof(fc.constantFrom(0xff, 0, 0xda, 0xc0, 0xc2, 2, 8), fc.nat(255)));
  fc.assert(
    fc.property(bytes, (tail) => {
      const file = Uint8Array.from([0xff, 0xd8, 0xff, ...tail]);
      expect(firstScan(file)).toBeLessThanOrEqual(file.length);
      expect(mendJpeg(file).length).toBeLessThanOrEqual(file.length + 2);
    }),
    { numRuns: inputs(2000) },
  );
});
