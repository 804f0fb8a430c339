/** A folder as the storage of a job: on this machine's disk, or on one that machines share. */
import { join, resolve } from "node:path";
import { namesIn, removeEntry, statusIfThere } from "../disk/entries-node.ts";
import { codeOf, fileError } from "../disk/file-error-node.ts";
import { readBytesIfThere } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import type { JobStorage, StoredEntry } from "./storage.ts";

/** What is read of one file at most, unless it is said. */
export const mostStored: number = 2 ** 31 - 1;

/** The storage of a folder, which is made when something is written. */
export function folderStorage(folder: string): JobStorage {
  const address = resolve(folder);
  return {
    address,
    get: (place, most = mostStored) =>
      readBytesIfThere(join(address, place), { most, code: "invalid-data" }),
    put: (place, bytes, lasting) => writeWhole(join(address, place), bytes, { lasting }),
    async list(inner) {
      const path = join(address, inner);
      const names = await namesIn(path).catch((error: unknown): string[] => {
        if (codeOf(error) === "ENOENT") return [];
        throw fileError(path, error);
      });
      const entries: StoredEntry[] = [];
      // What begins with a dot is still being written, or was when its writer was killed.
      for (const name of names.filter((one) => !one.startsWith("."))) {
        const isFile = name.includes(".");
        const status = isFile ? undefined : await statusIfThere(join(path, name));
        entries.push({ name, isFolder: status?.isDirectory() ?? false });
      }
      return entries;
    },
    remove: (place) => removeEntry(join(address, place)),
  };
}
