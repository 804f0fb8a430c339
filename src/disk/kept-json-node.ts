/**
 * JSON that the library keeps in a folder for itself, to go on from: the options of a run, what its epochs
 * came to. Whatever has become of such a file, its reader says which file it is and what to do about it.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { statusIfThere } from "./entries-node.ts";
import { kindOfOther } from "./open-node.ts";
import { readBytes } from "./read-node.ts";

/** The error of a file that is not as it must be. */
export type DamagedJson = (expected: string, received: string, cause?: unknown) => MobileNetError;

/** What a file is and how it is read. */
export interface KeptJson<T> {
  /** The most bytes that it may have. */
  readonly most: number;
  /** What an error says: "what the run says of itself cannot be read". */
  readonly summary: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Bytes as JSON, where that is bounded by more than bytes. */
  parse?(bytes: Uint8Array, path: string): unknown;
  /** What the JSON says; throws what `damaged` makes where that is something else. */
  read(json: unknown, damaged: DamagedJson): T;
}

/**
 * What such a file says; undefined where there is none.
 *
 * @throws MobileNetError `io` where it is too large, no JSON, JSON of something else, or no file but a
 *   folder or a pipe.
 */
export async function readKeptJson<T>(
  path: string,
  { most, summary, remedy, parse, read }: KeptJson<T>,
): Promise<T | undefined> {
  const damaged: DamagedJson = (expected, received, cause) =>
    new MobileNetError("io", summary, { node: path, expected, received, remedy, cause });
  const status = await statusIfThere(path);
  if (status === undefined) return undefined;
  if (!status.isFile()) throw damaged("a file of JSON", kindOfOther(status));
  if (status.size > most) throw damaged(`at most ${most} bytes`, quote(status.size));
  const bytes = await readBytes(path, { most, code: "io" });
  let json: unknown;
  try {
    json = parse === undefined ? JSON.parse(new TextDecoder().decode(bytes)) : parse(bytes, path);
  } catch (error) {
    throw damaged("JSON, as it was written", startOf(bytes), error);
  }
  return read(json, damaged);
}

/** How long a file that is no JSON is, and how it begins. */
function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const text = new TextDecoder().decode(bytes.subarray(0, 40));
  return `${bytes.length} bytes that begin with ${quote(text)}`;
}
