import { createCanvas } from "@napi-rs/canvas";
import { describe, expect, test } from "vitest";
import { Random } from "../../random.ts";
import type { RgbImage } from "../image.ts";
import { canvasBrush, type DrawingContext } from "./canvas-brush.ts";
import { layOutClasses } from "./lay-out-classes.ts";
import { layOutDetections } from "./lay-out-detections.ts";
import { paintMarks } from "./paint.ts";
import { putPicture } from "./paint-results.ts";
import { pictureOn, pixelBrush, type WaitingText } from "./pixel-brush.ts";

const measure = (text: string, font: number): number => text.length * font * 0.6;

function noise(width: number, height: number, random: Random): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.uniform() * 256);
  return { width, height, data };
}

/** The largest difference of a sample, and how many samples differ by more than rounding. */
function differences(ours: Uint8Array, canvas: DrawingContext): { most: number; count: number } {
  const { width, height } = canvas.canvas;
  const rgba = canvas.getImageData(0, 0, width, height).data;
  let [most, count] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - rgba[Math.floor(i / 3) * 4 + (i % 3)]!);
    most = Math.max(most, difference);
    if (difference > 2) count++;
  }
  return { most, count };
}

/** A canvas of a package, without what would write on it. */
function canvasOf(width: number, height: number): DrawingContext {
  return createCanvas(width, height).getContext("2d") as unknown as DrawingContext;
}

describe("pixels are painted as a canvas of Skia's is", () => {
  test.each([1, 2, 3, 4, 5, 6])("frames, plates and their lines, drawing %i", (seed) => {
    const random = new Random(seed);
    const image = noise(60 + seed * 50, 260 - seed * 30, random);
    const detections = Array.from({ length: 3 * seed }, (_, i) => ({
      ...{ label: `thing ${i}`, index: i, score: random.uniform() },
      box: {
        x: (random.uniform() - 0.1) * image.width,
        y: (random.uniform() - 0.1) * image.height,
        width: (random.uniform() * image.width) / 3,
        height: (random.uniform() * image.height) / 3,
      },
    }));
    const scale = seed % 3 === 0 ? 2 : 1;
    const drawing = layOutDetections(image, detections, { measure, scale, legend: true });
    const context = canvasOf(drawing.width, drawing.height);
    putPicture(context, image, { scale });
    paintMarks({ ...canvasBrush(context, "sans-serif"), text: () => {} }, drawing);
    const texts: WaitingText[] = [];
    const on = pictureOn(drawing, image, { scale });
    paintMarks(pixelBrush(on, texts), drawing);
    const { most, count } = differences(on.data, context);
    // Skia's edges between pixels are rounded to a 16th or so of one, of which a few lie in each mark.
    expect(most).toBeLessThan(40);
    expect(count).toBeLessThan(on.data.length / 100);
    const rows = drawing.legend?.rows.length ?? 0;
    expect(texts.length).toBeGreaterThanOrEqual(drawing.plates.length + rows);
  });

  test.each([1, 2, 3])("classes of a map at scale %i", (scale) => {
    const random = new Random(scale);
    const image = noise(90, 300, random);
    const classMap = Uint8Array.from({ length: 90 * 300 }, (_, i) => Math.floor(i / 2000) % 4);
    const map = { width: 90, height: 300, classMap, labels: ["", "a", "b", "c"] };
    const { drawing, colors } = layOutClasses(map, { measure, scale, legend: true });
    const overlay = { ...map, colors, opacity: 0.4, line: drawing.line, scale };
    const context = canvasOf(drawing.width, drawing.height);
    putPicture(context, image, { scale, overlay });
    const on = pictureOn(drawing, image, { scale, overlay });
    const { width, height } = image;
    const ours = Uint8Array.from({ length: width * height * scale ** 2 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      const [x, y] = [pixel % (width * scale), Math.floor(pixel / (width * scale))];
      return on.data[(y * on.width + x) * 3 + (i % 3)]!;
    });
    const cut = context.getImageData(0, 0, width * scale, height * scale).data;
    expect(ours).toEqual(Uint8Array.from(cut.filter((_, i) => i % 4 < 3)));
  });
});
