/** Reading from the disk: what is in a folder, and files' bytes and texts within bounds. */
import { type FileHandle, lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorCode, MobileNetError, throwIfAborted } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { realPathOf } from "./entries-node.ts";
import { codeOf, fileError } from "./file-error-node.ts";
import { kindOfOther, noFile, openToRead } from "./open-node.ts";

/** Whether a folder or file is there. */
export async function kindOf(path: string): Promise<"folder" | "file" | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return "folder";
  return status?.isFile() ? "file" : undefined;
}

/** What a folder holds, in order of name; hidden entries are left out. */
export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Pipes, sockets, devices and links that lead nowhere. */
  readonly others: readonly string[];
  /** What leads to a folder or file that the walk has come to already. */
  readonly repeated: readonly string[];
  /** So many entries have names that are no text: nobody can open them by it. */
  readonly nameless: number;
}

/**
 * What a walk through folders has come to: each folder, and each file under its path without links, comes
 * once, so that links lead round in no circle and no picture stands in two places.
 */
export class Walk {
  readonly #folders = new Set<string>();
  readonly #files = new Set<string>();

  /** Whether a folder comes for the first time. */
  async enters(folder: string): Promise<boolean> {
    const { dev, ino } = await stat(folder, { bigint: true });
    return isNew(this.#folders, `${dev}:${ino}`);
  }

  /** Whether a file comes for the first time, by its path without links. */
  meets(realPath: string): boolean {
    return isNew(this.#files, realPath);
  }
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A folder's entries; with a walk, those that it has not come to yet. */
export async function listFolder(folder: string, walk?: Walk): Promise<Listing> {
  const folders: string[] = [];
  const files: string[] = [];
  const others: string[] = [];
  const repeated: string[] = [];
  let nameless = 0;
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const place = walk && ((await realPathOf(folder)) ?? folder);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry;
      if (name.startsWith(".")) continue;
      const path = join(folder, name);
      // Bytes that are no text became this mark, which some names have of their own.
      if (name.includes("\ufffd") && !(await isThere(path))) {
        nameless++;
        continue;
      }
      const isLink = entry.isSymbolicLink();
      const kind = isLink ? await stat(path).catch(() => entry) : entry;
      if (kind.isDirectory()) {
        // Asked at once, as a folder of classes is listed before any is looked into.
        if (walk === undefined || (await walk.enters(path))) folders.push(name);
        else repeated.push(name);
      } else if (kind.isFile()) {
        const real = isLink && walk ? await realPathOf(path) : place && join(place, name);
        if (walk === undefined || real === undefined || walk.meets(real)) files.push(name);
        else repeated.push(name);
      } else others.push(name);
    }
    return { folders, files, others, repeated, nameless };
  } catch (error) {
    throw fileError(folder, error);
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/** The most bytes that a file may have, and the code of the error where it has more. */
export interface ReadLimit {
  readonly most: number;
  readonly code: ErrorCode;
}

/** A file's bytes, of which no more are read than are allowed. */
export async function readBytes(path: string, { most, code }: ReadLimit): Promise<Uint8Array> {
  const allow = (size: number): void => {
    if (size <= most) return;
    throw new MobileNetError(code, "the file is too large", {
      node: path,
      expected: `at most ${most} bytes`,
      received: quote(size),
    });
  };
  const bytes = await readRegularFile(path, { allow }).catch((error: unknown) => {
    throw error instanceof MobileNetError ? error : fileError(path, error);
  });
  if (bytes !== undefined) return bytes;
  const status = await stat(path).catch(() => undefined);
  throw noFile(path, status === undefined ? "nothing" : kindOfOther(status));
}

/** The beginning of a file, of so many bytes at most. */
export async function readStart(path: string, most: number): Promise<Uint8Array> {
  const handle = await openToRead(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (handle === undefined) {
    const status = await stat(path).catch(() => undefined);
    throw noFile(path, status === undefined ? "nothing" : kindOfOther(status));
  }
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await handle.close();
  }
}

/** A file's size with its first and last bytes, so many of each: all of a small one. Nothing where it cannot be read. */
export async function readEnds(
  path: string,
  most: number,
): Promise<{ readonly size: number; readonly ends: Uint8Array } | undefined> {
  const handle = await openToRead(path).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, 2 * most));
    const first = Math.min(most, bytes.length);
    const last = bytes.length - first;
    await handle.read(bytes, 0, first, 0);
    await handle.read(bytes, first, last, size - last);
    return { size, ends: bytes };
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/** A file's bytes, or nothing where there is no such file. */
export async function readBytesIfThere(
  path: string,
  limit: ReadLimit,
): Promise<Uint8Array | undefined> {
  try {
    return await readBytes(path, limit);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A file's bytes where it is a file of exactly this size; nothing where it is not, or cannot be read. */
export async function readBytesOfSize(path: string, size: number): Promise<Uint8Array | undefined> {
  const allow = (found: number): void => {
    if (found !== size) throw new MobileNetError("io", "the file has another size");
  };
  return await readRegularFile(path, { allow }).catch(() => undefined);
}

/** What is read of a text of data: V8's strings end a little above. */
export const textLimit: ReadLimit = { most: 500_000_000, code: "invalid-data" };

/**
 * The text of a file that describes data.
 *
 * @throws MobileNetError `invalid-data` where it is larger than any text.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path, textLimit);
  return new TextDecoder().decode(bytes);
}

/** How a file of unknown size is read. */
export interface ReadFileOptions {
  /** Gets the size before anything is allocated, and throws where it is too large. */
  readonly allow: (size: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A file's bytes; undefined for folders, and for devices and pipes, which have no size. The file system's
 * errors pass as they are, for the caller to say what they mean.
 */
export async function readRegularFile(
  path: string,
  { allow, signal }: ReadFileOptions,
): Promise<Uint8Array | undefined> {
  const handle = await openToRead(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    allow(size);
    return await readExactly(handle, new Uint8Array(size), signal);
  } finally {
    await handle.close();
  }
}

/** Read at a time: most models in one or two pieces, and some tens of milliseconds of a slow disk. */
const pieceBytes = 8 * 2 ** 20;

/** Fills the bytes from the file's start; between pieces the signal is heard. */
async function readExactly(
  handle: FileHandle,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (let filled = 0; filled < bytes.length; ) {
    throwIfAborted(signal);
    const length = Math.min(bytes.length - filled, pieceBytes);
    const { bytesRead } = await handle.read(bytes, filled, length, filled);
    if (bytesRead === 0) {
      throw new MobileNetError("io", "the file became shorter while it was read", {
        expected: `${bytes.length} bytes`,
        received: quote(filled),
      });
    }
    filled += bytesRead;
  }
  return bytes;
}
