/** Reading from the disk: what is in a folder, and files' bytes and texts within bounds. */
import { type FileHandle, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorCode, MobileNetError, throwIfAborted } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { codeOf, fileError } from "./file-error-node.ts";
import { kindOfOther, noFile, openToRead } from "./open-node.ts";

/** Whether a folder or file is there. */
export async function kindOf(path: string): Promise<"folder" | "file" | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return "folder";
  return status?.isFile() ? "file" : undefined;
}

/** A folder's entries in order of name, hidden ones left out. */
export async function listFolder(
  folder: string,
): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const kind = entry.isSymbolicLink()
        ? await stat(join(folder, entry.name)).catch(() => entry)
        : entry;
      if (kind.isDirectory()) folders.push(entry.name);
      else if (kind.isFile()) files.push(entry.name);
    }
    return { folders: folders.sort(), files: files.sort() };
  } catch (error) {
    throw fileError(folder, error);
  }
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
