/**
 * Makes folders one level at a time. The system's own recursive form is not used: where a file system
 * answers "no such folder" to making one whose parent is there (Linux's /proc does), it tries for ever.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are missing; one that is there is fine.
 *
 * @throws the system's error, such as `EEXIST` where a file stands in the way.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/results-");
 * await makeFolder(`${folder}/drawn/boxes`);
 * (await readdir(folder)).join(); // "drawn"
 * await rm(folder, { recursive: true });
 * ```
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const kind = await kindOf(folder);
    if (kind === "folder") break;
    missing.push(folder);
    // Making a folder here fails and says why.
    if (kind === "other" || folder === dirname(folder)) break;
  }
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder);
    } catch (error) {
      // Another process may have been faster.
      const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
      if (!isThere || (await kindOf(folder)) !== "folder") throw error;
    }
  }
}

async function kindOf(path: string): Promise<"folder" | "other" | "missing"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "other";
  } catch (error) {
    // ENOTDIR: a file stands further up.
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    throw error;
  }
}
