/** Where the files of a model may lie: what every such place can do, and files that are bytes already. */
import { MobileNetError } from "../errors.ts";
import { badValue, detachedWords, isDetached } from "../wrong-argument.ts";
import { findByName, type ModelBytes, type ModelFiles, requireFile } from "./files.ts";
import type { UnparsedLabels } from "./format.ts";
import type { ByteBudget, ReadFile, ReadFileIfThere } from "./reading.ts";

/** A folder, an address or a set of files, with one model in it. */
export interface FileSource {
  /** The files among which the main file is, by their paths: all of a folder's, or one that was named. */
  readonly paths: readonly string[];
  /** Where a file lies, for messages. */
  place(path: string): string;
  /** Reads a file, listed or not. */
  readonly read: ReadFile;
  /** The same for a file that need not be there. */
  readonly readIfThere: ReadFileIfThere;
  /** The first of some files that is there; nothing where none is, or where it would have to be asked for. */
  readFirst(
    names: readonly string[],
    budget: ByteBudget,
    signal: AbortSignal | undefined,
  ): Promise<UnparsedLabels | undefined>;
}

/**
 * Files that are bytes already, as a browser's file picker, an archive or the hub gives them.
 *
 * @throws MobileNetError `invalid-argument` for anything else: JavaScript's callers may give anything.
 */
export function bytesSource(given: ModelBytes): FileSource {
  const files = given instanceof Uint8Array ? new Map([[nameless, given]]) : given;
  requireFiles(files);
  return {
    paths: [...files.keys()],
    place: (path) => path,
    read: async (path) => requireFile(files, path),
    readIfThere: async (path) => files.get(path),
    readFirst: async (names) => {
      const path = findByName(files.keys(), names);
      return path === undefined ? undefined : { path, bytes: requireFile(files, path) };
    },
  };
}

/** What a file is called whose bytes are all that was given. */
const nameless = "model";

function requireFiles(files: unknown): asserts files is ModelFiles {
  const isFile = ([path, bytes]: readonly unknown[]): boolean =>
    typeof path === "string" && bytes instanceof Uint8Array;
  if (files instanceof Map && [...files].every(isFile)) {
    for (const [path, bytes] of files) {
      if (isDetached(bytes)) throw badFile(path);
    }
    return;
  }
  throw badValue(
    "this names no model",
    "a name, an address, a path, a file's bytes as a Uint8Array, or a Map from paths to them",
    files,
  );
}

function badFile(path: string): MobileNetError {
  return new MobileNetError("invalid-argument", "a file's bytes are gone", {
    node: path,
    expected: "a Uint8Array with the file's bytes",
    received: detachedWords,
    remedy: "Read the file again, or pass a copy where it was given away.",
  });
}
