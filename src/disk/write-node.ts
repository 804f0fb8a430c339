/**
 * The one writer of files. A file is old or new but never half: its bytes go into a temporary file
 * beside it, which is then renamed; folders that are missing are made.
 */
import { openSync } from "node:fs";
import { constants, open, rename, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { realPathOf, statusIfThere } from "./entries-node.ts";
import { fileError } from "./file-error-node.ts";
import { makeFolder } from "./folder-node.ts";
import { kindOfOther, noFile, noWaiting, patienceMilliseconds, silentPipe } from "./open-node.ts";
import { removeLeftovers, temporaryName } from "./temporary-node.ts";

/** How a file is written. */
export interface WriteOptions {
  /** Outlasts a power cut, where the system can: for what nobody can make again at once. */
  readonly lasting?: boolean | undefined;
  /** Cancels the writing; what was there stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file whole or not at all, also for readers that look meanwhile. Devices and pipes are
 * written to directly.
 *
 * @throws MobileNetError `io` where it cannot be written (`not-found` where its folder is nowhere and
 *   cannot be made), `aborted`; what was there then stays.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/results-");
 * await writeWhole(`${folder}/drawn/report.json`, "{}");
 * await readFile(`${folder}/drawn/report.json`, "utf8"); // "{}"
 * await rm(folder, { recursive: true });
 * ```
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | string,
  { lasting = false, signal }: WriteOptions = {},
): Promise<void> {
  throwIfAborted(signal);
  try {
    if (await isWrittenDirectly(path)) return await writeToDevice(path, bytes, signal);
  } catch (error) {
    throwIfAborted(signal);
    throw error instanceof MobileNetError ? error : fileError(path, error);
  }
  const folder = dirname(path);
  const temporary = join(folder, await temporaryName());
  try {
    await makeFolder(folder);
    await removeLeftovers(folder);
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      if (lasting) await file.sync();
    } finally {
      await file.close();
    }
    throwIfAborted(signal);
    await rename(temporary, path);
    if (lasting) await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throwIfAborted(signal);
    throw fileError(path, error);
  }
}

/** What is no file and no folder, and files that are only reached through the system's own folders. */
async function isWrittenDirectly(path: string): Promise<boolean> {
  const status = await statusIfThere(path);
  if (status === undefined || status.isDirectory()) return false;
  if (!status.isFile()) return true;
  // `/dev/stdout` of a shell that writes to a file: beside the link nothing is to be put.
  return /^\/(?:dev|proc)\//.test(path) && (await realPathOf(path)) !== path;
}

/** Makes a rename in a folder outlast a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Writes to what is no file: a pipe with a reader, or a device such as `/dev/null`.
 *
 * @throws MobileNetError `io` where nobody reads, or it is a folder, a socket or a disk; `aborted`.
 */
async function writeToDevice(
  path: string,
  bytes: Uint8Array | string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const before = await statusIfThere(path);
  if (before?.isFIFO()) return await writeToPipe(path, bytes, signal);
  if (before !== undefined && !before.isCharacterDevice() && !before.isFile()) {
    throw noFile(path, kindOfOther(before));
  }
  // What may be shown, such as a terminal, takes all at once; what was written before stays before it.
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

async function writeToPipe(
  path: string,
  bytes: Uint8Array | string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fd = await openPipeToWrite(path, signal);
  const socket = new Socket({ fd, readable: false, writable: true });
  const abort = (): void => void socket.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((done, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the pipe was closed")));
      socket.end(bytes, (error?: Error | null) => (error ? reject(error) : done()));
    });
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

/** Without a reader such a pipe refuses to be opened: one that comes soon is waited for. */
async function openPipeToWrite(path: string, signal: AbortSignal | undefined): Promise<number> {
  const end = Date.now() + patienceMilliseconds;
  for (;;) {
    throwIfAborted(signal);
    try {
      return openSync(path, constants.O_WRONLY | noWaiting);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      if (Date.now() > end) throw silentPipe(path, "reads from");
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
