/** A part of a file, for archives that are larger than memory. */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { fileError } from "./file-error-node.ts";
import { noFile, openToRead } from "./open-node.ts";

/** A file of which parts are read. */
export interface RangeReader {
  readonly size: number;
  /**
   * So many bytes from a place on.
   *
   * @throws MobileNetError `io` where the file has fewer.
   */
  read(from: number, length: number): Promise<Uint8Array>;
}

/** Opens a file for as long as the work with its parts lasts. */
export async function withRanges<T>(
  path: string,
  work: (file: RangeReader) => Promise<T>,
): Promise<T> {
  const handle = await openToRead(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (handle === undefined) throw noFile(path, "something else");
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number): Promise<Uint8Array> => {
      if (!(from >= 0 && length >= 0 && from + length <= size)) {
        throw new MobileNetError("io", "the file is shorter than it says", {
          node: path,
          expected: `${quote(length)} bytes from ${quote(from)} on`,
          received: `${size} in all`,
        });
      }
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await handle
          .read(bytes, filled, length - filled, from + filled)
          .catch((error: unknown) => {
            throw fileError(path, error);
          });
        if (bytesRead === 0)
          throw new MobileNetError("io", "the file became shorter", { node: path });
        filled += bytesRead;
      }
      return bytes;
    };
    return await work({ size, read });
  } finally {
    await handle.close();
  }
}
