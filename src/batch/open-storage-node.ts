/** The storage that an address names. */
import { folderStorage, mostStored } from "./folder-storage-node.ts";
import { isBucketAddress, openBucket, parseBucketAddress } from "./s3-node.ts";
import type { JobStorage, StoredEntry } from "./storage.ts";

/**
 * Opens a folder, or a bucket below a prefix.
 *
 * @throws MobileNetError `invalid-argument` for a bucket without credentials, `missing-dependency`.
 */
export async function openStorage(address: string): Promise<JobStorage> {
  return isBucketAddress(address) ? await bucketStorage(address) : folderStorage(address);
}

async function bucketStorage(address: string): Promise<JobStorage> {
  const { bucket: name, prefix } = parseBucketAddress(address);
  const bucket = await openBucket(name);
  return {
    address: `s3://${name}/${prefix}`.replace(/\/$/, ""),
    get: (place, most = mostStored) => bucket.get(`${prefix}${place}`, most),
    put: (place, bytes) =>
      bucket.put(`${prefix}${place}`, typeof bytes === "string" ? Buffer.from(bytes) : bytes),
    async list(folder) {
      const start = `${prefix}${folder}/`;
      const entries: StoredEntry[] = [];
      for (let after: string | undefined; ; ) {
        const { keys, folders, next } = await bucket.page(start, "/", after);
        for (const key of keys) entries.push({ name: key.slice(start.length), isFolder: false });
        for (const inner of folders)
          entries.push({ name: inner.slice(start.length, -1), isFolder: true });
        if (next === undefined) return entries;
        after = next;
      }
    },
    remove: (place) => bucket.remove(`${prefix}${place}`),
  };
}
