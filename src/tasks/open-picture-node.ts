/** A picture by the path of its file. */
import { pictureLimit } from "../data/picture-files-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { readRegularFile } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";

/**
 * A file's bytes.
 *
 * @throws MobileNetError `not-found` or `io` where it cannot be read or is no regular file,
 *   `invalid-image` where it is larger than any picture may be.
 */
export async function openPicture(path: string): Promise<Uint8Array> {
  const allow = (size: number): void => {
    if (size <= pictureLimit.most) return;
    throw new MobileNetError("invalid-image", "too many bytes for an image", {
      node: path,
      expected: `at most ${pictureLimit.most}`,
      received: `${size}`,
    });
  };
  try {
    const bytes = await readRegularFile(path, { allow });
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw error instanceof MobileNetError ? error : fileError(path, error);
  }
  throw new MobileNetError("io", "this is no file", { node: path, expected: "a picture's file" });
}
