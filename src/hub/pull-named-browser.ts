/**
 * Named weights in a browser, where their publisher lets pages have them (Hugging Face does). The Cache
 * keeps each file with the hash that it came with, and gives it back only as the same bytes.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import { ByteBudget, ifThere } from "../formats/reading.ts";
import { sha256 } from "../formats/sha256.ts";
import { openBrowserCache } from "./browser-cache.ts";
import { type FetchOptions, fetchBytes } from "./fetch-url.ts";
import { firstOf, requirePrefix } from "./named-files.ts";
import type { NamedFile, PublishedWeights } from "./named-source.ts";
import { bareAddress, shownAddress } from "./web-address.ts";

/** Several times the largest of these files. */
const mostBytes = 256 * 2 ** 20;

/** The header of a cached answer with its bytes' hash. */
const hashHeader = "x-sha256";

/**
 * The files of named weights, from the browser's Cache or their publisher.
 *
 * @throws MobileNetError `network`, `not-found`, `integrity` or `aborted`.
 */
export async function pullNamedInBrowser(
  named: PublishedWeights,
  { signal, onProgress, stallTimeout }: FetchOptions = {},
): Promise<ModelFiles> {
  throwIfAborted(signal);
  const cache = await openBrowserCache();
  const budget = new ByteBudget(mostBytes);
  let loadedBytes = 0;
  const onBytes = (bytes: number): void => {
    loadedBytes += bytes;
    onProgress?.({ name: named.name, loadedBytes });
  };
  const read = async (path: string, file: NamedFile): Promise<Uint8Array | undefined> => {
    const url = new URL(named.baseUrl + path);
    const kept = await readKept(cache, url);
    if (kept !== undefined) return kept;
    const bytes = await ifThere(fetchBytes(url, budget, { signal, onBytes, stallTimeout }), [
      "403",
    ]);
    if (bytes === undefined) return undefined;
    requirePrefix(bytes, file, named);
    const headers = { [hashHeader]: sha256(bytes) };
    await cache
      ?.put(bareAddress(url).url, new Response(bytes.slice(), { headers }))
      .catch(() => undefined);
    return bytes;
  };
  const files = new Map<string, Uint8Array>();
  for (const file of named.files) {
    const found = await firstOf(file, (path) => read(path, file));
    if (found !== undefined) files.set(...found);
  }
  const missing = named.files.find(
    ({ paths, optional }) => optional !== true && !paths.some((path) => files.has(path)),
  );
  if (missing === undefined) return files;
  throw new MobileNetError("not-found", "the publisher does not have the weights", {
    node: named.name,
    expected: missing.paths.map((path) => shownAddress(named.baseUrl + path)).join(" or "),
    received: "none of them",
    remedy: "Check the name, or pass the model's files as bytes.",
  });
}

/** What the cache holds, if it is what was put there. */
async function readKept(cache: Cache | undefined, url: URL): Promise<Uint8Array | undefined> {
  const response = await cache?.match(bareAddress(url).url).catch(() => undefined);
  const expected = response?.headers.get(hashHeader);
  const buffer = await response?.arrayBuffer().catch(() => undefined);
  const bytes = buffer && new Uint8Array(buffer);
  return bytes !== undefined && sha256(bytes) === expected ? bytes : undefined;
}
