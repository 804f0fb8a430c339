/** The storage that an address names. */
import { folderStorage } from "./folder-storage-node.ts";
import type { Storage } from "./storage.ts";

/** Opens a folder. */
export async function openStorage(address: string): Promise<Storage> {
  return folderStorage(address);
}
