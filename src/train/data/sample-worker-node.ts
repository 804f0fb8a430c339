/**
 * A worker of the sample pool: makes the samples it is asked for, each from the key of its own random
 * stream, and hands back the values. It has no state, so that samples are the same whichever worker makes
 * them; of the tasks it was given a few are at work at once, so that few files are in memory.
 */
import { parentPort } from "node:worker_threads";
import { describeError, MobileNetError } from "../../errors.ts";
import { type MadeSample, makeSample, type SampleTask } from "./make-sample-node.ts";

/** A task of the pool's. */
export interface NumberedTask extends SampleTask {
  readonly id: number;
}

/** A sample, or why there is none. */
export type SampleAnswer =
  | ({ readonly id: number } & MadeSample)
  | {
      readonly id: number;
      readonly code: MobileNetError["code"];
      readonly message: string;
    };

/** As many as Node has threads that decode. */
const mostAtWork = 4;

const waiting: NumberedTask[] = [];
let atWork = 0;

parentPort?.on("message", (task: NumberedTask) => {
  waiting.push(task);
  startSome();
});

function startSome(): void {
  while (atWork < mostAtWork) {
    const task = waiting.shift();
    if (task === undefined) return;
    atWork++;
    void work(task).finally(() => {
      atWork--;
      startSome();
    });
  }
}

async function work(task: NumberedTask): Promise<void> {
  const { id } = task;
  try {
    const made = await makeSample(task);
    answer({ id, ...made }, [made.values.buffer]);
  } catch (error) {
    const code = error instanceof MobileNetError ? error.code : "internal";
    answer({ id, code, message: describeError(error) });
  }
}

function answer(message: SampleAnswer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
