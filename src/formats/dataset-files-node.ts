/** What the readers of datasets share beside pictures: whether a file is there, and its text within bounds. */
import { stat } from "node:fs/promises";
import { readBytes } from "../image/picture-files-node.ts";

/** The most bytes of a text: V8's strings end a little above. */
const maxTextBytes = 500_000_000;

/** Whether a folder or file is there. */
export async function kindOf(path: string): Promise<"folder" | "file" | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return "folder";
  return status?.isFile() ? "file" : undefined;
}

/** A file's text. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, maxTextBytes));
}
