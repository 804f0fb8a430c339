import { readFileSync } from "node:fs";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decodeImage, toRgbImage } from "./decode-browser.ts";
import { decodeImage as decodeInNode } from "./decode-node.ts";
import { encodePng } from "./png-node.ts";

/** A canvas library stands in for the browser's drawing, with the browser's names. */
beforeEach(() => {
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      constructor(width: number, height: number) {
        // biome-ignore lint/correctness/noConstructorReturn: the stand-in is another class's object
        return createCanvas(width, height);
      }
    },
  );
  vi.stubGlobal("createImageBitmap", async (blob: Blob, options: ImageBitmapOptions) => {
    expect(options).toEqual({ imageOrientation: "from-image", colorSpaceConversion: "none" });
    const picture = await loadImage(Buffer.from(await blob.arrayBuffer()));
    const canvas = createCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return Object.assign(canvas, { close: () => closed.push(canvas.width) });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  closed.length = 0;
});
const closed: number[] = [];

const coffee = readFileSync(new URL("../../examples/images/coffee.png", import.meta.url));

describe("decodeImage in a browser", () => {
  test("gives the pixels that Node gives, and frees the bitmap", async () => {
    const image = await decodeImage(coffee);
    const expected = await decodeInNode(coffee);
    expect([image.width, image.height]).toEqual([600, 400]);
    expect(Buffer.compare(image.data, expected.data)).toBe(0);
    expect(closed).toEqual([600]);
  });

  test("refuses by the header alone, before the browser decodes", async () => {
    const decoder = vi.fn();
    vi.stubGlobal("createImageBitmap", decoder);
    const error = { code: "invalid-image" };
    await expect(decodeImage(coffee, { maxPixels: 1000 })).rejects.toMatchObject(error);
    await expect(decodeImage(Buffer.from("<svg/>"))).rejects.toMatchObject(error);
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(/an empty file/);
    const moved = new Uint8Array(9);
    structuredClone(moved, { transfer: [moved.buffer] });
    await expect(decodeImage(moved)).rejects.toThrow(/detached/);
    expect(decoder).not.toHaveBeenCalled();
  });

  test("counts the scans of a large JPEG, whatever kind it says it is", async () => {
    const decoder = vi.fn();
    vi.stubGlobal("createImageBitmap", decoder);
    // 10,000 × 10,000 in one pass by its frame, whose three components come apart and over again.
    const edge = [10_000 >> 8, 10_000 & 255];
    const frame = [
      0xff,
      0xc0,
      0,
      17,
      8,
      ...edge,
      ...edge,
      3,
      ...[1, 2, 3].flatMap((i) => [i, 17, 0]),
    ];
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0];
    const scans = Array.from({ length: 200 }, () => scan).flat();
    const file = Uint8Array.of(0xff, 0xd8, ...frame, ...scans, 0xff, 0xd9);
    await expect(decodeImage(file)).rejects.toThrow(/scans/);
    expect(decoder).not.toHaveBeenCalled();
  });

  test("what the browser cannot decode is an invalid-image error", async () => {
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("InvalidStateError")));
    await expect(decodeImage(coffee)).rejects.toThrow(/PNG picture is damaged.*InvalidStateError/);
  });

  test("a signal that fires while decoding stops the work and frees the bitmap", async () => {
    const controller = new AbortController();
    const decoding = decodeImage(coffee, { signal: controller.signal });
    controller.abort();
    await expect(decoding).rejects.toMatchObject({ code: "aborted" });
    expect(closed).toEqual([600]);
  });
});

describe("toRgbImage", () => {
  test("draws a canvas on the background", () => {
    const canvas = createCanvas(2, 1);
    const context = canvas.getContext("2d");
    context.fillStyle = "rgb(255, 0, 0)";
    context.fillRect(0, 0, 1, 1);
    const source = canvas as unknown as HTMLCanvasElement;
    expect([...toRgbImage(source).data]).toEqual([255, 0, 0, 255, 255, 255]);
    const onBlue = toRgbImage(source, { background: [0, 0, 255] });
    expect([...onBlue.data]).toEqual([255, 0, 0, 0, 0, 255]);
  });

  test("takes ImageData and RGB pixels as they are", () => {
    const data = new Uint8ClampedArray([1, 2, 3, 255]);
    expect([...toRgbImage({ width: 1, height: 1, data }).data]).toEqual([1, 2, 3]);
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    expect(toRgbImage(image)).toEqual(image);
  });

  test("an <img> has its natural size, and none before it has loaded", async () => {
    const file = Buffer.from(
      await encodePng({ width: 1, height: 1, data: Uint8Array.of(9, 8, 7) }),
    );
    const picture = (await loadImage(file)) as unknown as HTMLImageElement;
    expect([...toRgbImage(picture).data]).toEqual([9, 8, 7]);
    const waiting = { naturalWidth: 0, naturalHeight: 0 } as HTMLImageElement;
    expect(() => toRgbImage(waiting)).toThrow(/Await image.decode/);
    const video = { videoWidth: 0, videoHeight: 0, width: 640 } as HTMLVideoElement;
    expect(() => toRgbImage(video)).toThrow(/loadeddata/);
  });

  test("a source of another site is an error with the remedy", () => {
    const tainted = { width: 1, height: 1 } as ImageBitmap; // drawing it throws
    expect(() => toRgbImage(tainted)).toThrow(
      expect.objectContaining({
        code: "invalid-image",
        remedy: expect.stringMatching(/crossOrigin/),
      }),
    );
  });
});
