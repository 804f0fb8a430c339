import { afterEach, describe, expect, test, vi } from "vitest";
import type * as Packages from "../disk/packages-node.ts";
import { decodeImage } from "./decode-node.ts";
import { drawDetections, drawSegmentation } from "./draw-node.ts";
import { chooseColors } from "./drawing/colors.ts";
import type { DrawableDetection } from "./drawing/lay-out-detections.ts";
import type { RgbImage } from "./image.ts";
import { hasSystemFont } from "./system-text-node.ts";

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
const colorOf = (index: number): number[] => [...chooseColors([{ index }])[0]!];
const plain = { scale: 1, legend: false };
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
    expect(pixel(drawn, 39, 150)).toEqual(colorOf(17)); // left edge, outside
    expect(pixel(drawn, 140, 150)).toEqual([200, 200, 200]);
    expect(pixel(drawn, 42, 55)).toEqual(colorOf(17)); // plate above the box
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

  test.each([
    ["webp", 16_383],
    ["jpeg", 65_500],
  ] as const)("%s has a longest edge, which is said, and png named", async (format, most) => {
    const draw = (edge: number) => drawDetections(flat(edge, 1), [], { ...plain, format });
    expect((await draw(most)).length).toBeGreaterThan(0);
    const { code, message } = await draw(most + 1).catch((error) => error);
    expect(code).toBe("invalid-image");
    expect(message).toContain(`at most ${most} pixels, received ${most + 1} x 1. Choose png`);
  });

  test("nothing found leaves the picture as it is", async () => {
    const image = flat(20, 10);
    expect(await decodeImage(await drawDetections(image, [], plain))).toEqual(image);
  });

  test.each([
    [1, 1],
    [1, 300],
    [300, 2],
    [20, 20],
  ])("a picture of %i x %i can be drawn on", async (width, height) => {
    const box = { x: -5, y: -5, width: width + 10, height: height + 10 };
    const label = "a label too long for a picture so small";
    const file = await drawDetections(flat(width, height), [{ ...dog, label, box }], plain);
    expect(await decodeImage(file)).toMatchObject({ width, height });
  });

  test("boxes outside the picture or without numbers are left out", async () => {
    const image = flat(20, 10);
    const away = { ...dog, box: { x: 30, y: 0, width: 5, height: 5 } };
    const nowhere = { ...dog, box: { x: Number.NaN, y: 0, width: 5, height: 5 } };
    expect(await decodeImage(await drawDetections(image, [away, nowhere], plain))).toEqual(image);
  });
});

describe("drawSegmentation", () => {
  const image = flat(200, 160, 100);
  const classMap = new Uint8Array(200 * 160);
  for (let y = 20; y < 60; y++) classMap.fill(15, y * 200 + 120, y * 200 + 180);
  const labels = ["background", ...Array.from({ length: 20 }, (_, i) => `class number ${i + 1}`)];

  test("classes are mixed in by the opacity, the background stays, borders are solid", async () => {
    const drawn = await decodeImage(
      await drawSegmentation(image, classMap, { labels, opacity: 0.5, scale: 1 }),
    );
    const half = colorOf(15).map((value) => Math.round((value + 100) / 2));
    expect(pixel(drawn, 150, 40)).toEqual(half);
    expect(pixel(drawn, 120, 40)).toEqual(colorOf(15));
    expect(pixel(drawn, 100, 10)).toEqual([100, 100, 100]);
  });

  test("a legend of the classes present is added", async () => {
    const bare = await decodeImage(
      await drawSegmentation(image, new Uint8Array(32_000), { labels, scale: 1 }),
    );
    expect(bare).toEqual(image);
    const style = { labels, opacity: 0, scale: 1 };
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
    const file = await drawSegmentation(flat(1, 1), Uint8Array.of(3), {
      labels,
      opacity: 1,
      scale: 1,
    });
    expect(pixel(await decodeImage(file), 0, 0)).toEqual(colorOf(3));
  });
});

