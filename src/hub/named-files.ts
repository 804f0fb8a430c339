/** What pulling named weights' files has in common in Node and in browsers. */
import { MobileNetError } from "../errors.ts";
import { sha256 } from "../formats/sha256.ts";
import type { NamedFile, PublishedWeights } from "./named-source.ts";

/** Of a file's paths the first that is there, with its bytes. */
export async function firstOf(
  { paths }: NamedFile,
  read: (path: string) => Promise<Uint8Array | undefined>,
): Promise<[string, Uint8Array] | undefined> {
  for (const path of paths) {
    const bytes = await read(path);
    if (bytes !== undefined) return [path, bytes];
  }
  return undefined;
}

/** Refuses bytes whose hash does not begin as their publisher says. */
export function requirePrefix(bytes: Uint8Array, file: NamedFile, named: PublishedWeights): void {
  const { sha256Prefix } = file;
  if (sha256Prefix === undefined) return;
  const received = sha256(bytes);
  if (received.startsWith(sha256Prefix)) return;
  throw new MobileNetError("integrity", "the file is not the published one", {
    node: `${named.name}, ${file.paths[0]}`,
    expected: `a SHA-256 that begins with ${sha256Prefix}`,
    received,
    remedy: "Nothing of it was kept. Try again, or place the file yourself.",
  });
}
