import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeImage } from "./decode-node.ts";
import { type DrawableDetection, drawDetections, drawSegmentation } from "./draw-node.ts";
import type { RgbImage } from "./image.ts";
import { classColor, vocColor } from "./palette.ts";

const flat = (width: number, height: number, value = 200): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
const pixel = (image: RgbImage, x: number, y: number): number[] => {
  const at = (y * image.width + x) * 3;
  return [...image.data.subarray(at, at + 3)];
};
/** Pixels of exactly one colour. */
const countColor = (image: RgbImage, color: readonly number[]): number => {
  let count = 0;
  for (let i = 0; i < image.data.length; i += 3) {
    if (color.every((value, c) => image.data[i + c] === value)) count++;
  }
  return count;
};
const dog: DrawableDetection = {
  label: "dog",
  index: 17,
  score: 0.91,
  box: { x: 40, y: 60, width: 200, height: 150 },
};

describe("drawDetections", () => {
  test("a box and a plate are drawn in the class's colour; the inside stays", async () => {
    const drawn = await decodeImage(await drawDetections(flat(320, 240), [dog]));
    expect([drawn.width, drawn.height]).toEqual([320, 240]);
    expect(pixel(drawn, 40, 150)).toEqual([...classColor(17)]); // left edge
    expect(pixel(drawn, 140, 150)).toEqual([200, 200, 200]);
    expect(pixel(drawn, 42, 55)).toEqual([...classColor(17)]); // plate above the box
  });

  test("the label is written: more label, more ink", async () => {
    const ink = async (label: string): Promise<number> => {
      const drawn = await decodeImage(await drawDetections(flat(320, 240), [{ ...dog, label }]));
      return countColor(drawn, [0, 0, 0]) + countColor(drawn, [255, 255, 255]);
    };
    const [short, long] = [await ink("dog"), await ink("dog with a hat")];
    expect(short).toBeGreaterThan(0);
    expect(long).toBeGreaterThan(short);
  });

  test("nothing found leaves the picture as it is", async () => {
    const image = flat(20, 10);
    expect(await decodeImage(await drawDetections(image, []))).toEqual(image);
  });

  test.each([
    [1, 1],
    [1, 300],
    [300, 2],
    [20, 20],
  ])("a picture of %i x %i can be drawn on", async (width, height) => {
    const box = { x: -5, y: -5, width: width + 10, height: height + 10 };
    const label = "a label too long for a picture so small";
    const file = await drawDetections(flat(width, height), [{ ...dog, label, box }]);
    expect(await decodeImage(file)).toMatchObject({ width, height });
  });

  test("boxes outside the picture or without numbers are left out", async () => {
    const image = flat(20, 10);
    const away = { ...dog, box: { x: 30, y: 0, width: 5, height: 5 } };
    const nowhere = { ...dog, box: { x: Number.NaN, y: 0, width: 5, height: 5 } };
    expect(await decodeImage(await drawDetections(image, [away, nowhere]))).toEqual(image);
  });
});

describe("drawSegmentation", () => {
  const image = flat(200, 160, 100);
  const classMap = new Uint8Array(200 * 160);
  for (let y = 20; y < 60; y++) classMap.fill(15, y * 200 + 120, y * 200 + 180);
  const labels = Array.from({ length: 21 }, (_, i) => `class number ${i}`);

  test("classes are mixed in by the opacity, the background stays, borders are solid", async () => {
    const drawn = await decodeImage(
      await drawSegmentation(image, classMap, { labels, opacity: 0.5 }),
    );
    const half = vocColor(15).map((value) => (value + 100) / 2);
    expect(pixel(drawn, 150, 40)).toEqual(half);
    expect(pixel(drawn, 120, 40)).toEqual([...vocColor(15)]);
    expect(pixel(drawn, 100, 10)).toEqual([100, 100, 100]);
  });

  test("a legend of the classes present is added", async () => {
    const bare = await decodeImage(
      await drawSegmentation(image, new Uint8Array(32_000), { labels }),
    );
    expect(bare).toEqual(image);
    const style = { labels, opacity: 0 };
    const drawn = await decodeImage(await drawSegmentation(image, classMap, style));
    const white = countColor(drawn, [255, 255, 255]);
    expect(white).toBeGreaterThan(0);
  });

  test("a map of another size, and an opacity out of range, are refused", async () => {
    const bad = new Uint8Array(3);
    await expect(drawSegmentation(image, bad, { labels })).rejects.toThrow(/another size/);
    const style = { labels, opacity: 2 };
    await expect(drawSegmentation(image, classMap, style)).rejects.toThrow(/opacity/);
  });

  test("one pixel can be drawn on", async () => {
    const file = await drawSegmentation(flat(1, 1), Uint8Array.of(3), { labels, opacity: 1 });
    expect(pixel(await decodeImage(file), 0, 0)).toEqual([...vocColor(3)]);
  });
});

describe("without @napi-rs/canvas", () => {
  afterEach(() => {
    vi.doUnmock("../disk/packages-node.ts");
    vi.resetModules();
  });

  test("the error says what to install", async () => {
    vi.resetModules();
    vi.doMock("../disk/packages-node.ts", () => ({
      loadCanvas: () => Promise.reject(new Error("Cannot find package '@napi-rs/canvas'")),
    }));
    const drawing = await import("./draw-node.ts");
    await expect(drawing.drawDetections(flat(2, 2), [])).rejects.toMatchObject({
      code: "missing-dependency",
      message: expect.stringContaining("npm install @napi-rs/canvas"),
    });
  });
});
