/** `epochs.json` beside a network that is trained: what each epoch came to, for the experiments that ask later. */
import { join } from "node:path";
import { readKeptJson } from "../../disk/kept-json-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { isNumberIn, quote } from "../../untrusted.ts";

/** What an epoch came to. */
export type TrainedEpoch = {
  /** On the pictures that it was trained with, as they were augmented. */
  readonly loss: number;
  /** Of the test's pictures, from 0 to 1. */
  readonly accuracy: number;
};

const epochsPath = (folder: string): string => join(folder, "epochs.json");

/** Keeps the epochs so far. */
export async function writeEpochs(folder: string, epochs: readonly TrainedEpoch[]): Promise<void> {
  await writeWhole(epochsPath(folder), JSON.stringify(epochs));
}

/**
 * The epochs so far; undefined where nothing is kept.
 *
 * @throws MobileNetError `io` where the file is damaged.
 */
export async function readEpochs(folder: string): Promise<readonly TrainedEpoch[] | undefined> {
  return await readKeptJson(epochsPath(folder), {
    ...{ most: 1e6, summary: "what a network's epochs came to cannot be read" },
    remedy: "Remove the folder that it is in: the network is trained anew.",
    read(json, damaged): readonly TrainedEpoch[] {
      if (!Array.isArray(json)) throw damaged("a list of epochs", quote(json));
      for (const epoch of json as readonly unknown[]) {
        const { loss, accuracy } = (epoch ?? {}) as { readonly [name: string]: unknown };
        if (isNumberIn(loss, 0, Number.MAX_VALUE) && isNumberIn(accuracy, 0, 1)) continue;
        throw damaged("loss and accuracy of each epoch", quote(epoch));
      }
      return json;
    },
  });
}
