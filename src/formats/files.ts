/**
 * A model as it lies on disk or comes over the network: bytes by relative path. Every reader takes
 * this, so that the same code serves folders, archives, URLs and a browser's file picker; paths and
 * sizes come from untrusted files and are checked here.
 */
import { describeError, MobileNetError } from "../errors.ts";

/** The files of one model: path with forward slashes, as `model.json` or `model/model.json` → bytes. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** A model's files, or the bytes of its only one: a `.tflite` file, say, or an archive of the others. */
export type ModelBytes = ModelFiles | Uint8Array;

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

/** What files of this family need many times over: of bytes, of brackets inside brackets, of values. */
const mostJson: JsonLimits = { bytes: 32 * 2 ** 20, depth: 100, values: 2_000_000 };

/**
 * JSON from bytes, within bounds that are checked before anything is made of it.
 *
 * @throws MobileNetError `invalid-model` naming the file where it is not JSON, or out of all proportion.
 */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  checkJsonSize(bytes, path);
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

/** What JSON may hold. */
export interface JsonLimits {
  readonly bytes: number;
  /** Brackets inside brackets. */
  readonly depth: number;
  readonly values: number;
}

/** Counts what would be made: the parser itself takes gigabytes of memory for megabytes of brackets. */
export function checkJsonSize(bytes: Uint8Array, path: string, most: JsonLimits = mostJson): void {
  const refuse = (expected: string, received: string): never => {
    throw invalidModel(path, "the JSON is out of all proportion", expected, received);
  };
  const { length } = bytes;
  if (length > most.bytes) refuse(`at most ${most.bytes} bytes`, `${length}`);
  let [depth, values] = [0, 0];
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (byte === quotationMark) i = endOfString(bytes, i);
    else if (byte === comma) values++;
    else if (byte === openBracket || byte === openBrace) {
      values++;
      if (++depth > most.depth) {
        refuse(`at most ${most.depth} brackets inside each other`, "more");
      }
    } else if (byte === closeBracket || byte === closeBrace) depth--;
    if (values > most.values) refuse(`at most ${most.values} values`, "more");
  }
}

const [quotationMark, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The place of the quotation mark that ends a string. */
function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== quotationMark) i += bytes[i] === backslash ? 2 : 1;
  return i;
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
