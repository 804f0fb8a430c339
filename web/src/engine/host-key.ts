/**
 * The key that a host wants of who loads its models. The library's loaders ask for files as any page does,
 * so that what they ask below the folder of models gets the key on the way.
 */
import { modelsFolder } from "./models-folder.ts";

let key: string | undefined;

/** What asks the network, from here on with the key. */
export const unlocking = {
  async unlock(given: string): Promise<void> {
    // Others do not go into a header.
    if (!/^[\x20-\x7e]+$/.test(given)) throw { code: "unauthorized", message: "" };
    if (key === undefined) addKey();
    key = given;
  },
};

function addKey(): void {
  const ask = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    if (request.url.startsWith(modelsFolder.href)) {
      request.headers.set("Authorization", `Bearer ${key}`);
    }
    return ask(request);
  };
}
