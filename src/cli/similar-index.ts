/** The file in which `similar` keeps what it has found out: read back where it is whole, made anew where it is not. */
import { basename } from "node:path";
import { kindOf, readBytes } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { MobileNetError } from "../errors.ts";
import {
  decodePictureIndex,
  encodePictureIndex,
  type PictureIndex,
} from "../similar/picture-index.ts";
import type { Context } from "./command.ts";
import type { Options } from "./options.ts";
import { reportNote } from "./report.ts";
import { UsageError } from "./usage-error.ts";

/** As much as 400,000 pictures' vectors by content. */
const limit = { most: 600e6, code: "invalid-data" } as const;

/**
 * The index in a file; undefined where there is none yet, or a damaged one, which is said.
 *
 * @throws UsageError where the file is something else, which would be overwritten.
 */
export async function readIndexFile(
  path: string,
  { values, terminal }: Pick<Context<Options>, "values" | "terminal">,
): Promise<PictureIndex | undefined> {
  const kind = await kindOf(path);
  if (kind === undefined) return undefined;
  if (kind === "folder") {
    throw new UsageError("--index is a folder", { expected: "a file", received: path });
  }
  const bytes = await readBytes(path, limit);
  if (bytes.length > 0 && !isIndex(bytes)) {
    throw new UsageError("--index would overwrite another file", {
      ...{ expected: "a file that similar wrote, or none yet", received: basename(path) },
      remedy: "Name another file.",
    });
  }
  try {
    return decodePictureIndex(bytes);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    if (values["quiet"] !== true) reportNote(terminal, `${path}: ${error.message}`);
    return undefined;
  }
}

/** Whether a file begins as an index of any version does. */
function isIndex(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 7)) === "mnv2idx";
}

/** Writes the index whole. */
export async function writeIndexFile(
  path: string,
  index: PictureIndex,
  signal: AbortSignal,
): Promise<void> {
  await writeWhole(path, encodePictureIndex(index), { signal });
}
