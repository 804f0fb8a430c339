/** A file of labels as text: UTF-8, or UTF-16 that says so. */
import { MobileNetError } from "../../errors.ts";

/** Encodings by the bytes that a file begins with. */
const marks: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

/**
 * The text of a file.
 *
 * @throws MobileNetError `invalid-model` naming the file, where its bytes are no text in its encoding.
 *
 * @example
 * ```ts
 * decodeLabelText(Uint8Array.of(0xff, 0xfe, 0x41, 0), "labels.txt"); // "A"
 * ```
 */
export function decodeLabelText(bytes: Uint8Array, path: string): string {
  const [, encoding] = marks.find(([mark]) => mark.every((byte, i) => bytes[i] === byte)) ?? [];
  let text: string;
  try {
    text = new TextDecoder(encoding ?? "utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notText(path, encoding ?? "UTF-8", cause);
  }
  // Every other byte of UTF-16 without its mark.
  if (text.includes("\0")) throw notText(path, "text", undefined);
  return text;
}

function notText(path: string, encoding: string, cause: unknown): MobileNetError {
  return new MobileNetError("invalid-model", "the labels are no text that can be read", {
    node: path,
    expected: "UTF-8, or UTF-16 with a byte order mark",
    received:
      encoding === "text"
        ? "zero bytes, as binary files and UTF-16 without a mark have"
        : `bytes that are no ${encoding}, perhaps Latin-1 (ISO 8859-1, Windows-1252)`,
    remedy: "Save the file as UTF-8.",
    cause,
  });
}
