import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { decodeImage } from "./decode-node.ts";
import { scannedJpeg } from "./jpeg-frame.ts";

const [width, height] = [64, 48];

const segment = (marker: number, ...content: readonly number[]): readonly number[] => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
];
const blocks = (width / 8) * (height / 8);
/** Two codes of one bit for each block: no difference, and no coefficient. */
const empty = (components: number): readonly number[] =>
  new Array(Math.ceil((blocks * components * 2) / 8)).fill(0);
const table = (place: number): readonly number[] => [place, 1, ...new Array(15).fill(0), 0];

/** A grey picture: all components in one scan, or one after the other, over and over. */
function sequential(
  scans: readonly (readonly number[])[],
  components = [1, 2, 3],
  comment: readonly number[] = [],
): Uint8Array {
  const { length } = components;
  return Uint8Array.of(
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...new Array(64).fill(1)),
    ...segment(0xc0, 8, 0, height, 0, width, length, ...components.flatMap((id) => [id, 0x11, 0])),
    ...segment(0xc4, ...table(0), ...table(0x10)),
    ...segment(0xfe, ...comment),
    ...scans.flatMap((ids) => [
      ...segment(0xda, ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0),
      ...empty(ids.length),
    ]),
    ...[0xff, 0xd9],
  );
}

describe("a JPEG in several scans", () => {
  test.each([
    ["progressive, of halved colours", { progressive: true }, 1.5],
    ["progressive, of whole colours", { progressive: true, chromaSubsampling: "4:4:4" }, 3],
  ] as const)("%s, has its coefficients in memory", async (_, options, samples) => {
    const picture = sharp({ create: { width, height, channels: 3, background: "teal" } });
    const file = await picture.jpeg(options).toBuffer();
    expect(scannedJpeg(file)).toEqual({ coefficientBytes: 2 * width * height * samples });
  });

  test("is one whose components come one after the other", async () => {
    const apart = sequential([[1], [2], [3]]);
    expect(scannedJpeg(apart)).toEqual({ coefficientBytes: 2 * width * height * 3 });
    expect(scannedJpeg(sequential([[1, 2, 3]]))).toBeUndefined();
    expect(await decodeImage(apart)).toEqual(await decodeImage(sequential([[1, 2, 3]])));
  });

  test("is one whatever stands before its scans", () => {
    // Where a scan of all four components would begin, if the first one's data were behind it.
    const looksWhole = [0xff, 0xda, 0, 14, 4, 0];
    const apart = sequential([[1], [2], [3], [4]], [1, 2, 3, 4], looksWhole);
    expect(scannedJpeg(apart)).toEqual({ coefficientBytes: 2 * width * height * 4 });
  });

  test("has at most a hundred of them", async () => {
    const many = (count: number): Uint8Array =>
      sequential([[1], [2], [3], ...new Array(count - 3).fill([1])]);
    expect(scannedJpeg(many(100))).toBeDefined();
    await expect(decodeImage(many(101))).rejects.toMatchObject({
      code: "invalid-image",
      message: expect.stringContaining("too many scans"),
    });
  });

  test("has none of those that other pictures or a film behind its end have", async () => {
    const picture = sharp({ create: { width, height, channels: 3, background: "teal" } });
    const file = await picture.jpeg({ progressive: true }).toBuffer();
    const film = Buffer.alloc(2000, Uint8Array.of(0xff, 0xda, 0, 8));
    for (const behind of [new Array(20).fill(file), [film]]) {
      const joined = Buffer.concat([file, ...behind]);
      expect(await decodeImage(joined)).toEqual(await decodeImage(file));
    }
  });
});

test("any bytes have a cost or a reason", async () => {
  const file = await sharp({ create: { width, height, channels: 3, background: "teal" } })
    .jpeg({ progressive: true })
    .toBuffer();
  const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(changes, fc.nat(file.length), (values, length) => {
      const damaged = Uint8Array.from(file).subarray(0, length);
      for (const [at, value] of values) if (at < length) damaged[at] = value;
      if (length < 3) return;
      try {
        const bytes = scannedJpeg(damaged)?.coefficientBytes ?? 0;
        expect(bytes).toBeGreaterThanOrEqual(0);
        expect(bytes).toBeLessThanOrEqual(2 * 65_535 ** 2 * 255);
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
    }),
    { numRuns: inputs(500) },
  );
});
