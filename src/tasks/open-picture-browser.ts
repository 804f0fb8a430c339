/** A picture by its address. */
import { describeError, MobileNetError } from "../errors.ts";
import { bareAddress, shownAddress } from "../hub/web-address.ts";

/**
 * What lies at an address.
 *
 * @throws MobileNetError `not-found` or `io`.
 */
export async function openPicture(address: string): Promise<Uint8Array> {
  const shown = shownAddress(address);
  const base = globalThis.location?.href;
  const bare = URL.canParse(address, base) ? bareAddress(new URL(address, base)) : undefined;
  const { url, authorization } = bare ?? { url: shown };
  const asked =
    authorization === undefined ? fetch(url) : fetch(url, { headers: { authorization } });
  const response = await asked.catch((cause: unknown) => {
    throw new MobileNetError("io", "the picture could not be fetched", {
      node: shown,
      received: describeError(cause),
      cause,
    });
  });
  if (!response.ok) {
    throw new MobileNetError(response.status === 404 ? "not-found" : "io", "there is no picture", {
      node: shown,
      expected: "a picture",
      received: `HTTP ${response.status}`,
    });
  }
  return new Uint8Array(await response.arrayBuffer());
}
