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
  for (const file of record.source.files) {
    const there = await findFile(record, file, options);
    if (there !== undefined) found.set(file.path, there.bytes);
  }
  return found;
}

/** The first of the user's folders with a record's files; undefined where not all of them are there. */
export async function localFolder(
  record: Published,
  options: LocalOptions = {},
): Promise<string | undefined> {
  return (await findAll(record, options))?.[0]?.folder;
}

/** The disk's paths of a record's files in the user's folders, by their paths in the record; undefined where one is missing. */
export async function localPlaces(
  record: Published,
  options: LocalOptions = {},
): Promise<ReadonlyMap<string, string> | undefined> {
  const found = await findAll(record, options);
  return found && new Map(record.source.files.map(({ path }, i) => [path, found[i]!.place]));
}

async function findAll(
  record: Published,
  options: LocalOptions,
): Promise<readonly Omit<FoundFile, "bytes">[] | undefined> {
  const all: Omit<FoundFile, "bytes">[] = [];
  for (const file of record.source.files) {
    const there = await findFile(record, file, options);
    if (there === undefined) return undefined;
    all.push({ folder: there.folder, place: there.place });
  }
  return all;
}

interface FoundFile {
  readonly folder: string;
  readonly place: string;
  readonly bytes: Uint8Array;
}

/** A file of a record, in which of the user's folders it is, and where there. */
async function findFile(
  { name }: Published,
  file: HubFile,
  options: LocalOptions,
): Promise<FoundFile | undefined> {
  const own = folderOfName(name);
  for (const folder of modelFolders(options)) {
    for (const below of ["", own]) {
      for (const path of [fileNameOf(file.path), file.path]) {
        const place = join(folder, below, path);
        const bytes = await readPublished(place, file);
        if (bytes !== undefined) return { folder, place, bytes };
      }
    }
  }
  return undefined;
}

/** The bytes of a file, if they are the published ones; a file that cannot be read is none. */
async function readPublished(path: string, file: HubFile): Promise<Uint8Array | undefined> {
  const bytes = await readBytesOfSize(path, file.bytes);
  return isPublished(bytes, file) ? bytes : undefined;
}
