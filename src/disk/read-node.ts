/** Reading from the disk: what is in a folder, and files' bytes and texts within bounds. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { fileError } from "./file-error-node.ts";

/** The most bytes of a text: V8's strings end a little above. */
const maxTextBytes = 500_000_000;

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

/** A file's bytes, of which no more are read than are allowed. */
export async function readBytes(path: string, most: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const status = await file.stat();
      if (!status.isFile()) {
        throw new MobileNetError("io", "this is no file", { node: path });
      }
      if (status.size > most) {
        throw new MobileNetError("invalid-image", "the file is too large", {
          node: path,
          expected: `at most ${most} bytes`,
          received: quote(status.size),
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof MobileNetError ? error : fileError(path, error);
  }
}

/** A file's text. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, maxTextBytes));
}
