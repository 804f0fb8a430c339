/** What of a model's files its reader asks for, noted while it is read. */
import type { FileSource } from "./sources.ts";

/** The same source, which tells of each file that it gives. */
export function notingSource(
  source: FileSource,
  note: (path: string, bytes: Uint8Array) => void,
): FileSource {
  const noted = (path: string, bytes: Uint8Array): Uint8Array => {
    note(path, bytes);
    return bytes;
  };
  return {
    paths: source.paths,
    place: source.place,
    read: async (path, ...how) => noted(path, await source.read(path, ...how)),
    async readIfThere(path, ...how) {
      const bytes = await source.readIfThere(path, ...how);
      return bytes && noted(path, bytes);
    },
    async readFirst(...names) {
      const found = await source.readFirst(...names);
      if (found !== undefined) note(found.path, found.bytes);
      return found;
    },
  };
}
