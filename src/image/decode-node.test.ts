import { existsSync, readFileSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeImage } from "./decode-node.ts";
import { sniffImage } from "./sniff.ts";

const rocket = readFileSync(new URL("../../examples/images/rocket.jpg", import.meta.url));
const coffee = readFileSync(new URL("../../examples/images/coffee.png", import.meta.url));

/** A picture of 3 x 2 pixels of one colour, to be encoded. */
const plain = (background: { r: number; g: number; b: number; alpha?: number }): Sharp =>
  sharp({
    create: { width: 3, height: 2, channels: background.alpha === undefined ? 3 : 4, background },
  });
const orange = { r: 200, g: 100, b: 50 };
const faint = { ...orange, alpha: 0.2 };

async function firstPixel(file: Uint8Array): Promise<number[]> {
  const image = await decodeImage(file);
  expect([image.width, image.height, image.data.length]).toEqual([3, 2, 18]);
  return [...image.data.subarray(0, 3)];
}

describe("decodeImage in Node", () => {
  test.each([
    ["PNG", plain(orange).png()],
    ["PNG with a palette", plain(orange).png({ palette: true })],
    ["PNG of 16 bits", plain(orange).toColourspace("rgb16").png()],
    ["lossless WebP", plain(orange).webp({ lossless: true })],
    ["GIF", plain(orange).gif()],
    ["TIFF", plain(orange).tiff({ compression: "lzw" })],
    ["lossless AVIF", plain(orange).avif({ lossless: true })],
  ])("%s keeps its values", async (_format, picture) => {
    expect(await firstPixel(await picture.toBuffer())).toEqual([200, 100, 50]);
  });

  test("grey pictures of 8 and 16 bits become equal red, green and blue", async () => {
    for (const space of ["b-w", "grey16"]) {
      const file = await plain({ r: 90, g: 90, b: 90 }).toColourspace(space).png().toBuffer();
      expect((await sharp(file).metadata()).channels).toBe(1);
      expect(await firstPixel(file)).toEqual([90, 90, 90]);
    }
  });

  test("a CMYK JPEG becomes RGB of about the same colour", async () => {
    const file = await plain(orange).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe("cmyk");
    const pixel = await firstPixel(file);
    // There and back through a print profile whose gamut clips saturated colours.
    pixel.forEach((value, i) => {
      expect(Math.abs(value - [200, 100, 50][i]!)).toBeLessThan(40);
    });
  });

  test("alpha is laid on white, or on the background given", async () => {
    const file = await plain(faint).png().toBuffer();
    // alpha 51 of 255: a fifth of the colour, four fifths of white.
    expect(await firstPixel(file)).toEqual([244, 224, 214]);
    const onBlack = await decodeImage(file, { background: [0, 0, 0] });
    expect([...onBlack.data.subarray(0, 3)]).toEqual([40, 20, 10]);
  });

  test("an EXIF orientation is applied", async () => {
    const data = new Uint8Array([255, 0, 0, 0, 0, 255]); // red, blue
    const file = await sharp(data, { raw: { width: 2, height: 1, channels: 3 } })
      .withMetadata({ orientation: 6 }) // to be turned clockwise
      .png()
      .toBuffer();
    const image = await decodeImage(file);
    expect([image.width, image.height]).toEqual([1, 2]);
    expect([...image.data]).toEqual([255, 0, 0, 0, 0, 255]);
  });

  test("an embedded colour profile leaves RGB values alone", async () => {
    const file = await plain(orange).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(file).metadata()).hasProfile).toBe(true);
    expect(await firstPixel(file)).toEqual([...stored.subarray(0, 3)]);
    expect([...stored.subarray(0, 3)]).not.toEqual([200, 100, 50]);
  });

  test("one pixel is a picture", async () => {
    const file = await plain(orange).extract({ left: 0, top: 0, width: 1, height: 1 }).png();
    const image = await decodeImage(await file.toBuffer());
    expect(image).toEqual({ width: 1, height: 1, data: Uint8Array.of(200, 100, 50) });
  });

  test("an animation gives its first frame", async () => {
    const frames = new Uint8Array([255, 0, 0, 0, 0, 255]);
    const file = await sharp(frames, {
      raw: { width: 1, height: 2, channels: 3, pageHeight: 1 },
    })
      .gif()
      .toBuffer();
    expect((await sharp(file).metadata()).pages).toBe(2);
    expect(await decodeImage(file)).toEqual({ width: 1, height: 1, data: frames.slice(0, 3) });
  });

  test.each([
    ["a JPEG cut short", rocket.subarray(0, 60_000)],
    ["a JPEG of nothing but its first bytes", rocket.subarray(0, 20)],
    ["a PNG cut short", coffee.subarray(0, 200_000)],
    ["a PNG with a flipped bit", coffee.map((byte, i) => (i === 200_000 ? byte ^ 1 : byte))],
  ])("%s is an invalid-image error", async (_case, file) => {
    const error = { code: "invalid-image", message: expect.stringContaining("damaged") };
    await expect(decodeImage(file)).rejects.toMatchObject(error);
  });

  test("what is no picture is named by its first bytes", async () => {
    const notes = Buffer.from("remember the milk");
    await expect(decodeImage(notes)).rejects.toThrow(/text that begins "remember the milk"/);
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(/an empty file/);
    const moved = new Uint8Array(9);
    structuredClone(moved, { transfer: [moved.buffer] });
    await expect(decodeImage(moved)).rejects.toThrow(/bytes are gone.*detached/);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    await expect(decodeImage(svg)).rejects.toMatchObject({ code: "invalid-image" });
    await expect(decodeImage("photo.jpg" as unknown as Uint8Array)).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  test("a HEIC picture is said to be intact, and how it is converted", async () => {
    const box = (brands: string): Buffer => {
      const head = Buffer.from(`\0\0\0${String.fromCharCode(8 + brands.length)}ftyp${brands}`);
      return Buffer.concat([head, Buffer.alloc(200)]);
    };
    for (const brands of ["heic\0\0\0\0mif1heic", "mif1\0\0\0\0mif1heic", "hevx\0\0\0\0hevx"]) {
      await expect(decodeImage(box(brands))).rejects.toMatchObject({
        code: "invalid-image",
        message: expect.stringMatching(/HEIC.*intact.*sips -s format jpeg/),
      });
    }
    expect(sniffImage(box("mif1\0\0\0\0mif1avif"))?.format).toBe("avif");
  });

  test("maxPixels holds for formats whose header only the decoder reads", async () => {
    const file = await plain(orange).tiff().toBuffer();
    await expect(decodeImage(file, { maxPixels: 5 })).rejects.toMatchObject({
      code: "invalid-image",
    });
    await expect(decodeImage(file, { maxPixels: 6 })).resolves.toMatchObject({ width: 3 });
  });

  test("a signal that has fired stops the work", async () => {
    const options = { signal: AbortSignal.abort() };
    await expect(decodeImage(rocket, options)).rejects.toMatchObject({ code: "aborted" });
  });
});

