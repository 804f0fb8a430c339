/**
 * What a user's text names on this machine's disk: a path or a `file:` address, and whether anything
 * is there. The command line asks before it loads anything, loading asks again.
 */
import { fileURLToPath } from "node:url";
import { statusIfThere } from "../disk/entries-node.ts";
import { describeError, MobileNetError } from "../errors.ts";

/** A path that leads somewhere. */
export interface Found {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * What a source names, or nothing where nothing is there.
 *
 * @throws MobileNetError `invalid-argument` for a `file:` address that names no path.
 */
export async function findOnDisk(source: string): Promise<Found | undefined> {
  const path = localPath(source);
  const status = await statusIfThere(path);
  return status && { path, isFolder: status.isDirectory() };
}

function localPath(source: string): string {
  if (!source.startsWith("file:")) return source;
  try {
    return fileURLToPath(source);
  } catch (cause) {
    throw new MobileNetError("invalid-argument", "the file address names no path", {
      expected: "file:///path/to/model.json on this machine",
      received: `${source.slice(0, 200)} (${describeError(cause)})`,
      remedy: "Give the path itself.",
      cause,
    });
  }
}
