/** Checkpoints in files. */

import { readFile } from "node:fs/promises";
import { codeOf } from "../disk/file-error-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { wrongArgument } from "../wrong-argument.ts";
import type { CheckpointStore } from "./checkpoint.ts";

/**
 * A checkpoint in a file.
 *
 * @example
 * ```ts
 * const checkpoint = fileCheckpoint("runs/flowers/checkpoint.safetensors");
 * await checkpoint.load(); // undefined
 * ```
 */
export function fileCheckpoint(path: string): CheckpointStore {
  if (typeof path !== "string") throw wrongArgument("fileCheckpoint", "a path as text", path);
  return {
    save: (bytes) => writeWhole(path, bytes, { lasting: true }),
    load: async () => {
      try {
        return await readFile(path);
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw new MobileNetError("io", "the checkpoint cannot be read", {
          node: path,
          received: describeError(error),
          cause: error,
        });
      }
    },
  };
}
