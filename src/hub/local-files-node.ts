/**
 * Folders in which a user keeps published files: those that the environment's `MOBILENETV2_MODELS`
 * names are searched before anything is downloaded. A file counts only if it is the published one,
 * byte for byte, so it does not matter where it came from.
 */
import { delimiter, join } from "node:path";
import { readBytesOfSize } from "../disk/read-node.ts";
import { fileNameOf, type ModelFiles } from "../formats/files.ts";
import { isPublished } from "./cache-node.ts";
import { folderOfName } from "./hosted.ts";
import type { HubFile, Published } from "./record.ts";

/** Where to look. */
export interface LocalOptions {
  /** Folders with published files. Default: those of the environment's `MOBILENETV2_MODELS`. */
  readonly modelDirectories?: readonly string[] | undefined;
}

/** The folders that a user named. */
export function modelFolders(
  options: LocalOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  const { MOBILENETV2_MODELS: named = "" } = env;
  return options.modelDirectories ?? named.split(delimiter).filter((folder) => folder !== "");
}

/**
 * Those of a record's files that are in the user's folders, by their paths in the record. A file is
 * looked for by its name, by its path, and both below a folder with the record's name.
 */
export async function findLocal(
  record: Published,
  options: LocalOptions = {},
): Promise<ModelFiles> {
  const found = new Map<string, Uint8Array>();
  const folders = modelFolders(options).flatMap((folder) => [
    folder,
    join(folder, folderOfName(record.name)),
  ]);
  for (const file of record.source.files) {
    for (const path of folders.flatMap((folder) => [
      join(folder, fileNameOf(file.path)),
      join(folder, file.path),
    ])) {
      const bytes = await readPublished(path, file);
      if (bytes === undefined) continue;
      found.set(file.path, bytes);
      break;
    }
  }
  return found;
}

/** The bytes of a file, if they are the published ones; a file that cannot be read is none. */
async function readPublished(path: string, file: HubFile): Promise<Uint8Array | undefined> {
  const bytes = await readBytesOfSize(path, file.bytes);
  return isPublished(bytes, file) ? bytes : undefined;
}
