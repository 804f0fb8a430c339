/**
 * Segmentation datasets laid out as PASCAL VOC: pictures in JPEGImages, masks of the same names in
 * SegmentationClass, lists of names in ImageSets/Segmentation. A mask's palette index is the class.
 */

import { join } from "node:path";
import { checkSettings, plainText } from "../check-fields.ts";
import { kindOf, listFolder, readBytes, readText } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { RgbImage } from "../image/image.ts";
import { pickLimits } from "../image/limits.ts";
import { vocColor } from "../image/palette.ts";
import { checkPath, invalidData, pathInside } from "./data-error.ts";
import { decodeIndexPng, hasIndices } from "./index-png-node.ts";
import { linesOf } from "./lines.ts";
import {
  type FolderReading,
  type PictureReading,
  pictureLimit,
  readingKinds,
  readPicture,
} from "./picture-files-node.ts";
import { isPictureName, PassedOver } from "./picture-names.ts";
import { type ClassMask, type SegmentedSample, voidClass } from "./samples.ts";

/** How a VOC dataset is read. */
export interface VocOptions extends FolderReading {
  /** A file with one name a line, without endings. Default: `ImageSets/Segmentation/val.txt` or the only list there; without lists every mask. */
  readonly list?: string | undefined;
}

/**
 * The pictures and masks of a dataset in PASCAL VOC's layout, in the list's order.
 *
 * @throws MobileNetError `not-found` or `io`; `invalid-data` where folders or masks are missing.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/voc-");
 * for (const inner of ["JPEGImages", "SegmentationClass"]) {
 *   await mkdir(`${folder}/${inner}`);
 *   // Here a photograph stands in for the mask; a mask is a palette PNG.
 *   await copyFile("examples/images/chelsea.png", `${folder}/${inner}/chelsea.png`);
 * }
 * const [sample] = await readVocMasks(folder);
 * [sample.name, (await sample.read()).width]; // ["chelsea", 451]
 * await rm(folder, { recursive: true });
 * ```
 */
export async function readVocMasks(
  folder: string,
  options: VocOptions = {},
): Promise<SegmentedSample<RgbImage>[]> {
  checkPath(folder, "readVocMasks");
  checkSettings(options, { ...readingKinds, list: plainText }, "readVocMasks");
  const { list, ...reading } = options;
  const [pictureFolder, maskFolder] = [
    join(folder, "JPEGImages"),
    join(folder, "SegmentationClass"),
  ];
  for (const path of [pictureFolder, maskFolder]) {
    if ((await kindOf(path)) === "folder") continue;
    throw invalidData(folder, "the folder is not laid out as PASCAL VOC", {
      expected: "the folders JPEGImages and SegmentationClass",
      received: `no folder ${path}`,
    });
  }
  const names = await chooseNames({ folder, maskFolder, list }, reading.onWarning);
  const masks = new Map(
    (await listFolder(maskFolder)).files.filter(isMask).map((file) => [file.slice(0, -4), file]),
  );
  const pictures = new Map(
    (await listFolder(pictureFolder)).files
      .filter(isPictureName)
      .map((file) => [file.replace(/\.[^.]*$/, ""), file]),
  );
  return names.map((name) => ({
    name,
    read: async () => {
      const file = pictures.get(name);
      if (file !== undefined) return await readPicture(join(pictureFolder, file), reading);
      throw new MobileNetError("not-found", "the mask has no picture in JPEGImages");
    },
    readMask: async () =>
      decodeMask(
        await readBytes(join(maskFolder, masks.get(name) ?? `${name}.png`), pictureLimit),
        reading,
      ),
  }));
}

function isMask(file: string): boolean {
  return /\.png$/i.test(file);
}

async function chooseNames(
  {
    folder,
    maskFolder,
    list,
  }: { readonly folder: string; readonly maskFolder: string; readonly list: string | undefined },
  onWarning: FolderReading["onWarning"],
): Promise<readonly string[]> {
  const chosen = list ?? (await defaultList(folder));
  if (chosen !== undefined) {
    const names: string[] = [];
    for (const [line] of linesOf(await readText(chosen)))
      if (!line.startsWith("#")) names.push(line);
    if (names.length === 0) throw invalidData(chosen, "the list has no names");
    return names.map((name, index) => pathInside(name, `${chosen}, line ${index + 1}`));
  }
  const { files } = await listFolder(maskFolder);
  const masks = files.filter(isMask);
  const passed = new PassedOver();
  for (const file of files) {
    if (!isMask(file)) passed.addFile(file, isPictureName(file) ? "no PNG" : undefined);
  }
  passed.tell(maskFolder, onWarning);
  if (masks.length > 0) return masks.map((file) => file.slice(0, -4));
  throw invalidData(maskFolder, "the folder has no masks", { expected: "PNG files" });
}

async function defaultList(folder: string): Promise<string | undefined> {
  const lists = join(folder, "ImageSets", "Segmentation");
  if ((await kindOf(lists)) !== "folder") return undefined;
  const files = (await listFolder(lists)).files.filter((file) => file.endsWith(".txt"));
  const file = files.includes("val.txt") ? "val.txt" : files[0];
  if (file === undefined) return undefined;
  if (file === "val.txt" || files.length === 1) return join(lists, file);
  throw invalidData(lists, "there are several lists", {
    expected: "val.txt, or one list",
    received: files.slice(0, 8).join(", "),
    remedy: "Name the one to use with --list (or the option list).",
  });
}

/**
 * The classes of a mask: the indices of a palette or grey PNG; for any other picture the class of each
 * colour of the VOC palette.
 *
 * @throws MobileNetError `invalid-image` for a damaged picture or a colour that is no class's.
 */
export async function decodeMask(
  bytes: Uint8Array,
  reading: PictureReading = {},
): Promise<ClassMask> {
  if (hasIndices(bytes)) return await decodeIndexPng(bytes, reading);
  const { width, height, data } = await decodeImage(bytes, {
    ...pickLimits(reading),
    signal: reading.signal,
  });
  const classes = new Map(
    // Index 255 is the pale void of VOC's masks; the other colours stand for themselves.
    Array.from({ length: voidClass + 1 }, (_, index) => [colorKey(vocColor(index), 0), index]),
  );
  const classMap = new Uint8Array(width * height);
  for (let i = 0; i < classMap.length; i++) {
    const index = classes.get(colorKey(data, i * 3));
    if (index === undefined) {
      throw new MobileNetError("invalid-image", "the mask has a colour that stands for no class", {
        expected: "a palette PNG, or the colours of PASCAL VOC",
        received: `rgb(${data.subarray(i * 3, i * 3 + 3).join(", ")})`,
      });
    }
    classMap[i] = index;
  }
  return { width, height, classMap };
}

function colorKey(bytes: ArrayLike<number>, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
