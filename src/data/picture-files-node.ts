/** Pictures as files: which they are in a folder, and their pixels, within bounds. */
import { extname, join } from "node:path";
import { listFolder, type ReadLimit, readBytes } from "../disk/read-node.ts";
import { throwIfAborted } from "../errors.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { RgbImage } from "../image/image.ts";

/** The endings that make a file a picture. */
export const imageEndings: readonly string[] = [
  ".jpg",
  ".jpeg",
  ".png",
  ".webp",
  ".gif",
  ".bmp",
  ".avif",
  ".tif",
  ".tiff",
];

/** What is read of one picture: 512 MB. */
export const pictureLimit: ReadLimit = { most: 512_000_000, code: "invalid-image" };

/** The pictures in a folder and in those inside, as paths below it with forward slashes. */
export async function listImages(folder: string, depth = 4): Promise<readonly string[]> {
  const { folders, files } = await listFolder(folder);
  const images = files.filter((name) => imageEndings.includes(extname(name).toLowerCase()));
  if (depth === 0) return images;
  for (const inner of folders) {
    for (const path of await listImages(join(folder, inner), depth - 1))
      images.push(`${inner}/${path}`);
  }
  return images;
}

/** A picture's pixels. */
export async function readPicture(
  path: string,
  signal?: AbortSignal | undefined,
): Promise<RgbImage> {
  throwIfAborted(signal);
  return await decodeImage(await readBytes(path, pictureLimit), { signal });
}
