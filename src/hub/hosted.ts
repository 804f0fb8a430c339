/**
 * Weights on a server of the user's own: `NAME/FILE` below one address, as `mobilenetv2 models export`
 * writes them. No other host is asked where such an address is given.
 */
import { folderAddress } from "./web-address.ts";

/** Where one's own copies are. */
export interface HostedOptions {
  /**
   * The address below which all named weights are, in folders of their names: the folder that
   * `mobilenetv2 models export` wrote, on any file server; a page may give it relative to its own. It has
   * no query. No other host is asked. Default: where they are published; in Node first the environment's
   * `MOBILENETV2_BASE_URL`.
   */
  readonly baseUrl?: string | undefined;
}

/** The folder of a name's files, below an address or a folder; kinds of names end with a colon. */
export function folderOfName(name: string): string {
  return name.replaceAll(":", "/");
}

/** The address of the folder of a name's files, with its slash at the end. */
export function hostedFolder(baseUrl: string, name: string): string {
  const base = folderAddress(baseUrl, {
    name: "baseUrl",
    base: globalThis.location?.href,
    remedy: "Correct it; in Node it may come from MOBILENETV2_BASE_URL.",
  });
  return new URL(`${folderOfName(name)}/`, base).href;
}
