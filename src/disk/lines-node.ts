/** A text's lines as they are read, for lists that are larger than memory. */
import { MobileNetError } from "../errors.ts";
import { fileError } from "./file-error-node.ts";
import { noFile, openToRead } from "./open-node.ts";

const pieceBytes = 2 ** 16;

/** Longer than any path or address. */
const mostCharacters = 2 ** 15;

/**
 * The lines of a file that have something on them, trimmed, one after another.
 *
 * @throws MobileNetError `not-found` or `io` where it cannot be read, `invalid-data` for a line longer
 *   than any path.
 */
export async function* fileLines(path: string): AsyncGenerator<string> {
  const handle = await openToRead(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (handle === undefined) throw noFile(path, "something else");
  try {
    const decoder = new TextDecoder();
    const piece = new Uint8Array(pieceBytes);
    let rest = "";
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, pieceBytes).catch((error: unknown) => {
        throw fileError(path, error);
      });
      rest += decoder.decode(piece.subarray(0, bytesRead), { stream: bytesRead > 0 });
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = bytesRead > 0 ? lines.pop()! : "";
      for (const line of lines) {
        const text = line.trim();
        if (text !== "") yield text;
      }
      if (bytesRead === 0) return;
      if (rest.length > mostCharacters) {
        throw new MobileNetError("invalid-data", "a line is longer than any path", {
          node: path,
          expected: `at most ${mostCharacters} characters`,
          received: "more",
        });
      }
    }
  } finally {
    await handle.close();
  }
}