test.each([
  ["baseline JPEG", rocket],
  ["lossy WebP", await sharp(coffee).webp().toBuffer()],
  ["lossless WebP", await plain(orange).webp({ lossless: true }).toBuffer()],
  ["extended WebP", await sharp(coffee).withMetadata({ orientation: 3 }).webp().toBuffer()],
  ["progressive JPEG", await sharp(coffee).jpeg({ progressive: true }).toBuffer()],
  ["GIF", await plain(orange).gif().toBuffer()],
  ["PNG", coffee],
])("the size sniffed from a %s file is the one that its decoder finds", async (_format, file) => {
  const { width, height } = await sharp(file).metadata();
  expect(sniffImage(file)?.size).toEqual({ width, height });
});

describe("without sharp", () => {
  afterEach(() => {
    vi.doUnmock("../disk/packages-node.ts");
    vi.resetModules();
  });

  test("the error says what to install", async () => {
    vi.resetModules();
    // As Node words it.
    const words = "Cannot find module 'sharp'\nRequire stack:\n- /somewhere/main.js";
    vi.doMock("../disk/packages-node.ts", async (original) => ({
      ...(await original<typeof import("../disk/packages-node.ts")>()),
      loadSharp: () => Promise.reject(new Error(words)),
    }));
    const decoder = await import("./decode-node.ts");
    await expect(decoder.decodeImage(rocket)).rejects.toMatchObject({
      code: "missing-dependency",
      message:
        "pictures are decoded with sharp: expected the package sharp, received Cannot find module 'sharp'. Install it with: npm install sharp (or pass RGB pixels instead of a file).",
    });
  });
});

