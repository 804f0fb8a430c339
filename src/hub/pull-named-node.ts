/**
 * Named weights in Node. The first time, their files come from a user's folder or their publisher; what
 * came, file by file with its hash, is written beside them in the cache, and from then on they are like
 * a record's: checked whenever they are read, and downloaded again only as the same bytes.
 */
import { dirname, join } from "node:path";
import { pathsBelow } from "../disk/entries-node.ts";
import { readBytes, readText } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { isRecord, isSafePath, type ModelFiles } from "../formats/files.ts";
import { ByteBudget, ifThere } from "../formats/reading.ts";
import { sha256 } from "../formats/sha256.ts";
import { isNumberIn } from "../untrusted.ts";
import { type CacheOptions, cacheFolder, pathOf, store } from "./cache-node.ts";
import { connect } from "./connection-node.ts";
import { folderOfName } from "./hosted.ts";
import { modelFolders } from "./local-files-node.ts";
import { firstOf, requirePrefix } from "./named-files.ts";
import type { MirrorOptions, WeightsKind } from "./named-forms.ts";
import type { NamedFile, PublishedWeights } from "./named-source.ts";
import { asRecord, findNamedWeights, weightsKinds } from "./named-weights.ts";
import { hostedUrl, type PullOptions, pull } from "./pull-node.ts";
import type { HubFile, UrlPublished } from "./record.ts";
import { shownAddress } from "./web-address.ts";

/** Several times the largest of these files. */
const mostBytes = 256 * 2 ** 20;

const weightsLimit = { most: mostBytes, code: "invalid-model" } as const;

/** How a record of hashes is named, beside the folder of the files. */
const lockEnding = ".hashes.json";

/** The mirrors that the environment names, below those of the options. */
export function mirrorsOf(
  options: MirrorOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): MirrorOptions {
  const named = (Object.keys(weightsKinds) as WeightsKind[]).flatMap((kind) => {
    // Hugging Face's own programs read its variable for the same.
    const url =
      env[`MOBILENETV2_${kind.toUpperCase()}_URL`] || (kind === "hf" ? env["HF_ENDPOINT"] : "");
    return url ? [[kind, url] as const] : [];
  });
  return { weightsUrls: { ...Object.fromEntries(named), ...options.weightsUrls } };
}

/** The record of named weights that are in the cache, or were; nothing before the first download. */
export async function recordOfNamed(
  named: PublishedWeights,
  options: CacheOptions = {},
): Promise<UrlPublished | undefined> {
  const text = await readText(lockPath(named, options)).catch(() => undefined);
  const files = text === undefined ? undefined : lockedFiles(text);
  return files && asRecord(named, files);
}

/**
 * The files of named weights.
 *
 * @throws MobileNetError `network`, `not-found` or `integrity`, each naming address or file and what to
 *   do; `io` where the cache cannot be used.
 */
export async function pullNamed(
  published: PublishedWeights,
  options: PullOptions = {},
): Promise<ModelFiles> {
  throwIfAborted(options.signal);
  const hosted = hostedUrl(published.name, options);
  const named = hosted === undefined ? published : { ...published, baseUrl: hosted };
  const known = await recordOfNamed(named, options);
  if (known !== undefined) return await pull(known, options);
  const local = await findNamed(named, options);
  if (local === undefined && options.offline) {
    throw new MobileNetError("not-found", "the model is not in the cache", {
      node: named.name,
      expected: pathOf(asRecord(named, []), options),
      remedy: `Run \`mobilenetv2 models pull ${named.name}\` with a network. ${placing(named)}`,
    });
  }
  const files = local ?? (await download(named, options));
  const record = asRecord(named, [...files].map(hashed));
  await store(record, options, async () => files);
  const lock = { name: named.name, pinned: pinnedBy(named), files: record.source.files };
  await writeWhole(lockPath(named, options), `${JSON.stringify(lock, undefined, 2)}\n`);
  return files;
}

/** What a file's hash is compared with, for people. */
export function pinnedBy({ files }: PublishedWeights): string {
  const published = files.some(({ sha256Prefix }) => sha256Prefix !== undefined);
  return published ? "the beginning of the published hash" : "the first download's hash";
}

/** Weights in the cache that a name led to. */
export async function listNamed(
  options: CacheOptions = {},
): Promise<readonly { readonly named: PublishedWeights; readonly record: UrlPublished }[]> {
  const found: { named: PublishedWeights; record: UrlPublished }[] = [];
  for (const kind of Object.keys(weightsKinds)) {
    const folder = join(cacheFolder(options), kind);
    const paths = await pathsBelow(folder);
    for (const path of paths.filter((each) => each.endsWith(lockEnding))) {
      const text = await readText(join(folder, path)).catch(() => "");
      const name = lockedName(text);
      const named = name === undefined ? undefined : findNamedWeights(name, mirrorsOf());
      const record = named && (await recordOfNamed(named, options));
      if (named !== undefined && record !== undefined) found.push({ named, record });
    }
  }
  return found;
}

