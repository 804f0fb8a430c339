/** Files that are old or new but never half: written beside their place, flushed, and renamed. */
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { describeError, MobileNetError } from "../errors.ts";
import type { CheckpointStore } from "./checkpoint.ts";

/**
 * A checkpoint in a file.
 *
 * @example
 * ```ts
 * const checkpoint = fileCheckpoint("runs/flowers/checkpoint.safetensors");
 * await checkpoint.load(); // undefined
 * ```
 */
export function fileCheckpoint(path: string): CheckpointStore {
  return {
    save: (bytes) => writeAtomically(path, bytes),
    load: async () => {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw new MobileNetError("io", "the checkpoint cannot be read", {
          node: path,
          received: describeError(error),
          cause: error,
        });
      }
    },
  };
}

/**
 * Replaces a file at once.
 *
 * @throws MobileNetError `io` where the folder cannot be written; the old file then stays.
 */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new MobileNetError("io", "the file cannot be written", {
      node: path,
      received: describeError(error),
      remedy: "Check that the folder exists, may be written to and has room.",
      cause: error,
    });
  }
}

/** Makes a rename outlast a power cut, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
