/**
 * A listing's lines. A listing is frozen: what stands in it at the beginning is what the job is about,
 * whatever becomes of the folders meanwhile. A line is JSON, an array: the number of the source, the path
 * in it, and of a file in an archive where its bytes lie.
 */
import { MobileNetError } from "../errors.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { BatchSource } from "./job.ts";

/** Where the bytes of a file in an archive lie. */
export interface ArchivePlace {
  readonly offset: number;
  /** As they lie there, and unpacked. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** Zip's: 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  /** CRC-32 of what is unpacked; absent where the archive has none. */
  readonly checksum?: number;
}

/** A picture in its source. */
export interface FoundPicture {
  /** Below its source. */
  readonly path: string;
  readonly at?: ArchivePlace;
}

/** A picture of a listing. */
export interface ListedPicture extends FoundPicture {
  /** The number of its source. */
  readonly source: number;
}

/** A picture's line. */
export function listedLine({ source, path, at }: ListedPicture): string {
  const place =
    at === undefined
      ? []
      : [
          at.offset,
          at.packedBytes,
          at.bytes,
          at.method,
          ...(at.checksum === undefined ? [] : [at.checksum]),
        ];
  return `${JSON.stringify([source, path, ...place])}\n`;
}

/**
 * The pictures of a part of a listing.
 *
 * @throws MobileNetError `invalid-data` where a line is none.
 */
export function readListing(text: string, sources: number): readonly ListedPicture[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => readLine(line, sources));
}

function readLine(line: string, sources: number): ListedPicture {
  const bad = (): MobileNetError =>
    new MobileNetError("invalid-data", "a line of the listing is damaged", {
      expected: "a source, a path, and of archives a place",
      received: quote(line),
    });
  let parts: unknown;
  try {
    parts = JSON.parse(line);
  } catch {
    throw bad();
  }
  if (!Array.isArray(parts)) throw bad();
  const [source, path, ...place] = parts as unknown[];
  if (!isWhole(source) || source >= sources || typeof path !== "string") throw bad();
  if (place.length === 0) return { source, path };
  const [offset, packedBytes, bytes, method, checksum] = place;
  if (!isWhole(offset) || !isWhole(packedBytes) || !isWhole(bytes)) throw bad();
  if (method !== 0 && method !== 8) throw bad();
  if (checksum === undefined) return { source, path, at: { offset, packedBytes, bytes, method } };
  if (!isWhole(checksum)) throw bad();
  return { source, path, at: { offset, packedBytes, bytes, method, checksum } };
}

function isWhole(value: unknown): value is number {
  return isNumberIn(value, 0, Number.MAX_SAFE_INTEGER) && Number.isInteger(value);
}

/** A picture's name in results: the path below what the user named. */
export function pictureName({ kind, named }: BatchSource, path: string): string {
  if (kind === "list" || named === "") return path;
  if (kind === "s3") return `${named}${path}`;
  return `${named.replace(/\/+$/, "")}/${path}`;
}
