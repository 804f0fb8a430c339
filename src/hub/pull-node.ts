/**
 * A record's files, from the cache where they are there and from the registry where not. A file of
 * the wrong size counts as missing, so that a damaged cache heals itself whenever there is a network.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import { type CacheOptions, pathOf, readCached, store } from "./cache-node.ts";
import { type DownloadOptions, download } from "./fetch-node.ts";
import type { HubRecord } from "./record.ts";

/** Where from and where to. */
export interface PullOptions extends CacheOptions, DownloadOptions {
  /** Take what is cached or fail; never use the network. */
  readonly offline?: boolean | undefined;
  /** Download even if all files are there with the right sizes. */
  readonly force?: boolean | undefined;
}

/**
 * The files of a hub record by their paths in the package; downloaded at most once.
 *
 * @throws MobileNetError `not-found` where offline and not cached, `io` where the cache cannot be
 *   used, and what `download` throws. Whatever happens, the cache holds whole models only.
 *
 * @example
 * ```ts
 * const files = await pull(findRecord("ssdlite-coco"), { onProgress });
 * ```
 */
export async function pull(record: HubRecord, options: PullOptions = {}): Promise<ModelFiles> {
  throwIfAborted(options.signal);
  const cached = options.force ? undefined : await readCached(record, options);
  if (cached !== undefined) return cached;
  if (options.offline) {
    throw new MobileNetError("not-found", "the model is not in the cache", {
      node: record.name,
      expected: pathOf(record, options),
      remedy: `Run \`mobilenetv2 models pull ${record.name}\` with a network, or set MOBILENETV2_CACHE.`,
    });
  }
  return await store(record, options, () => download(record, options));
}
