/** Feature maps and pictures as bitmaps. */
import type { NodeValues, Preprocess, RgbImage } from "mobilenetv2";
import {
  type ChannelSpread,
  greyLevels,
} from "../../../../src/experiments/receptive-field/maps.ts";

/** Of a channel's square, in pixels, and between two of them; as many side by side. */
const [edge, gap, across] = [112, 4, 5];

/** Channels as grey squares, in rows. */
export function drawChannels(
  values: NodeValues,
  spreads: readonly ChannelSpread[],
): { readonly drawing: ImageBitmap; readonly across: number } {
  const [, rows = 1, columns = 1] = values.shape;
  const scale = edge / Math.max(rows, columns);
  const [width, height] = [columns * scale, rows * scale];
  const lines = Math.ceil(spreads.length / across);
  const [canvas, context] = canvasOf(
    Math.min(across, spreads.length) * (edge + gap) - gap,
    Math.round(lines * (height + gap)) - gap,
  );
  // Cells of small maps are to be seen as such.
  context.imageSmoothingEnabled = scale < 1;
  for (const [i, spread] of spreads.entries()) {
    const [small, into] = canvasOf(columns, rows);
    into.putImageData(greyImage(greyLevels(values, spread), columns, rows), 0, 0);
    const [x, y] = [(i % across) * (edge + gap), Math.floor(i / across) * (height + gap)];
    context.drawImage(small, x, Math.round(y), Math.round(width), Math.round(height));
  }
  return { drawing: canvas.transferToImageBitmap(), across };
}

function greyImage(levels: Uint8Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  for (const [i, level] of levels.entries()) image.data.set([level, level, level, 255], i * 4);
  return image;
}

/** The network's input as a picture. */
export function seenImage({ shape, data }: NodeValues, preprocess: Preprocess): RgbImage {
  const [, height = 1, width = 1, channels = 1] = shape;
  const { scale, offset } = preprocess;
  const bytes = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const channel = Math.min(i % 3, channels - 1);
    const value = data[Math.floor(i / 3) * channels + channel]!;
    const at = preprocess.grey === undefined ? channel : 0;
    return Math.max(0, Math.min(255, Math.round((value - offset[at]!) / scale[at]!)));
  });
  return { width, height, data: bytes };
}

export function bitmapOf({ width, height, data }: RgbImage): ImageBitmap {
  const [canvas, context] = canvasOf(width, height);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    image.data.set([data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!, 255], i * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas.transferToImageBitmap();
}

function canvasOf(
  width: number,
  height: number,
): [canvas: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D] {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser draws nothing outside of a page");
  return [canvas, context];
}
