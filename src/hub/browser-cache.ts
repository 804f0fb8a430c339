/** The browser's Cache that holds the hub's files, where a page may have one. */

/** The Cache; nothing where there is none, or a page may not have one: asking for it throws in a sandbox. */
export async function openBrowserCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open("mobilenetv2");
  } catch {
    return undefined;
  }
}
