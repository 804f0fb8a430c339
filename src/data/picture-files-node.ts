/** Pictures as files: which they are in a folder, and their pixels, within bounds. */

import { join } from "node:path";
import { anything, callable, type Kinds } from "../check-fields.ts";
import { listFolder, type ReadLimit, readBytes, Walk } from "../disk/read-node.ts";
import { throwIfAborted } from "../errors.ts";
import type { LeastSize } from "../image/decode.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { RgbImage } from "../image/image.ts";
import { type PictureLimits, pickLimits } from "../image/limits.ts";
import { shrinkToLeast } from "../image/shrink.ts";
import { isPictureName, type PassedOver } from "./picture-names.ts";
import { limitKinds } from "./pictures.ts";

/** What is read of one picture: 512 MB. */
export const pictureLimit: ReadLimit = { most: 512_000_000, code: "invalid-image" };

/** How deep folders inside a folder are looked into. */
const deepest = 4;

/**
 * The pictures in a folder and in those inside, as paths below it with forward slashes.
 *
 * @param passed - Counts the files and folders that are left out.
 * @param walk - What was come to before: that is passed over.
 */
export async function listImages(
  folder: string,
  passed: PassedOver,
  { walk = new Walk(), depth = deepest }: { readonly walk?: Walk; readonly depth?: number } = {},
): Promise<readonly string[]> {
  const listing = await listFolder(folder, walk);
  const { folders, files } = listing;
  passed.addListing(listing);
  const images: string[] = [];
  for (const name of files) {
    if (isPictureName(name)) images.push(name);
    else passed.addFile(name);
  }
  for (const inner of folders) {
    if (depth === 0) {
      passed.addFolder(inner, "too deep");
      continue;
    }
    for (const path of await listImages(join(folder, inner), passed, { walk, depth: depth - 1 }))
      images.push(`${inner}/${path}`);
  }
  return images;
}

/** How pictures' files are read. */
export interface PictureReading extends PictureLimits {
  /** Cancels the reading, also that of each picture later. */
  readonly signal?: AbortSignal | undefined;
}

/** How folders of pictures are read. */
export interface FolderReading extends PictureReading {
  /** Told which files a folder has that are passed over, and why. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The kinds of how folders of pictures are read. */
export const readingKinds: Kinds<FolderReading> = {
  ...limitKinds,
  signal: anything,
  onWarning: callable,
};

/**
 * A picture's pixels.
 *
 * @param least - Where it is given, large pictures of every kind become smaller copies of at least this
 *   size; without it all are decoded whole.
 */
export async function readPicture(
  path: string,
  options: PictureReading = {},
  least?: LeastSize,
): Promise<RgbImage> {
  const { signal } = options;
  throwIfAborted(signal);
  const bytes = await readBytes(path, pictureLimit);
  const image = await decodeImage(bytes, { ...pickLimits(options), signal, least });
  return least === undefined ? image : shrinkToLeast(image, least);
}
