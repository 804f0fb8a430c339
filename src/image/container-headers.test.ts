/** The headers of the containers TIFF and AVIF, beside what libvips reads in them. */
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { decodeImage } from "./decode-node.ts";
import { readHeifSize } from "./heif-header.ts";
import { readTiffHeader } from "./tiff-header.ts";

const size = { width: 70, height: 50 };
const picture = (channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { ...size, channels, background: { r: 9, g: 99, b: 200, alpha: 0.5 } } });

const tiffs = await Promise.all(
  [
    picture().tiff({ compression: "none" }),
    picture(4).tiff({ compression: "lzw" }),
    picture().toColourspace("rgb16").tiff({ compression: "deflate" }),
    picture().tiff({ compression: "jpeg" }),
    picture().tiff({ bigtiff: true }),
  ].map((file) => file.toBuffer()),
);
const avifs = await Promise.all(
  [
    picture().avif({ effort: 0 }),
    picture(4).avif({ effort: 0 }),
    picture().withMetadata({ orientation: 6 }).avif({ effort: 0 }),
  ].map((file) => file.toBuffer()),
);

describe("a TIFF's header", () => {
  test("has the size that libvips finds", () => {
    const inStrips = { tile: undefined, planeRows: undefined };
    for (const file of tiffs) expect(readTiffHeader(file)).toEqual({ ...size, ...inStrips });
  });

  test("has the size of its tiles", async () => {
    const tiled = { tile: true, tileWidth: 32, tileHeight: 16 };
    const file = await picture()
      .tiff({ ...tiled, compression: "deflate" })
      .toBuffer();
    expect(readTiffHeader(file)).toMatchObject({ ...size, tile: { width: 32, height: 16 } });
  });

  test("has the rows of its strips where colours stand apart", async () => {
    const file = Uint8Array.from(tiffs[0]!);
    const view = new DataView(file.buffer);
    const start = view.getUint32(4, true);
    const entries = Array.from(
      { length: view.getUint16(start, true) },
      (_, i) => start + 2 + 12 * i,
    );
    const place = entries.find((at) => view.getUint16(at, true) === 284);
    view.setUint16(place! + 8, 2, true);
    expect(readTiffHeader(file)).toEqual({ ...size, tile: undefined, planeRows: 50 });
  });

  test("of another byte order, and of another file's end, is read within the file", () => {
    const directory = [
      [0, 1, 0, 4, 0, 0, 0, 1, 0, 1, 0, 0],
      [1, 1, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0],
    ];
    directory[0]!.splice(0, 2, 1, 0);
    const start = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, directory.length];
    const file = Uint8Array.of(...start, ...directory.flat(), 0, 0, 0, 0);
    expect(readTiffHeader(file)).toMatchObject({ width: 65_536, height: 9 });
    expect(() => readTiffHeader(file.subarray(0, 30))).toThrow(/damaged/);
    expect(() => readTiffHeader(file.subarray(0, 9))).toThrow(/damaged/);
  });

  test("is refused where pages go round or on and on", async () => {
    const around = Uint8Array.from(tiffs[0]!);
    const view = new DataView(around.buffer);
    const at = view.getUint32(4, true);
    view.setUint32(at + 2 + 12 * view.getUint16(at, true), at, true);
    await expect(decodeImage(around)).rejects.toThrow(/too many pages/);
  });

  test("tells of a size before libvips reads the file", async () => {
    for (const file of [...tiffs, ...avifs]) {
      await expect(decodeImage(file, { maxEdge: 69 })).rejects.toThrow(/too large/);
      await expect(decodeImage(file, { maxEdge: 70 })).resolves.toBeDefined();
    }
  });
});

test("an AVIF's boxes state the size that libvips finds", () => {
  for (const file of avifs) expect(readHeifSize(file)).toEqual(size);
  for (const [length, expected] of [
    [12, undefined],
    [avifs[0]!.length, size],
  ] as const) {
    expect(readHeifSize(avifs[0]!.subarray(0, length))).toEqual(expected);
  }
});

test("boxes of no or of endless length end", () => {
  const box = (length: number, kind: string): readonly number[] => [
    ...[0, 0, 0, length],
    ...Buffer.from(kind),
  ];
  for (const length of [0, 1, 2, 7, 8, 255]) {
    const file = Uint8Array.from([...box(8, "ftyp"), ...box(length, "meta"), ...box(0, "iprp")]);
    expect(readHeifSize(file)).toBeUndefined();
  }
});

test("damaged headers give a size or the library's error", () => {
  const read = (file: Uint8Array): unknown =>
    file[0] === 0 ? readHeifSize(file) : readTiffHeader(file);
  const file = fc.constantFrom(...tiffs.slice(1), ...avifs);
  const changes = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(file, changes, fc.nat(3000), (bytes, values, length) => {
      const damaged = Uint8Array.from(bytes.subarray(0, Math.max(1, length)));
      for (const [at, value] of values) if (at > 0 && at < damaged.length) damaged[at] = value;
      try {
        read(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    }),
    { numRuns: inputs(1000) },
  );
});