const shared = new URL("../../../shared/", import.meta.url);

describe.skipIf(!existsSync(new URL("golden", shared)))(
  "JPEG as libjpeg-turbo decodes it (needs the shared golden files)",
  () => {
    test.each(["pets_512x430", "kite_and_cold_1352x900"])("%s, bit for bit", async (name) => {
      const [, subject] = /^(.*)_\d+x\d+$/.exec(name)!;
      const image = await decodeImage(readFileSync(new URL(`images/${subject}.jpg`, shared)));
      const expected = readFileSync(new URL(`golden/detection-float/inputs/${name}.u8`, shared));
      expect(name).toContain(`${image.width}x${image.height}`);
      expect(Buffer.compare(image.data, expected)).toBe(0);
    });
  },
);

describe("a smaller copy", () => {
  const size = { width: 800, height: 600 };
  const least = () => ({ width: 100, height: 60 });
  /** Red on the left, green on the right. */
  const halves = (): Sharp =>
    sharp({ create: { ...size, channels: 3, background: { r: 250, g: 0, b: 0 } } }).composite([
      {
        input: { create: { width: 400, height: 600, channels: 3, background: "#00fa00" } },
        left: 400,
        top: 0,
      },
    ]);

  test.each([
    ["JPEG", halves().jpeg({ quality: 95, chromaSubsampling: "4:4:4" })],
    ["progressive JPEG", halves().jpeg({ progressive: true, chromaSubsampling: "4:4:4" })],
    ["WebP", halves().webp({ quality: 95 })],
  ])("of a %s shows the same", async (_, picture) => {
    const copy = await decodeImage(await picture.toBuffer(), { least });
    // An eighth would do across, a tenth down.
    expect(copy).toMatchObject({ width: 100, height: 75, original: size });
    for (const [x, colour] of [
      [20, [250, 0, 0]],
      [80, [0, 250, 0]],
    ] as const) {
      const at = (37 * 100 + x) * 3;
      const pixel = [...copy.data.subarray(at, at + 3)];
      pixel.forEach((value, i) => {
        expect(Math.abs(value - colour[i]!)).toBeLessThan(8);
      });
    }
  });

  test("stands as the picture does", async () => {
    const file = await halves().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const asked: unknown[] = [];
    const copy = await decodeImage(file, {
      least: (of) => {
        asked.push(of);
        return { width: 60, height: 80 };
      },
    });
    expect(asked).toEqual([{ width: 600, height: 800 }]);
    expect(copy).toMatchObject({ width: 60, height: 80, original: { width: 600, height: 800 } });
    // Turned to the right, the left half lies on top.
    expect(copy.data[0]).toBeGreaterThan(200);
  });

  test("is made where half or less is enough, of files that are decoded faster so", async () => {
    const file = await halves().jpeg().toBuffer();
    const whole = await decodeImage(file, { least: () => ({ width: 401, height: 100 }) });
    expect(whole).toEqual(await decodeImage(file));
    expect(whole.original).toBeUndefined();
    for (const other of [halves().png(), halves().tiff(), halves().gif()]) {
      expect(await decodeImage(await other.toBuffer(), { least })).toMatchObject(size);
    }
  });

  test("of transparent pictures lies on the background", async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const picture = sharp({ create: { ...size, channels: 4, background: clear } });
    const background = [10, 20, 30] as const;
    const copy = await decodeImage(await picture.webp().toBuffer(), { least, background });
    expect(copy.original).toEqual(size);
    expect([...copy.data.subarray(0, 3)]).toEqual([...background]);
  });

  test("of a damaged JPEG is refused as the picture is", async () => {
    const file = await sharp(rocket).resize(2000, 1400).jpeg().toBuffer();
    const cut = file.subarray(0, file.length * 0.6);
    await expect(decodeImage(cut, { least })).rejects.toMatchObject({ code: "invalid-image" });
  });
});
