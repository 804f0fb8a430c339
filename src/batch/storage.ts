/** Where a job and its results lie: a folder that all machines see, or a bucket. */

/** What a folder of a storage holds under a name. */
export interface StoredEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A place for files with names, each whole or absent. */
export interface JobStorage {
  /** As every machine finds it: an absolute path or an `s3://` address. */
  readonly address: string;
  /** A file's bytes; nothing where there is none. */
  get(place: string, most?: number): Promise<Uint8Array | undefined>;
  /**
   * Writes a file whole or not at all.
   *
   * @param lasting - Outlasts a power cut: for what nobody can make again.
   */
  put(place: string, bytes: Uint8Array | string, lasting?: boolean): Promise<void>;
  /** What lies directly in a folder, in order of name; nothing where there is none. */
  list(folder: string): Promise<readonly StoredEntry[]>;
  remove(place: string): Promise<void>;
}

/** A file's JSON; nothing where there is none, or no JSON in it. */
export async function getJson(storage: JobStorage, place: string): Promise<unknown> {
  const bytes = await storage.get(place);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
