/** A picture's bytes from wherever its line says. */
import { join, resolve } from "node:path";
import { insidePath } from "../data/inside-path.ts";
import { pictureLimit } from "../data/picture-files-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { readRegularFile } from "../disk/read-node.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { quote } from "../untrusted.ts";
import type { BatchSource } from "./job.ts";
import type { ListedPicture } from "./listing.ts";

/** How often a disk that fails is asked: a shared one may be away for a moment. */
const attempts = 3;
const pauseMilliseconds = 250;

/**
 * Reads a picture.
 *
 * @throws MobileNetError `invalid-image`, `not-found` or `io`, which are the picture's own; others end the
 *   unit.
 */
export async function readListed(
  { path }: ListedPicture,
  source: BatchSource,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const file = source.kind === "list" ? resolve(source.place, path) : insideFile(source, path);
  for (let attempt = 1; ; attempt++) {
    try {
      const bytes = await readRegularFile(file, { allow: allowSize, signal });
      if (bytes !== undefined) return bytes;
      throw new MobileNetError("io", "this is no file", { expected: "a file" });
    } catch (error) {
      throwIfAborted(signal);
      const known = error instanceof MobileNetError ? error : fileError(undefined, error);
      if (known.code !== "io" || attempt === attempts) throw known;
      await new Promise((wake) => setTimeout(wake, pauseMilliseconds));
    }
  }
}

function insideFile({ place }: BatchSource, path: string): string {
  const inside = insidePath("", path);
  if (inside !== undefined) return join(place, inside);
  throw new MobileNetError("invalid-data", "a path leads out of its folder", {
    expected: "a path below the source",
    received: quote(path),
  });
}

/** Refuses what no picture is large enough for, before memory is taken for it. */
export function allowSize(size: number): void {
  if (size <= pictureLimit.most) return;
  throw new MobileNetError("invalid-image", "too many bytes for an image", {
    expected: `at most ${pictureLimit.most}`,
    received: quote(size),
  });
}
