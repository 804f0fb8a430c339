/** A picture by its address. */
import { describeError, MobileNetError } from "../errors.ts";

/**
 * What lies at an address.
 *
 * @throws MobileNetError `not-found` or `io`.
 */
export async function openPicture(address: string): Promise<Uint8Array> {
  const response = await fetch(address).catch((cause: unknown) => {
    throw new MobileNetError("io", "the picture could not be fetched", {
      node: address,
      received: describeError(cause),
      cause,
    });
  });
  if (!response.ok) {
    throw new MobileNetError(response.status === 404 ? "not-found" : "io", "there is no picture", {
      node: address,
      expected: "a picture",
      received: `HTTP ${response.status}`,
    });
  }
  return new Uint8Array(await response.arrayBuffer());
}
