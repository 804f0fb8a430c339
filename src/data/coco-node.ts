/**
 * Detection datasets laid out as COCO: a JSON file of annotations, pictures in a folder beside it.
 */

import { basename, dirname, join } from "node:path";
import { plainText } from "../check-fields.ts";
import { kindOf, listFolder, readBytes, textLimit } from "../disk/read-node.ts";
import type { RgbImage } from "../image/image.ts";
import { matchClasses } from "./class-names.ts";
import { type CocoAnnotations, parseCocoAnnotations } from "./coco-annotations.ts";
import { checkDataJson, checkPath, invalidData } from "./data-error.ts";
import { checkDatasetOptions, type DatasetOptions } from "./labelled-images-node.ts";
import { readPicture } from "./picture-files-node.ts";
import type { DetectedSample } from "./samples.ts";

/** How a COCO dataset is read. */
export interface CocoOptions extends DatasetOptions {
  /** The file of annotations. Default: the only JSON file of the folder or of `annotations` in it. */
  readonly annotations?: string | undefined;
}

/** A COCO dataset, its categories matched with a model's labels. */
export interface CocoDataset {
  /** In order of the images' ids. */
  readonly samples: DetectedSample<RgbImage>[];
  /** The model's classes that the dataset annotates, in order. */
  readonly classes: number[];
}

/**
 * Reads a dataset of COCO's layout. Categories are matched with the model's labels by name; those that
 * no annotation uses need no label.
 *
 * Pictures are looked for by `file_name` in the folder itself, in `images`, and in a folder with the
 * name of the split, such as `val2017` for `instances_val2017.json`.
 *
 * @throws MobileNetError `not-found` or `io`; `invalid-data` naming the entry that is wrong,
 *   `invalid-argument` naming the categories that the model does not know.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/coco-");
 * const annotations = `${folder}/instances.json`;
 * await writeFile(annotations, JSON.stringify({
 *   images: [{ id: 1, file_name: "chelsea.png" }],
 *   annotations: [{ image_id: 1, category_id: 17, bbox: [30, 0, 400, 300] }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const options = { labels: ["dog", "cat"], annotations };
 * const { samples, classes } = await readCoco("examples/images", options);
 * [classes, samples[0].objects[0].area]; // [[1], 120000]
 * await rm(folder, { recursive: true });
 * ```
 */
export async function readCoco(folder: string, options: CocoOptions): Promise<CocoDataset> {
  checkPath(folder, "readCoco");
  checkDatasetOptions(options, "readCoco", { annotations: plainText });
  const { labels, annotations, ...reading } = options;
  const file = annotations ?? (await findAnnotations(folder));
  const { images, categories } = parseCocoAnnotations(await readAnnotations(file), file);
  if (images.length === 0) throw invalidData(file, "the file lists no pictures");
  const used = usedCategories({ images, categories });
  const byName = matchClasses(used.values(), labels, file);
  const classOf = (category: number): number => byName.get(categories.get(category)!)!;
  const pictures = await findPictures(folder, file, images);
  return {
    classes: [...new Set([...used.keys()].map(classOf))].sort((a, b) => a - b),
    samples: images.map(({ path, objects }) => ({
      name: path,
      objects: objects.map(({ category, ...object }) => ({
        ...object,
        classIndex: classOf(category),
      })),
      read: () => readPicture(join(pictures, path), reading),
    })),
  };
}

/**
 * The categories of objects. Others, such as a group above them that some tools write, need no class of
 * the model: without objects, nothing is judged by them.
 */
function usedCategories({ images, categories }: CocoAnnotations): ReadonlyMap<number, string> {
  const used = new Set(images.flatMap(({ objects }) => objects.map(({ category }) => category)));
  return used.size === 0 ? categories : new Map([...categories].filter(([id]) => used.has(id)));
}

async function findAnnotations(folder: string): Promise<string> {
  const found: string[] = [];
  for (const place of [folder, join(folder, "annotations")]) {
    if ((await kindOf(place)) !== "folder") continue;
    const files = (await listFolder(place)).files.filter((name) => /\.json$/i.test(name));
    found.push(...files.map((name) => join(place, name)));
  }
  // COCO's own folder also holds captions and key points, and the training set.
  const instances = found.filter((path) => /^instances_.*val/i.test(basename(path)));
  const [file, ...others] = instances.length === 1 ? instances : found;
  if (file !== undefined && others.length === 0) return file;
  throw invalidData(folder, file === undefined ? "no COCO annotations" : "several JSON files", {
    expected: "one JSON file of annotations in the folder, or in annotations/",
    received:
      file === undefined
        ? "none"
        : found
            .slice(0, 6)
            .map((path) => basename(path))
            .join(", "),
    remedy: "Name the one to use with --list (or the option annotations).",
  });
}

/** The folder below which the first picture is; the data's own where it is nowhere. */
async function findPictures(
  folder: string,
  file: string,
  images: CocoAnnotations["images"],
): Promise<string> {
  const split = basename(file).replace(/^instances_|\.json$/gi, "");
  const places = [
    folder,
    join(folder, "images"),
    join(folder, split),
    join(folder, "images", split),
    dirname(file),
  ];
  for (const { path } of images.slice(0, 20)) {
    for (const place of places) if ((await kindOf(join(place, path))) === "file") return place;
  }
  return folder;
}

async function readAnnotations(file: string): Promise<string> {
  const bytes = await readBytes(file, textLimit);
  checkDataJson(bytes, file);
  return new TextDecoder().decode(bytes);
}