function lockPath(named: PublishedWeights, options: CacheOptions): string {
  return `${pathOf(asRecord(named, []), options)}${lockEnding}`;
}

function parseLock(text: string): Readonly<Record<string, unknown>> {
  try {
    const lock: unknown = JSON.parse(text);
    return isRecord(lock) ? lock : {};
  } catch {
    return {};
  }
}

function lockedName(text: string): string | undefined {
  const { name } = parseLock(text);
  if (typeof name !== "string") return undefined;
  try {
    return findNamedWeights(name).name;
  } catch {
    return undefined;
  }
}

/** A lock's files; nothing where it is damaged, which the next download mends. */
function lockedFiles(text: string): readonly HubFile[] | undefined {
  const { files } = parseLock(text);
  const isFile = (file: unknown): boolean => {
    const { path, bytes, sha256: hash } = isRecord(file) ? file : {};
    return (
      typeof path === "string" &&
      isSafePath(path) &&
      isNumberIn(bytes, 0, mostBytes) &&
      typeof hash === "string" &&
      /^[0-9a-f]{64}$/.test(hash)
    );
  };
  const fits = Array.isArray(files) && files.length > 0 && files.every(isFile);
  return fits ? (files as readonly HubFile[]) : undefined;
}

function hashed([path, bytes]: readonly [string, Uint8Array]): HubFile {
  return { path, bytes: bytes.length, sha256: sha256(bytes) };
}

async function download(named: PublishedWeights, options: PullOptions): Promise<ModelFiles> {
  const { signal, onProgress } = options;
  const { get } = await connect(options);
  const budget = new ByteBudget(mostBytes);
  const files = new Map<string, Uint8Array>();
  let loadedBytes = 0;
  const onBytes = (bytes: number): void => {
    loadedBytes += bytes;
    onProgress?.({ name: named.name, loadedBytes });
  };
  for (const file of named.files) {
    const found = await firstOf(file, async (path) => {
      const url = new URL(named.baseUrl + path);
      return await ifThere(get(url, budget, { signal, onBytes }), ["403"]);
    }).catch((error: unknown) => {
      throw explained(named, file, error);
    });
    if (found !== undefined) {
      requirePrefix(found[1], file, named);
      files.set(...found);
    } else if (file.optional !== true) {
      throw absent(named, file);
    }
  }
  return files;
}

/** The files in the user's folders, where all that are needed are there. */
async function findNamed(
  named: PublishedWeights,
  options: PullOptions,
): Promise<ModelFiles | undefined> {
  // Names like config.json say nothing alone: those lie in a folder with the weights' name.
  const own = folderOfName(named.name);
  const telling = named.files.every(({ paths }) => paths.length === 1);
  const folders = modelFolders(options).flatMap((folder) => [
    join(folder, own),
    ...(telling ? [folder] : []),
  ]);
  for (const folder of folders) {
    const files = new Map<string, Uint8Array>();
    let whole = true;
    for (const file of named.files) {
      const found = await firstOf(file, (path) =>
        readBytes(join(folder, path), weightsLimit).catch(() => undefined),
      );
      if (found !== undefined) {
        requirePrefix(found[1], file, named);
        files.set(...found);
      } else if (file.optional !== true) whole = false;
    }
    if (whole) return files;
  }
  return undefined;
}

function placing(named: PublishedWeights): string {
  const names = named.files.map(({ paths: [path] }) => path).join(", ");
  const folder = folderOfName(named.name);
  return `Put ${names} into a folder ${dirname(join(folder, "file"))} of one that MOBILENETV2_MODELS names.`;
}

function absent(named: PublishedWeights, { paths }: NamedFile): MobileNetError {
  return new MobileNetError("not-found", "the publisher does not have the weights", {
    node: named.name,
    expected: paths.map((path) => shownAddress(named.baseUrl + path)).join(" or "),
    received: "none of them",
    remedy: `Check the name. ${placing(named)}`,
  });
}

/** The failure of a download with the address and the way around it. */
function explained(named: PublishedWeights, { paths: [path] }: NamedFile, error: unknown): unknown {
  if (!(error instanceof MobileNetError) || error.code === "aborted") return error;
  return new MobileNetError(error.code, "the model cannot be downloaded", {
    node: named.name,
    expected: shownAddress(`${named.baseUrl}${path}`),
    received: error.received ?? error.message,
    remedy: `Check the connection, or download the files where there is one. ${placing(named)}`,
    cause: error,
  });
}
