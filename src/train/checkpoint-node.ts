/** Checkpoints in files. */

import { type ReadLimit, readBytesIfThere } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { wrongArgument } from "../wrong-argument.ts";
import type { CheckpointStore } from "./checkpoint.ts";

/** What is read of a checkpoint: several times that of the largest network. */
const checkpointLimit: ReadLimit = { most: 2 ** 31 - 1, code: "invalid-data" };

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
        return await readBytesIfThere(path, checkpointLimit);
      } catch (error) {
        throw new MobileNetError("io", "the checkpoint cannot be read", {
          node: path,
          received: describeError(error),
          cause: error,
        });
      }
    },
  };
}
