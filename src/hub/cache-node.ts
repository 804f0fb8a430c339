/**
 * The hub's folder on disk: `<cache>/<record>/<version>/<path in the package>`. A version's folder
 * appears whole, by one rename, so that processes may share the cache and a killed download leaves
 * only a hidden folder that nobody reads.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeEntry, renameEntry, statusIfThere } from "../disk/entries-node.ts";
import { codeOf } from "../disk/file-error-node.ts";
import { makeFolder } from "../disk/folder-node.ts";
import { carriedModel } from "../disk/packages-node.ts";
import { readBytesOfSize } from "../disk/read-node.ts";
import { removeLeftoversBelow, temporaryFolder } from "../disk/temporary-node.ts";
import { syncFolder, writeWhole } from "../disk/write-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import { folderOfName } from "./hosted.ts";
import {
  type Downloadable,
  type HubFile,
  type HubRecord,
  isShipped,
  type Published,
  recordBytes,
} from "./record.ts";
import { hubRecords } from "./records.ts";

/** Where the cache is. */
export interface CacheOptions {
  /** Default: the environment's `MOBILENETV2_CACHE`, else the platform's cache folder. */
  readonly cacheDirectory?: string | undefined;
}

/** A record and whether its files are here. */
export interface CacheEntry {
  readonly record: HubRecord;
  /** Its folder, existing or not. */
  readonly path: string;
  readonly cached: boolean;
  /** Of all its files. */
  readonly bytes: number;
}

