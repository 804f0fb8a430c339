/** Pictures as files: which they are in a folder, and their bytes and pixels, within bounds. */
import { open, readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { decodeImage } from "./decode-node.ts";
import type { RgbImage } from "./image.ts";

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

/** The most bytes read for one picture: 512 MB. */
export const maxImageBytes: number = 512_000_000;

/** A folder's entries in order of name, hidden ones left out. */
export async function listFolder(
  folder: string,
): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const kind = entry.isSymbolicLink()
        ? await stat(join(folder, entry.name)).catch(() => entry)
        : entry;
      if (kind.isDirectory()) folders.push(entry.name);
      else if (kind.isFile()) files.push(entry.name);
    }
    return { folders: folders.sort(), files: files.sort() };
  } catch (error) {
    throw fileFailure(folder, error);
  }
}

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

/** A file's bytes, of which no more are read than are allowed. */
export async function readBytes(path: string, most: number = maxImageBytes): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const status = await file.stat();
      if (!status.isFile()) {
        throw new MobileNetError("io", "this is no file", { node: path });
      }
      if (status.size > most) {
        throw new MobileNetError("invalid-image", "the file is too large", {
          node: path,
          expected: `at most ${most} bytes`,
          received: `${status.size}`,
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof MobileNetError ? error : fileFailure(path, error);
  }
}

/** A picture's pixels. */
export async function readPicture(
  path: string,
  signal?: AbortSignal | undefined,
): Promise<RgbImage> {
  throwIfAborted(signal);
  return await decodeImage(await readBytes(path), { signal });
}

function fileFailure(path: string, error: unknown): MobileNetError {
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  return missing
    ? new MobileNetError("not-found", "no such file or folder", { node: path, cause: error })
    : new MobileNetError("io", describeError(error), { node: path, cause: error });
}
