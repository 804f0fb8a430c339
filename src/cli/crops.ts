/** Each found object as a picture of its own, in a folder where nothing else is. */
import { writeWhole } from "../disk/write-node.ts";
import { cropImage } from "../image/crop.ts";
import type { DetectionsStyle } from "../image/draw-node.ts";
import type { RgbImage } from "../image/image.ts";
import type { Detection } from "../tasks/detector.ts";
import { pixelBox } from "../tasks/results/pixel-box.ts";
import type { ImageSource } from "./images.ts";
import { planOutputs, requireEmpty } from "./outputs.ts";

/** How the crops' files of each image begin. */
export async function planCrops(
  images: readonly ImageSource[],
  { folder, force }: { readonly folder: string | undefined; readonly force: boolean },
): Promise<readonly string[]> {
  if (folder === undefined) return [];
  if (!force) await requireEmpty("crops", folder);
  const target = `${folder.replace(/[/\\]+$/, "")}/`;
  return await planOutputs(images, { option: "crops", target, endings: [""] });
}

/** The longest part of a label in a file's name. */
const longestLabel = 40;

/**
 * Writes `image_label_number.png` for each object, numbered as in the list of them. No label's name has an
 * underscore, so that the files of two images are never one.
 */
export async function writeCrops(
  image: RgbImage,
  detections: readonly Detection[],
  {
    stem,
    style,
    signal,
  }: { readonly stem: string; readonly style: DetectionsStyle; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { encodePicture } = await import("../image/encode-node.ts");
  const ending = style.format === "jpeg" ? "jpg" : (style.format ?? "png");
  const written: string[] = [];
  for (const [i, { label, box }] of detections.entries()) {
    const { left, top, width, height } = pixelBox(box, image);
    const crop = cropImage(image, { x: left, y: top, width, height });
    const path = `${stem}_${nameOf(label)}_${i + 1}.${ending}`;
    await writeWhole(path, await encodePicture(crop, style), { signal });
    written.push(path);
  }
  return written;
}

/** Letters and digits of a label, with hyphens between. */
function nameOf(label: string): string {
  const name = Array.from(label.replace(/[^\p{L}\p{N}]+/gu, "-"))
    .slice(0, longestLabel)
    .join("");
  return name.replace(/^-+|-+$/g, "") || "object";
}