/** The folder of all models. */
export function cacheFolder(
  options: CacheOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { MOBILENETV2_CACHE: chosen, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  const given = options.cacheDirectory ?? (chosen || undefined);
  if (given !== undefined) return given;
  switch (process.platform) {
    case "win32":
      return join(local || join(homedir(), "AppData", "Local"), "mobilenetv2", "Cache");
    case "darwin":
      return join(homedir(), "Library", "Caches", "mobilenetv2");
    default:
      return join(xdg || join(homedir(), ".cache"), "mobilenetv2");
  }
}

/** The folder of a record's files, whether they are there or not; this package's for those it carries. */
export function pathOf(record: Published, options: CacheOptions = {}): string {
  if (isShipped(record)) return dirname(carriedModel());
  // Kinds of names end with a colon, which not every disk takes.
  return join(cacheFolder(options), folderOfName(record.name), record.source.version);
}

/** A file of a record: of those that this package carries, the one there is, whatever a bundler calls it. */
function fileOf(record: Published, path: string, file: HubFile): string {
  return isShipped(record) ? carriedModel() : join(path, file.path);
}

/** This package's folder; in a bundle it may be nowhere, and then its files are not found. */
export function packageFolder(): string {
  return dirname(dirname(carriedModel()));
}

/** Every record of the hub and whether it is in the cache. */
export async function listCache(options: CacheOptions = {}): Promise<readonly CacheEntry[]> {
  return await Promise.all(
    hubRecords.map(async (record) => {
      const path = pathOf(record, options);
      return { record, path, cached: await isComplete(record, path), bytes: recordBytes(record) };
    }),
  );
}

/**
 * The record's files, or nothing where any of them is missing or not the published one: disks lose
 * bits, and weights with wrong bits still give plausible results. Hashing costs 1 ms for 1–2 MB.
 */
export async function readCached(
  record: Published,
  options: CacheOptions = {},
): Promise<ModelFiles | undefined> {
  const path = pathOf(record, options);
  if (!(await isComplete(record, path))) return undefined;
  const { files } = record.source;
  // Nothing where one was removed or replaced meanwhile.
  const read = await Promise.all(
    files.map((file) => readBytesOfSize(fileOf(record, path, file), file.bytes)),
  );
  const published = new Map<string, Uint8Array>();
  for (const [i, file] of files.entries()) {
    const bytes = read[i];
    if (bytes === undefined || !isPublished(bytes, file)) return undefined;
    published.set(file.path, bytes);
  }
  return published;
}

/** The disk's paths of a record's files by their paths in the record; nothing where one is missing. */
export async function cachedPlaces(
  record: Published,
  options: CacheOptions = {},
): Promise<ReadonlyMap<string, string> | undefined> {
  const path = pathOf(record, options);
  if (!(await isComplete(record, path))) return undefined;
  return new Map(record.source.files.map((file) => [file.path, fileOf(record, path, file)]));
}

/** The paths of a record's files that are missing or whose bytes are not the published ones. */
export async function verify(
  record: Published,
  options: CacheOptions = {},
): Promise<readonly string[]> {
  const path = pathOf(record, options);
  const damaged: string[] = [];
  for (const file of record.source.files) {
    const bytes = await readBytesOfSize(fileOf(record, path, file), file.bytes);
    if (!isPublished(bytes, file)) damaged.push(file.path);
  }
  return damaged;
}

/** Whether there is a folder for a record's version, whatever is in it. */
export async function isThere(record: Published, options: CacheOptions = {}): Promise<boolean> {
  return await exists(pathOf(record, options));
}

/** Removes every version of a record; says whether there was any. What this package carries stays. */
export async function remove(record: Published, options: CacheOptions = {}): Promise<boolean> {
  if (isShipped(record)) return false;
  const path = dirname(pathOf(record, options));
  try {
    const existed = await exists(path);
    await removeEntry(path);
    return existed;
  } catch (error) {
    throw storageError(record, path, error);
  }
}

/** Whether bytes are those that the record names. */
export function isPublished(bytes: Uint8Array | undefined, file: HubFile): boolean {
  if (bytes?.length !== file.bytes) return false;
  // Loaded when it is used: that takes longer than any other of Node's modules here.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(bytes).digest("hex") === file.sha256;
}

/**
 * Runs `download` with a place to put its files, and makes them the record's. The place is made
 * first, so that a folder that cannot be written costs no download. With `force`, what is there is
 * replaced even if it looks whole.
 */
export async function store(
  record: Downloadable,
  options: CacheOptions & { readonly force?: boolean | undefined },
  download: () => Promise<ModelFiles>,
): Promise<ModelFiles> {
  const path = pathOf(record, options);
  // What killed downloads left, of this record and others: names of weights are three folders deep.
  await removeLeftoversBelow(cacheFolder(options), 3);
  const partial = await makePartial(record, path);
  try {
    const files = await download();
    await onDisk(record, path, async () => {
      for (const [name, bytes] of files) {
        await writeWhole(join(partial, name), bytes, { lasting: true });
      }
      // Another process was faster: its copy stays, for somebody may be reading it.
      if (!options.force && (await verify(record, options)).length === 0) return;
      await replace(partial, path);
      await syncFolder(dirname(path));
    });
    return files;
  } finally {
    await removeEntry(partial).catch(() => undefined);
  }
}

/** A fresh folder beside the record's, on the same disk so that it can be renamed. */
async function makePartial(record: Published, path: string): Promise<string> {
  try {
    await makeFolder(dirname(path));
    return await temporaryFolder(dirname(path));
  } catch (error) {
    throw storageError(record, dirname(path), error, "cannot make the cache folder");
  }
}

/**
 * Puts a folder in another's place: what is there, whoever put it, steps aside first, and comes back
 * where its successor cannot take the place.
 */
async function replace(partial: string, path: string): Promise<void> {
  const discard = (folder: string): Promise<void> => removeEntry(folder).catch(() => undefined);
  for (let attempt = 0; ; attempt++) {
    const old = `${partial}-old-${attempt}`;
    await renameEntry(path, old).catch(() => undefined);
    try {
      await renameEntry(partial, path);
      await discard(old);
      return;
    } catch (error) {
      // Where it cannot come back, another process's copy has taken the place, or nobody's.
      await renameEntry(old, path).catch(async () => {
        if (await exists(path)) await discard(old);
      });
      // Another process put its copy there in between, or (Windows) has a file open.
      const taken = ["ENOTEMPTY", "EEXIST", "EPERM", "EBUSY", "ENOTDIR"];
      if (!taken.includes(codeOf(error) ?? "") || attempt === 9) throw error;
      await setTimeout(Math.min(5 * 2 ** attempt, 200));
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await statusIfThere(path)) !== undefined;
}

async function isComplete(record: Published, path: string): Promise<boolean> {
  const sizes = await Promise.all(
    record.source.files.map(async (file) => {
      const found = await statusIfThere(fileOf(record, path, file));
      return found?.isFile() === true && Number(found.size) === file.bytes;
    }),
  );
  return sizes.every(Boolean);
}

async function onDisk<T>(record: Published, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(record, path, error);
  }
}

function storageError(
  record: Published,
  path: string,
  error: unknown,
  summary = "the model cache cannot be used",
): MobileNetError {
  const megabytes = Math.ceil(recordBytes(record) / 1e6);
  const full = codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
  return new MobileNetError("io", summary, {
    node: path,
    received: describeError(error),
    remedy: full
      ? `Free ${megabytes} MB, or set MOBILENETV2_CACHE to a folder on another disk.`
      : "Set MOBILENETV2_CACHE to a folder that you may write to.",
    cause: error,
  });
}
