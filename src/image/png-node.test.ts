import { inflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "./decode-node.ts";
import { vocColor } from "./palette.ts";
import { encodeGreyPng, encodeIndexedPng, encodePng } from "./png-node.ts";

const classMap = Uint8Array.from([0, 15, 3, 255, 20, 7]);

describe("encodeIndexedPng", () => {
  test("the file's palette indices are the classes", async () => {
    const file = Buffer.from(await encodeIndexedPng({ classMap, width: 3, height: 2 }));
    const at = file.indexOf("IDAT");
    const rows = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)));
    expect([...rows]).toEqual([0, 0, 15, 3, 0, 255, 20, 7]);
    const header = file.subarray(file.indexOf("IHDR") + 4);
    expect([header[8], header[9]]).toEqual([8, 3]); // 8 bits, palette
  });

  test("another decoder sees VOC's colours, with all checksums right", async () => {
    const file = await encodeIndexedPng({ classMap, width: 3, height: 2 });
    expect(await sharp(file).metadata()).toMatchObject({ isPalette: true, width: 3, height: 2 });
    const image = await decodeImage(file);
    expect([...image.data]).toEqual([...classMap].flatMap((index) => vocColor(index)));
  });

  test("classes without a colour, and maps of another size, are refused", async () => {
    const palette = new Uint8Array(21 * 3);
    await expect(encodeIndexedPng({ classMap, width: 3, height: 2, palette })).rejects.toThrow(
      /palette does not cover/,
    );
    await expect(encodeIndexedPng({ classMap, width: 2, height: 2 })).rejects.toThrow(
      /expected 4 classes for 2 x 2 pixels, received 6/,
    );
  });
});

test.each([
  [1, 1],
  [5, 1],
  [1, 4],
  [37, 23],
])("encodePng: a picture of %i x %i comes back as it was", async (width, height) => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i) % 256);
  expect(await decodeImage(await encodePng({ width, height, data }))).toEqual({
    width,
    height,
    data,
  });
});

describe("encodeGreyPng", () => {
  test.each([
    [Uint8Array.of(0, 128, 255, 7, 8, 9), "uchar"],
    [Uint16Array.of(0, 128, 65_535, 7, 8, 9), "ushort"],
  ] as const)("has one channel without a palette, in all its bits: %o", async (data, depth) => {
    const file = await encodeGreyPng({ data, width: 3, height: 2 });
    const header = await sharp(file).metadata();
    expect(header).toMatchObject({ width: 3, height: 2, channels: 1, depth });
    const { data: raw } = await sharp(file)
      .toColourspace(depth === "ushort" ? "grey16" : "b-w")
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    const bytes = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length);
    expect([...(depth === "ushort" ? new Uint16Array(bytes) : new Uint8Array(bytes))]).toEqual([
      ...data,
    ]);
  });
});
