/**
 * Decoded pictures in a folder, so that a file is decoded once and not in every run: one entry for each
 * picture, under a name that follows from its path, size and time of change, the copy that is wanted and
 * the decoder. Entries appear whole, and any that is not as it was written counts as absent; so processes
 * may share the folder, and no damage in it changes a pixel.
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Kind } from "../check-fields.ts";
import { requireWritable, statusIfThere } from "../disk/entries-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { makeFolder } from "../disk/folder-node.ts";
import { loadSharp } from "../disk/packages-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { RgbImage } from "../image/image.ts";
import { type PictureLimits, resolveLimits } from "../image/limits.ts";
import { decodeEntry, encodeEntry, headerBytes } from "./cache-entry-node.ts";
import { readPicture } from "./picture-files-node.ts";
import type { PictureCopy } from "./pictures.ts";

/** Counts changes of this library's own decoding that change pixels. */
const decoding = 1;

/** The kind of an option that names such a folder. */
export const cacheKind: Kind = {
  expected: "a folder's path, as text",
  fits: (folder) => typeof folder === "string" && folder !== "",
};

/** How a picture's copy is had. */
interface CopyReading extends PictureLimits {
  /** The copy that is wanted; the whole picture where absent. */
  readonly copy: PictureCopy | undefined;
  /** The folder of entries; nothing is kept where absent. */
  readonly cache: string | undefined;
}

/**
 * A picture's pixels or those of a copy, from the cache where it has them; else decoded and put there.
 *
 * @throws MobileNetError what reading and decoding throw; `io` where the cache cannot be written.
 */
export async function readCopy(
  path: string,
  { copy, cache, ...given }: CopyReading,
): Promise<RgbImage> {
  const limits = resolveLimits(given);
  const read = () => readPicture(path, limits, copy?.least);
  const before = cache === undefined ? undefined : await stateOf(path);
  if (cache === undefined || before === undefined) return await read();
  const parts = [resolve(path), before, copy?.name ?? "whole", limits, await decoder()];
  const key = createHash("sha256").update(JSON.stringify(parts)).digest();
  const entry = entryPath(cache, key);
  const known = await readEntry(entry, key, limits.maxPixels);
  if (known !== undefined) return known;
  const image = await read();
  // A file that was replaced meanwhile is not what the key stands for.
  if ((await stateOf(path)) === before) {
    await writeWhole(entry, encodeEntry(key, image)).catch((error: unknown) => {
      throw unwritable(cache, error);
    });
  }
  return image;
}

/**
 * Makes a cache's folder, or sees that it can be written to.
 *
 * @throws MobileNetError `io` where it cannot; `aborted`.
 */
export async function openPictureCache(folder: string, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  try {
    await makeFolder(folder);
    await requireWritable(folder);
  } catch (error) {
    throw unwritable(folder, fileError(undefined, error));
  }
}

/** Where a key's entry lies: a few hundred folders, so that none has too many files. */
function entryPath(cache: string, key: Buffer): string {
  const name = key.toString("hex");
  return join(cache, name.slice(0, 2), `${name}.rgb`);
}

/** What tells a file from what it was before; undefined where reading has to say why there is none. */
async function stateOf(path: string): Promise<string | undefined> {
  const status = await statusIfThere(path);
  return status && `${status.size} ${status.mtimeNs}`;
}

/** The decoder's versions and those of the libraries in it. */
async function decoder(): Promise<string> {
  const versions = await loadSharp().then(
    (sharp) => JSON.stringify(sharp.versions),
    () => "none",
  );
  return `${decoding} ${versions}`;
}

/** An entry's picture; undefined where there is none that is whole. */
async function readEntry(
  path: string,
  key: Uint8Array,
  maxPixels: number,
): Promise<RgbImage | undefined> {
  const limit = { most: headerBytes + 3 * maxPixels, code: "invalid-data" } as const;
  const bytes = await readBytes(path, limit).catch(() => undefined);
  return bytes && decodeEntry(key, bytes);
}

function unwritable(folder: string, cause: unknown): MobileNetError {
  return new MobileNetError("io", "decoded pictures cannot be kept there", {
    node: folder,
    expected: "a folder that can be written to",
    received: describeError(cause),
    remedy: "Name another folder with --cache (`cache` in code), or train without one.",
    cause,
  });
}
