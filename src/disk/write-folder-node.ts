/**
 * Files that are one thing together, in a folder that one of them makes readable: all are written
 * elsewhere first, then take their places by renames, that one last. So who reads meanwhile, or after a
 * crash, finds the old ones, the new ones or nothing to read.
 */

import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { namesIn, removeEntry, renameEntry, statusIfThere } from "./entries-node.ts";
import { fileError } from "./file-error-node.ts";
import { makeFolder } from "./folder-node.ts";
import { temporaryFolder } from "./temporary-node.ts";
import { writeWhole } from "./write-node.ts";

/** How a folder's files are written. */
export interface FolderWriteOptions {
  /** The name of the file without which the others are nothing. */
  readonly main: string;
  /** Whether a file of this name, which is none of the new ones, goes. */
  readonly isReplaced: (name: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes files into a folder, which is made where it is missing; other files in it stay.
 *
 * @throws MobileNetError `io`, `aborted`; what was there then stays.
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  { main, isReplaced, signal }: FolderWriteOptions,
): Promise<void> {
  throwIfAborted(signal);
  const isNew = (await statusIfThere(folder)) === undefined;
  let partial: string | undefined;
  try {
    await makeFolder(folder);
    partial = await temporaryFolder(folder);
    for (const [name, bytes] of files) await writeWhole(join(partial, name), bytes, { signal });
    const old = (await namesIn(folder)).filter((name) => isReplaced(name) && !files.has(name));
    for (const name of [main, ...old]) await rm(join(folder, name), { force: true });
    const others = [...files.keys()].filter((name) => name !== main);
    for (const name of [...others, main]) {
      await renameEntry(join(partial, name), join(folder, name));
    }
  } catch (error) {
    throw error instanceof MobileNetError ? error : fileError(folder, error);
  } finally {
    if (partial !== undefined) await removeEntry(partial).catch(() => undefined);
    // Goes only where it is empty, that is where nothing came of it.
    if (isNew) await rmdir(folder).catch(() => undefined);
  }
}
