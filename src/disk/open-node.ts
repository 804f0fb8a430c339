/**
 * The one place that opens files. Nothing is waited for: a pipe, socket or device that stands where a
 * file is expected is told from a file before a byte is asked of it, and closed.
 */
import { closeSync, fstatSync, openSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { realPathOf, statusOf } from "./entries-node.ts";

/** So long a named pipe may be without anybody at its other end. */
export const patienceMilliseconds = 5_000;

/** Opening a pipe waits for its other end without this; Windows has neither. */
export const noWaiting: number = constants.O_NONBLOCK ?? 0;

/** A regular file, open to be read; nothing for whatever else is there. The system's errors pass. */
export async function openToRead(path: string): Promise<FileHandle | undefined> {
  // Looked at before, because opening alone sets some devices to work, and after, because it may change.
  if (!(await statusOf(path)).isFile()) return undefined;
  const handle = await open(path, constants.O_RDONLY | noWaiting);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/**
 * The bytes of a pipe that was named on purpose (`/dev/stdin`, `<(command)`, a named pipe).
 *
 * @throws MobileNetError `io` where it is another kind of thing, or nobody writes to it; `aborted`.
 */
export async function* readPipe(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  await requirePipe(path);
  const fd = openSync(path, constants.O_RDONLY | noWaiting);
  let socket: Socket | undefined;
  try {
    const status = fstatSync(fd);
    if (!status.isFIFO()) throw noFile(path, kindOfOther(status));
    // A command's pipe has no path of its own, and its writer is there.
    const named = (await realPathOf(path)) !== undefined;
    socket = new Socket({ fd, readable: true, writable: false });
    const opened = socket;
    const abort = (): void => void opened.destroy();
    signal?.addEventListener("abort", abort, { once: true });
    let quiet = false;
    const timer = named
      ? setTimeout(() => {
          quiet = true;
          opened.destroy();
        }, patienceMilliseconds)
      : undefined;
    let bytes = 0;
    try {
      for await (const chunk of opened as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        throwIfAborted(signal);
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throwIfAborted(signal);
      if (!quiet) throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
    throwIfAborted(signal);
    if (quiet && bytes === 0) throw silentPipe(path, "writes to");
  } finally {
    // The socket has taken the descriptor over, and closes it.
    if (socket === undefined) closeSync(fd);
    else socket.destroy();
  }
}

/** Looked at before: opening alone sets some devices to work. */
async function requirePipe(path: string): Promise<void> {
  const status = await statusOf(path);
  if (!status.isFIFO()) throw noFile(path, kindOfOther(status));
}

interface Kinds {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

/** What stands where a file is expected. */
export function kindOfOther(status: Kinds): string {
  if (status.isDirectory()) return "a folder";
  if (status.isFIFO()) return "a pipe";
  return status.isSocket() ? "a socket" : "a device";
}

/** The error for what is no file. */
export function noFile(path: string, received: string): MobileNetError {
  return new MobileNetError("io", `this is ${received}`, {
    node: path,
    expected: "a file",
    received,
    remedy: "Name a file, or copy it into one.",
  });
}

/** The error for a pipe that nobody is at the other end of. */
export function silentPipe(path: string, does: string): MobileNetError {
  return new MobileNetError("io", `nobody ${does} the pipe`, {
    node: path,
    expected: `somebody within ${patienceMilliseconds / 1000} s`,
    remedy: "Name a file, or start the other program first.",
  });
}
