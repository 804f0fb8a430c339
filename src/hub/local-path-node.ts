/**
 * What a user's text names on this machine's disk: a path or a `file:` address, and whether anything
 * is there. The command line asks before it loads anything, loading asks again.
 */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeError, MobileNetError } from "../errors.ts";

/** A path and what is there. */
export interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * What a source names, or nothing where nothing is there.
 *
 * @throws MobileNetError `invalid-argument` for a `file:` address that names no path.
 */
export async function findOnDisk(source: string): Promise<Found | undefined> {
  const path = localPath(source);
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? undefined : { path, stats };
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
