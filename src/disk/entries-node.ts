/**
 * What stands in folders, looked at and taken away without being opened: the rest of the library asks
 * here and never the system itself, so that nothing is opened unseen.
 */

import type { BigIntStats } from "node:fs";
import { access, constants, readdir, realpath, rename, rm, stat } from "node:fs/promises";

/** What a path leads to, through links; the system's error where it leads to nothing. */
export function statusOf(path: string): Promise<BigIntStats> {
  return stat(path, { bigint: true });
}

/** The same, or nothing where it leads to nothing or nobody may look. */
export function statusIfThere(path: string): Promise<BigIntStats | undefined> {
  return statusOf(path).catch(() => undefined);
}

/** The names in a folder in order, hidden ones too; the system's error where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** The paths of everything below a folder, in order; none where there is no folder. */
export async function pathsBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }).catch((): string[] => [])).sort();
}

/** Takes a file or folder away with all that is in it; nothing there is fine. */
export function removeEntry(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

/** Gives a file or folder another name on the same disk. */
export function renameEntry(from: string, to: string): Promise<void> {
  return rename(from, to);
}

/** Throws the system's error where a folder cannot be written to. */
export function requireWritable(folder: string): Promise<void> {
  return access(folder, constants.W_OK | constants.X_OK);
}

/** A path without links; nothing where it leads to nothing that has a path. */
export function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
