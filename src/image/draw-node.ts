/**
 * Results drawn on the picture they belong to, as a PNG of the picture's own size. What draws is loaded
 * with the first drawing, the canvas too, because most programs draw nothing.
 */
import type { DrawableDetection } from "./draw-detections-node.ts";
import type { SegmentationStyle } from "./draw-segmentation-node.ts";
import type { RgbImage } from "./image.ts";

export type { DrawableDetection } from "./draw-detections-node.ts";
export type { SegmentationStyle } from "./draw-segmentation-node.ts";

/**
 * Draws boxes and labelled plates, the surest on top, a colour for each class.
 *
 * @param image - The picture as `decodeImage` gives it.
 * @param detections - In pixels of that picture, as `detect` gives them; boxes are cut to it.
 * @returns A PNG file's bytes.
 * @throws MobileNetError `missing-dependency` without `@napi-rs/canvas` or any font, `invalid-image`
 *   for a malformed picture.
 *
 * @example
 * ```ts
 * const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
 * const box = { x: 8, y: 8, width: 40, height: 30 };
 * const result = { detections: [{ label: "cat", index: 16, score: 0.9, box }] }; // as detect() gives
 * const png = await drawDetections(image, result.detections);
 * String.fromCharCode(...png.subarray(1, 4)); // "PNG"
 * ```
 */
export async function drawDetections(
  image: RgbImage,
  detections: readonly DrawableDetection[],
): Promise<Uint8Array> {
  const { paintDetections } = await import("./draw-detections-node.ts");
  return paintDetections(image, detections);
}

/**
 * Lays each class's PASCAL VOC colour over its pixels, with class borders at full strength and a legend
 * of the classes present and their shares. Class 0, the background, stays as it is.
 *
 * @param image - The picture as `decodeImage` gives it.
 * @param classMap - One class a pixel, `height × width` of the picture, as `segment` gives it.
 * @returns A PNG file's bytes.
 * @throws MobileNetError `invalid-argument` if the map's size or the opacity is wrong,
 *   `missing-dependency` and `invalid-image` as drawDetections.
 *
 * @example
 * ```ts
 * const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
 * const classMap = new Uint8Array(64 * 48).fill(1, 0, 64 * 24);
 * const png = await drawSegmentation(image, classMap, { labels: ["background", "aeroplane"] });
 * String.fromCharCode(...png.subarray(1, 4)); // "PNG"
 * ```
 */
export async function drawSegmentation(
  image: RgbImage,
  classMap: Uint8Array,
  style: SegmentationStyle,
): Promise<Uint8Array> {
  const { paintSegmentation } = await import("./draw-segmentation-node.ts");
  return paintSegmentation(image, classMap, style);
}
