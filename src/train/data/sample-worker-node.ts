/**
 * A worker of the sample pool: reads, decodes and augments the pictures it is asked for, each from the key
 * of its own random stream, and hands back the values. It has no state, so that samples are the same
 * whichever worker makes them.
 */

import { parentPort } from "node:worker_threads";
import { readPicture } from "../../data/picture-files-node.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import type { PictureLimits } from "../../image/limits.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { Random } from "../../random.ts";
import { type Augmentation, augment } from "./augment.ts";

/** A picture to be made a sample. */
export interface SampleTask {
  readonly id: number;
  readonly path: string;
  readonly limits: PictureLimits;
  readonly preset: Preprocess;
  readonly augmentation: Augmentation;
  /** Without it the sample is as it is for evaluation. */
  readonly key: readonly number[] | undefined;
}

/** A sample, or why there is none. */
export type SampleAnswer =
  | { readonly id: number; readonly values: Float32Array<ArrayBuffer> }
  | { readonly id: number; readonly code: MobileNetError["code"]; readonly message: string };

parentPort?.on("message", async (task: SampleTask) => {
  const { id, path, limits, preset, augmentation, key } = task;
  try {
    const image = await readPicture(path, limits);
    const values = new Float32Array(preset.width * preset.height * 3);
    if (key === undefined) preprocess(image, preset, values);
    else augment(image, { preset, augmentation, random: new Random(...key), into: values });
    answer({ id, values }, [values.buffer]);
  } catch (error) {
    const code = error instanceof MobileNetError ? error.code : "internal";
    answer({ id, code, message: describeError(error) });
  }
});

function answer(message: SampleAnswer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
