/** What commands have in common that make a file of a model, with pictures. */
import { dirname, resolve } from "node:path";
import { statusIfThere } from "../disk/entries-node.ts";
import { placeError } from "../errors.ts";
import { lookUpRecord } from "../hub/lookup.ts";
import type { RgbImage } from "../image/image.ts";
import { type ImageSource, readImage } from "./images.ts";
import { requireExisting } from "./model-options.ts";
import { readRun } from "./train/run-file.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Refuses a model that is not there, and files that may not take its place.
 *
 * @param made - The paths of what is made.
 * @param run - Of the file that says what it was trained on.
 * @throws UsageError, or MobileNetError for a file of marks that says something else.
 */
export async function checkMadeFile(
  source: string,
  made: readonly string[],
  run: string,
): Promise<void> {
  if (lookUpRecord(source) === undefined) await requireExisting(source);
  for (const path of made) {
    if (resolve(source) !== resolve(path)) continue;
    throw new UsageError("--out would overwrite the model", { received: path });
  }
  // One that says something else is not replaced.
  await readRun(run);
}

/**
 * Refuses a file beside the made one that would take the place of one of the model's own.
 *
 * @throws UsageError where it lies in the model's folder.
 */
export async function checkFileBeside(source: string, path: string): Promise<void> {
  if (lookUpRecord(source) !== undefined || (await statusIfThere(source)) === undefined) return;
  const folder = dirname(resolve(path));
  const isModels = resolve(source) === folder || dirname(resolve(source)) === folder;
  if (!isModels || (await statusIfThere(path)) === undefined) return;
  throw new UsageError("a file of the model's own folder would be overwritten", {
    received: path,
    remedy: "Name a file in another folder as --out.",
  });
}

/** Functions that read and decode pictures when they are called; their errors name the file. */
export function pictureReaders(
  images: readonly ImageSource[],
  io: Parameters<typeof readImage>[1],
  decode: (bytes: Uint8Array) => Promise<RgbImage>,
): (() => Promise<RgbImage>)[] {
  return images.map((image) => () => {
    return readImage(image, io)
      .then(decode)
      .catch((error: unknown) => {
        throw placeError(error, image.name);
      });
  });
}

/** The error for an option that the command cannot do without. */
export function missingOption(option: string, example: string): UsageError {
  return new UsageError(`--${option} is missing`, {
    remedy: `Give one, say --${option} ${example}.`,
  });
}
