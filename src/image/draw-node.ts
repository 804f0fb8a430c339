/**
 * Results drawn on the picture they belong to, as a file's bytes. What draws is loaded with the first
 * drawing, because most programs draw nothing.
 */
import type { DetectionsStyle, SegmentationStyle } from "./draw-files-node.ts";
import type { DrawableDetection } from "./drawing/lay-out-detections.ts";
import type { ClassifiedPixels } from "./drawing/paint-results.ts";
import type { RgbImage } from "./image.ts";

export type { DetectionsStyle, SegmentationStyle } from "./draw-files-node.ts";
export type { FileStyle, PictureFormat } from "./encode-node.ts";

/**
 * Draws boxes and labelled plates, the surest on top. Colours differ where objects touch or their
 * classes do. Plates hide neither each other nor small boxes: where labels have no room for that, plates
 * are numbers, and a legend beside the picture has the labels. More than 300 objects get frames alone.
 * Small pictures are drawn enlarged.
 *
 * @param image - The picture as `decodeImage` gives it.
 * @param detections - In pixels of that picture, as `detect` gives them; boxes are cut to it.
 * @param style - `format` (`png`, `jpeg`, `webp`) and `quality` of the file, `scale`, `legend`.
 * @returns A file's bytes. With `{ scale: 1, legend: false }` the drawing has the picture's size.
 * @throws MobileNetError `missing-dependency` without `@fontsource/b612` or any font, and without `sharp`
 *   for JPEG, WebP and labels beyond Latin; `invalid-image` for a malformed picture; `invalid-argument`.
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
  style: DetectionsStyle = {},
): Promise<Uint8Array> {
  const { detectionsFile } = await import("./draw-files-node.ts");
  return detectionsFile(image, detections, style);
}

/**
 * Lays a bright colour over each class's pixels, with class borders at full strength, and a legend of
 * the classes present and their shares: in a corner that has no class, else beside the picture. Class 0
 * stays as it is where its label says that it is the background (`background`, `void`, `unlabeled` …) or
 * nothing; any other, such as CamVid's sky, has a colour and its line in the legend.
 *
 * @param image - The picture as `decodeImage` gives it.
 * @param segmentation - What `segment` gave for it, whatever its `mapSize`; or its class map alone, one
 *   class a pixel, `height × width` of the picture, with `labels` in the style.
 * @returns A file's bytes.
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
  segmentation: Uint8Array | ClassifiedPixels,
  style: SegmentationStyle = {},
): Promise<Uint8Array> {
  const { segmentationFile } = await import("./draw-files-node.ts");
  return segmentationFile(image, segmentation, style);
}
