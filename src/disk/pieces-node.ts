/** A file's bytes piece by piece, for whoever passes them on and keeps none of them. */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { fileError } from "./file-error-node.ts";
import { openToRead } from "./open-node.ts";

/** Some milliseconds of a fast line. */
const pieceBytes = 2 ** 17;

/**
 * The pieces of a file that is known to have so many bytes, the odd one first. It is opened for the first
 * piece and closed after the last, or when nobody wants more.
 *
 * @throws MobileNetError `io` where it is no file any more, or one of another size; the error of the
 *   file system.
 */
export async function* filePieces(path: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await openToRead(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const found = handle === undefined ? "no file" : (await handle.stat()).size;
  try {
    if (handle === undefined || found !== size) throw changed(path, size, found);
    for (let read = 0; read < size; ) {
      const length = read === 0 ? size % pieceBytes || pieceBytes : pieceBytes;
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, read);
      if (bytesRead === 0) throw changed(path, size, read);
      read += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle?.close();
  }
}

function changed(path: string, size: number, found: number | string): MobileNetError {
  return new MobileNetError("io", "the file is not the one that it was", {
    node: path,
    expected: `${size} bytes`,
    received: quote(found),
  });
}
