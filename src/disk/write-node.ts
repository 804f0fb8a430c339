/**
 * The one writer of files. A file is old or new but never half: its bytes go into a temporary file
 * beside it, which is then renamed; folders that are missing are made.
 */
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { throwIfAborted } from "../errors.ts";
import { fileError } from "./file-error-node.ts";
import { makeFolder } from "./folder-node.ts";

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
  const status = await stat(path).catch(() => undefined);
  const direct = status !== undefined && !status.isFile();
  const folder = dirname(path);
  const temporary = direct ? path : join(folder, temporaryName());
  try {
    if (!direct) await makeFolder(folder);
    const file = await open(temporary, direct ? "w" : "wx");
    try {
      await file.writeFile(bytes);
      if (lasting) await file.sync();
    } finally {
      await file.close();
    }
    throwIfAborted(signal);
    if (!direct) await rename(temporary, path);
    if (lasting) await syncFolder(folder);
  } catch (error) {
    if (!direct) await rm(temporary, { force: true }).catch(() => undefined);
    throwIfAborted(signal);
    throw fileError(path, error);
  }
}

/** Makes a rename in a folder outlast a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Hidden, so that no reader of folders takes it for a result; of its own for every writer. */
function temporaryName(): string {
  return `.${process.pid}-${Math.random().toString(36).slice(2, 10)}.partial`;
}
