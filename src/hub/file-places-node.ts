/** Where the files of published weights lie on this machine, for whoever hands them out as they are. */
import { type CacheOptions, cachedPlaces } from "./cache-node.ts";
import { type LocalOptions, localPlaces } from "./local-files-node.ts";
import type { Published } from "./record.ts";

/**
 * The disk's paths of a record's files by their paths in the record: in the cache or this package, else
 * in the user's folders, where they are as published; nothing where one of them is nowhere.
 */
export async function filePlaces(
  record: Published,
  options: CacheOptions & LocalOptions = {},
): Promise<ReadonlyMap<string, string> | undefined> {
  return (await cachedPlaces(record, options)) ?? (await localPlaces(record, options));
}
