/** Pictures decoded by a browser, beside what Node makes of them. */
import { readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/image/decode-node.ts";
import { writeGif } from "../gif.ts";
import { askPage, pageFiles } from "./ask.ts";
import type { BrowserAnswer, BrowserRequest } from "./requests.ts";
import { useSite } from "./use-site.ts";

let files: Map<string, Uint8Array | string>;

const pages = useSite(async () => {
  files = await pageFiles();
  return (path) => files.get(path);
});

const ask = (request: BrowserRequest): Promise<BrowserAnswer> => askPage(pages, request);

const digestOf = async (data: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(data))).toString("hex");

describe("decoding", () => {
  /** Unlike under every turn and reflection: a gradient down, another to the right. */
  const width = 24;
  const height = 16;
  const pixels = (channels: 3 | 4): Buffer =>
    Buffer.from(
      Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return [x * 10, y * 15, 128, (x * 37 + y * 11) % 256].slice(0, channels);
      }).flat(),
    );
  const picture = (channels: 3 | 4): Sharp =>
    sharp(pixels(channels), { raw: { width, height, channels } });

  const encoded = (change: (file: Buffer) => Uint8Array) => ({
    toBuffer: async () => change(await picture(3).jpeg({ quality: 95 }).toBuffer()),
  });
  /** Behind the first segment. */
  const withStray = (file: Buffer): Uint8Array => {
    const at = 4 + file.readUInt16BE(4);
    return Buffer.concat([file.subarray(0, at), new Uint8Array(18), file.subarray(at)]);
  };
  const offsetGif = writeGif({ width: 4, height: 3 }, [
    { x: 1, y: 1, width: 2, height: 1, pixels: [1, 3] },
  ]);

  // Lossless and opaque: the same. With alpha: a canvas multiplies by alpha and rounds, then lays
  // over the background and rounds again. JPEG: the inverse cosine transform may differ by a step,
  // which conversion from chroma can double.
  it.each([
    ["an opaque PNG", () => picture(3).png(), 0],
    ["a PNG with alpha", () => picture(4).png(), 1],
    ["a grey PNG", () => picture(3).greyscale().png(), 0],
    ["a lossless WebP with alpha", () => picture(4).webp({ lossless: true, exact: true }), 1],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(
      (orientation) =>
        [
          `a JPEG of EXIF orientation ${orientation}`,
          () =>
            picture(3)
              .withMetadata({ orientation })
              .jpeg({ quality: 95, chromaSubsampling: "4:4:4" }),
          2,
        ] as const,
    ),
    ["a JPEG with stray bytes between segments", () => encoded(withStray), 2],
    ["a JPEG without its last marker", () => encoded((file) => file.subarray(0, -2)), 2],
    [
      "a GIF whose first frame does not cover its canvas",
      () => ({ toBuffer: async () => offsetGif }),
      0,
    ],
  ] as const)("gives %s the pixels that Node gives it", async (_, make, tolerance) => {
    const bytes = await make().toBuffer();
    files.set("/picture", bytes);
    const received = await ask({ kind: "decode", picture: "/picture" });
    const expected = await decodeImage(bytes);
    expect(received).toMatchObject({
      kind: "pixels",
      width: expected.width,
      height: expected.height,
    });
    if (received.kind !== "pixels") throw new Error(received.kind);
    const difference = received.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(Math.max(...difference)).toBeLessThanOrEqual(tolerance);
  });

  /** A photograph's edges, encoded. */
  const large = async (orientation: number, progressive = false): Promise<Buffer> =>
    await sharp(await readFile("examples/images/rocket.jpg"))
      .resize(1600, 1000)
      .withMetadata({ orientation })
      .jpeg({ quality: 95, progressive })
      .toBuffer();

  it.each([
    // Small pictures have them all above; large ones take long: one as it is, one turned and mirrored.
    ...(process.env["LONG"] ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 7]).map(
      (orientation) => [orientation, { width: 200, height: 100 }] as const,
    ),
    [1, { width: 100, height: 120 }],
    [6, { width: 300, height: 300 }],
    [1, { width: 790, height: 400 }],
  ] as const)(
    "a large JPEG of orientation %i as a copy, as Node does",
    async (orientation, least) => {
      const bytes = await large(orientation);
      files.set("/picture", bytes);
      const received = await ask({ kind: "decode", picture: "/picture", least });
      const expected = await decodeImage(bytes, { least: () => least });
      if (received.kind !== "pixels") throw new Error(JSON.stringify(received));
      const { width, height, original } = expected;
      expect(received).toMatchObject({ width, height, original });
      // Two ways to average: edges differ by more than areas.
      const differences = received.data.map((value, i) => Math.abs(value - expected.data[i]!));
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      expect(mean).toBeLessThan(3);
    },
  );

  it("a JPEG that was cut short is refused, as a copy too", async () => {
    for (const progressive of [false, true]) {
      const bytes = await large(1, progressive);
      files.set("/picture", bytes.subarray(0, bytes.length * 0.6));
      for (const least of [undefined, { width: 200, height: 100 }]) {
        const request = { kind: "decode", picture: "/picture", ...(least && { least }) } as const;
        const received = await ask(request);
        expect(received).toMatchObject({
          kind: "error",
          message: expect.stringMatching(/damaged/),
        });
      }
    }
  });

  it("a picture of many bands whole, as Node does", async () => {
    const shape = { width: 2500, height: 3400 };
    const data = Buffer.alloc(shape.width * shape.height * 3).map((_, i) => (i * 7) ^ (i >> 9));
    const bytes = await sharp(data, { raw: { ...shape, channels: 3 } })
      .png()
      .toBuffer();
    files.set("/picture", bytes);
    const received = await ask({ kind: "decode", picture: "/picture", digest: true });
    expect(received).toEqual({ kind: "digest", ...shape, digest: await digestOf(data) });
  });

  it("what claims to be too large is refused before the browser decodes it", async () => {
    const { width, height } = { width: 70_000, height: 10 };
    const tall = await sharp({ create: { width, height, channels: 3, background: "teal" } })
      .tiff({ compression: "deflate" })
      .toBuffer();
    const avif = await sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } })
      .avif({ effort: 0 })
      .toBuffer();
    avif.writeUInt32BE(90_000, avif.indexOf("ispe") + 8);
    for (const bytes of [tall, avif]) {
      files.set("/picture", bytes);
      const received = await ask({ kind: "decode", picture: "/picture" });
      expect(received).toMatchObject({
        kind: "error",
        message: expect.stringMatching(/too large.*maxEdge/),
      });
    }
  });
});
