/** The oracle is libpng through sharp: files that it filters itself, and colours that it makes of indices. */
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { vocColor, vocPalette } from "../image/palette.ts";
import { encodeIndexedPng } from "../image/png-node.ts";
import { decodeMask } from "./decode-mask-node.ts";
import { decodeIndexPng, indexKind } from "./index-png-node.ts";

/** A PNG of given rows, each with its filter byte; checksums are left zero, as nothing here reads them. */
function png(
  header: { width: number; height: number; depth?: number; color?: number; interlace?: number },
  rows: Uint8Array,
): Buffer {
  const { width, height, depth = 8, color = 3, interlace = 0 } = header;
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length, 0);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(height, 4);
  ihdr.set([depth, color, 0, 0, interlace], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", ihdr),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("a palette PNG", () => {
  it("gives its indices, void among them, not its colours", async () => {
    const classMap = Uint8Array.of(0, 15, 255, 20, 1, 7);
    const bytes = await encodeIndexedPng({ classMap, width: 3, height: 2 });
    expect(await decodeIndexPng(bytes)).toEqual({ width: 3, height: 2, classMap });
  });

  it("tells indices of one colour apart", async () => {
    const palette = new Uint8Array(256 * 3).fill(9);
    const classMap = Uint8Array.of(3, 200);
    const bytes = await encodeIndexedPng({ classMap, width: 2, height: 1, palette });
    expect((await decodeIndexPng(bytes)).classMap).toEqual(classMap);
  });

  it("undoes every filter and depth that libpng writes for grey pictures", async () => {
    const [width, height] = [61, 43];
    // A gradient with noise makes libpng choose among all filters.
    const data = Uint8Array.from(
      { length: width * height },
      (_, i) => (i * 7 + ((i * i) % 13)) % 256,
    );
    const grey = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
    const bytes = await grey.png({ adaptiveFiltering: true }).toBuffer();
    expect(bytes[25]).toBe(0);
    expect((await decodeIndexPng(bytes)).classMap).toEqual(data);
  });

  it("agrees with the colours that libpng makes of its indices, at every depth", async () => {
    for (const colours of [2, 4, 16, 200]) {
      const [width, height] = [37, 11];
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const color = ((Math.floor(i / 3) * 5) % colours) * 51;
        return (color * (1 + (i % 3))) % 256;
      });
      const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
        .png({ palette: true, colours, dither: 0 })
        .toBuffer();
      const shown = await sharp(bytes).removeAlpha().raw().toBuffer();
      const at = bytes.indexOf("PLTE", 0, "latin1") + 4;
      const { classMap } = await decodeIndexPng(bytes);
      const painted = [...classMap].flatMap((index) => [
        ...bytes.subarray(at + index * 3, at + index * 3 + 3),
      ]);
      expect(painted).toEqual([...shown]);
    }
  });

  it.each([
    [
      "of more bytes than its header says",
      png({ width: 2, height: 2 }, new Uint8Array(9)),
      /damaged/,
    ],
    ["of fewer", png({ width: 2, height: 2 }, new Uint8Array(5)), /damaged/],
    ["with an unknown filter", png({ width: 2, height: 1 }, Uint8Array.of(5, 0, 0)), /filter 5/],
    [
      "that is interlaced",
      png({ width: 2, height: 1, interlace: 1 }, new Uint8Array(3)),
      /interlaced/,
    ],
    ["of 16 bits", png({ width: 2, height: 1, depth: 16, color: 0 }, new Uint8Array(5)), /16 bits/],
    ["without area", png({ width: 0, height: 1 }, new Uint8Array(1)), /no area/],
    ["that is too large", png({ width: 60_000, height: 60_000 }, new Uint8Array(1)), /too large/],
    [
      "that is cut short",
      png({ width: 2, height: 1 }, new Uint8Array(3)).subarray(0, 50),
      /damaged/,
    ],
    ["that is a text", Buffer.from("no picture"), /damaged/],
  ])("%s is refused", async (_, bytes, message) => {
    await expect(decodeIndexPng(bytes)).rejects.toThrow(message);
    await expect(decodeIndexPng(bytes)).rejects.toBeInstanceOf(MobileNetError);
  });

  it("is read or refused with any byte changed", async () => {
    const bytes = await encodeIndexedPng({
      classMap: new Uint8Array(64).fill(3),
      width: 8,
      height: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        const read = await decodeIndexPng(changed, { maxPixels: 10_000 }).catch(
          (error: unknown) => error,
        );
        if (read instanceof Error) expect(read).toBeInstanceOf(MobileNetError);
        else expect(read).toMatchObject({ classMap: expect.any(Uint8Array) });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a mask in colours", () => {
  it("has the class of each colour of PASCAL VOC", async () => {
    const classes = [0, 1, 15, 20, 255];
    const data = Uint8Array.from(classes.flatMap((index) => [...vocColor(index)]));
    const bytes = await sharp(data, { raw: { width: 5, height: 1, channels: 3 } })
      .png()
      .toBuffer();
    expect(indexKind(bytes)).toBe(undefined);
    expect([...(await decodeMask(bytes)).classMap]).toEqual(classes);
    expect(vocPalette().length).toBe(768);
  });

  it("is refused with a colour of no class", async () => {
    const data = Uint8Array.of(1, 2, 3);
    const bytes = await sharp(data, { raw: { width: 1, height: 1, channels: 3 } })
      .png()
      .toBuffer();
    await expect(decodeMask(bytes)).rejects.toThrow(/rgb\(1, 2, 3\)/);
  });
});
