/** A picture as a file of the kind that its name says. */
import { encodeCanvas, type FileStyle, newCanvas } from "./canvas-node.ts";
import { putPicture } from "./drawing/paint-results.ts";
import type { RgbImage } from "./image.ts";
import { encodePng } from "./png-node.ts";

/**
 * A picture's file.
 *
 * @throws MobileNetError `invalid-image`; `missing-dependency` without `@napi-rs/canvas`, but for PNG.
 */
export async function encodePicture(image: RgbImage, style: FileStyle): Promise<Uint8Array> {
  if (style.format === undefined || style.format === "png") return await encodePng(image);
  const page = await newCanvas();
  page.canvas.width = image.width;
  page.canvas.height = image.height;
  putPicture(page.context, image, { scale: 1 });
  return await encodeCanvas(page, style);
}
