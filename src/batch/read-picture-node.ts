/** A picture's bytes from wherever its line says. */
import { join, resolve } from "node:path";
import { insidePath } from "../data/inside-path.ts";
import { pictureLimit } from "../data/picture-files-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { withRanges } from "../disk/range-node.ts";
import { readRegularFile } from "../disk/read-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { crc32 } from "../formats/crc32.ts";
import { inflate } from "../formats/inflate.ts";
import { quote } from "../untrusted.ts";
import type { BatchSource } from "./job.ts";
import type { ArchivePlace, ListedPicture } from "./listing.ts";
import { isBucketAddress, openBucket } from "./s3-node.ts";
import { memberStart } from "./zip-node.ts";

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
  picture: ListedPicture,
  source: BatchSource,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { path } = picture;
  const isListed = source.kind === "list";
  if (source.kind === "s3" || (isListed && isBucketAddress(path))) {
    return await readObject(isListed ? path : `${source.place}/${path}`);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(picture, source, signal);
    } catch (error) {
      throwIfAborted(signal);
      const known = error instanceof MobileNetError ? error : fileError(undefined, error);
      if (known.code !== "io" || attempt === attempts) throw known;
      await new Promise((wake) => setTimeout(wake, pauseMilliseconds));
    }
  }
}

async function readOnce(
  { path, at }: ListedPicture,
  source: BatchSource,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (source.kind === "zip" || source.kind === "tar")
    return await readMember(source.place, path, at);
  const file = source.kind === "list" ? resolve(source.place, path) : insideFile(source, path);
  const bytes = await readRegularFile(file, { allow: allowSize, signal });
  if (bytes !== undefined) return bytes;
  throw new MobileNetError("io", "this is no file", { expected: "a file" });
}

async function readObject(address: string): Promise<Uint8Array> {
  const [, name = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  const bytes = await (await openBucket(name)).get(key, pictureLimit.most);
  if (bytes !== undefined) return bytes;
  throw new MobileNetError("not-found", "no such file or folder", { remedy: "Check the path." });
}

/** A file of an archive, from where the listing says that it lies. */
async function readMember(
  archive: string,
  path: string,
  at: ArchivePlace | undefined,
): Promise<Uint8Array> {
  if (at === undefined) throw new MobileNetError("invalid-data", "the listing has no place for it");
  allowSize(Math.max(at.bytes, at.packedBytes));
  return await withRanges(archive, async (file) => {
    const from = at.checksum === undefined ? at.offset : await memberStart(file, at.offset);
    const packed = await file.read(from, at.packedBytes);
    const bytes =
      at.method === 0
        ? packed
        : await inflate(packed, { format: "deflate-raw", most: at.bytes, place: path }).catch(
            (cause: unknown) => {
              throw damagedMember(describeError(cause), cause);
            },
          );
    const isWhole = at.checksum === undefined || crc32(bytes) === at.checksum;
    if (bytes.length === at.bytes && isWhole) return bytes;
    throw damagedMember(`${bytes.length} of ${at.bytes} bytes, or others`);
  });
}

function damagedMember(received: string, cause?: unknown): MobileNetError {
  return new MobileNetError("invalid-image", "the file in the archive is damaged", {
    received,
    cause,
  });
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
function allowSize(size: number): void {
  if (size <= pictureLimit.most) return;
  throw new MobileNetError("invalid-image", "too many bytes for an image", {
    expected: `at most ${pictureLimit.most}`,
    received: quote(size),
  });
}
