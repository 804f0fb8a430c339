/**
 * A model as it lies on disk or comes over the network: bytes by relative path. Every reader takes
 * this, so that the same code serves folders, archives, URLs and a browser's file picker; paths and
 * sizes come from untrusted files and are checked here.
 */
import { describeError, MobileNetError } from "../errors.ts";

/** The files of one model: path with forward slashes, as `model.json` or `model/model.json` → bytes. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** Letters, digits and harmless marks; no percent signs, colons or backslashes. */
const safeSegment: RegExp = /^[\w.@+=~ ()-]+$/;

/**
 * Whether a path that a model file names stays below that file's folder, on disk and in a URL.
 *
 * @example
 * ```ts
 * isSafePath("group1-shard1of1.bin"); // true
 * isSafePath("../secret"); // false
 * ```
 */
export function isSafePath(path: string): boolean {
  return (
    path.length <= 1024 &&
    path
      .split("/")
      .every((segment) => safeSegment.test(segment) && segment !== "." && segment !== "..")
  );
}

/** The folder part of a path with its slash, or nothing. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The shallowest path whose name is one of those given; the earlier name wins at equal depth. */
export function findByName(paths: Iterable<string>, names: readonly string[]): string | undefined {
  const depth = (path: string): number => path.split("/").length;
  return [...paths]
    .filter((path) => names.includes(fileNameOf(path)))
    .sort(
      (a, b) => depth(a) - depth(b) || names.indexOf(fileNameOf(a)) - names.indexOf(fileNameOf(b)),
    )[0];
}

/** The bytes of a file that must be there. */
export function requireFile(files: ModelFiles, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) {
    throw new MobileNetError("invalid-model", "a file of the model is missing", {
      node: path,
      expected: "the file beside the others",
      received: `${files.size} other files`,
      remedy: "Copy or download the model again with all its files.",
    });
  }
  return bytes;
}

/** UTF-8 bytes as text. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * JSON from bytes.
 *
 * @throws MobileNetError `invalid-model` naming the file where it is not JSON.
 */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(decodeText(bytes));
  } catch (error) {
    throw new MobileNetError("invalid-model", "the file is not JSON", {
      node: path,
      received: describeError(error),
      cause: error,
    });
  }
}

/** A JSON object, as opposed to an array, a scalar or nothing. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for a part of a model that is not as it must be. */
export function invalidModel(
  node: string,
  summary: string,
  expected: string,
  received: string,
): MobileNetError {
  return new MobileNetError("invalid-model", summary, { node, expected, received });
}