describe("the file", () => {
  test.each([
    ["png", [0x89, 0x50]],
    ["jpeg", [0xff, 0xd8]],
    ["webp", [0x52, 0x49]],
  ] as const)("may be a %s", async (format, magic) => {
    const file = await drawDetections(flat(320, 240), [dog], { format });
    expect([...file.subarray(0, 2)]).toEqual(magic);
    expect(await decodeImage(file)).toMatchObject({ width: 320, height: 240 });
  });

  test("is larger at a higher quality, which has bounds", async () => {
    const [low, high] = await Promise.all(
      [30, 95].map((quality) => drawDetections(flat(320, 240), [dog], { format: "jpeg", quality })),
    );
    expect(high!.length).toBeGreaterThan(low!.length);
    const none = drawDetections(flat(8, 8), [], { format: "jpeg", quality: 0 });
    await expect(none).rejects.toThrow(/quality/);
  });

  test("of a large picture has the same pixels as that of a small one", async () => {
    const [width, height] = [1300, 900];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251);
    const image = { width, height, data };
    const drawn = await decodeImage(await drawDetections(image, [], plain));
    expect([drawn.width, drawn.height]).toEqual([width, height]);
    expect(Buffer.compare(drawn.data, data)).toBe(0);
  });

  test.each(["png", "jpeg", "webp"] as const)(
    "of one drawing has the same bytes, %s",
    async (format) => {
      const things = ["dog", "ёж и <кот>", "كلب كبير", "🐕"].map((label, i) => ({
        ...{ ...dog, label, index: i },
        box: { x: 20 + 70 * i, y: 40 + 40 * i, width: 60, height: 50 },
      }));
      const files = [1, 2, 3].map(() => drawDetections(flat(400, 300), things, { format }));
      const [first, ...others] = await Promise.all(files);
      for (const other of others) expect(Buffer.compare(first!, other)).toBe(0);
    },
  );

  test("that would be too large is refused before there is one", async () => {
    const drawing = drawDetections(flat(3000, 1000), [], { ...plain, scale: 16 });
    await expect(drawing).rejects.toMatchObject({
      code: "invalid-image",
      message: expect.stringContaining("received 48000 x 16000"),
    });
  });

  test("of a small picture is drawn enlarged", async () => {
    const file = await drawDetections(flat(64, 64), [
      { ...dog, box: { x: 8, y: 8, width: 20, height: 20 } },
    ]);
    expect(await decodeImage(file)).toMatchObject({ width: 448, height: 448 });
  });
});

describe("without packages", () => {
  afterEach(() => {
    vi.doUnmock("../disk/packages-node.ts");
    vi.resetModules();
  });

  /** The functions that draw, where some packages are not there. */
  async function drawingWithout(...missing: readonly ("sharp" | "@fontsource/b612")[]) {
    vi.resetModules();
    const packages = await vi.importActual<typeof Packages>("../disk/packages-node.ts");
    const absent = (name: string) => new Error(`Cannot find package '${name}'`);
    vi.doMock("../disk/packages-node.ts", () => ({
      ...packages,
      ...(missing.includes("sharp") && { loadSharp: () => Promise.reject(absent("sharp")) }),
      ...(missing.includes("@fontsource/b612") && {
        packageFile: () => {
          throw absent("@fontsource/b612");
        },
      }),
    }));
    return await import("./draw-node.ts");
  }

  test("the error says what to install", async () => {
    const { drawDetections: draw } = await drawingWithout("sharp", "@fontsource/b612");
    await expect(draw(flat(2, 2), [])).rejects.toMatchObject({
      code: "missing-dependency",
      message: expect.stringContaining("npm install @fontsource/b612"),
    });
  });

  test("without sharp PNG files have the same pixels; other files and letters name it", async () => {
    const image = flat(320, 240);
    const whole = await decodeImage(await drawDetections(image, [dog]));
    const { drawDetections: draw } = await drawingWithout("sharp");
    expect(await decodeImage(await draw(image, [dog]))).toEqual(whole);
    for (const refused of [
      draw(image, [dog], { format: "jpeg" }),
      draw(image, [{ ...dog, label: "кот" }]),
    ]) {
      await expect(refused).rejects.toMatchObject({
        code: "missing-dependency",
        message: expect.stringContaining("npm install sharp"),
      });
    }
  });

  test("without the font of labels the system's write, if there are any", async (context) => {
    if (!(await hasSystemFont())) context.skip("this system has no fonts");
    const { drawDetections: draw } = await drawingWithout("@fontsource/b612");
    const drawn = await decodeImage(await draw(flat(320, 240), [dog]));
    expect(countColor(drawn, [0, 0, 0])).toBeGreaterThan(20);
  });
});
