/**
 * Samples made in worker threads while the network trains: the trainer says what it will read, workers
 * read, decode and augment it, and a read then only waits for what is nearly there. Every sample follows
 * from its picture and its key alone, so that results are the same bits with any number of workers.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { MobileNetError } from "../../errors.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Augmentation } from "./augment.ts";
import { type Pictures, pictureSamples } from "./pictures.ts";
import type { SampleAnswer, SampleTask } from "./sample-worker-node.ts";
import type { SamplePool, Samples } from "./samples.ts";

/** One less than the processor's cores, which the network wants too, and at most 4. */
const usualWorkers: number = Math.max(1, Math.min(4, availableParallelism() - 1));

interface Waiting {
  readonly worker: Member;
  readonly resolve: (values: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly thread: Worker;
  /** Tasks it has been given and not answered. */
  open: number;
}

/**
 * Starts workers for pictures that are files; other pictures are read where they are.
 *
 * @param workers - How many; the default leaves a core to the network.
 *
 * @example
 * ```ts
 * const pool = openSamplePool({ workers: 1 });
 * pool.dispose();
 * ```
 */
export function openSamplePool({
  workers = usualWorkers,
}: {
  readonly workers?: number | undefined;
} = {}): SamplePool {
  return new Pool(workers);
}

class Pool implements SamplePool {
  readonly #members: readonly Member[];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #failure: MobileNetError | undefined;

  constructor(workers: number) {
    this.#members = Array.from({ length: workers }, () => {
      const thread = new Worker(new URL("./sample-worker-node.js", import.meta.url));
      const member = { thread, open: 0 };
      // A program may end while workers wait for tasks.
      thread.unref();
      thread.on("message", (answer: SampleAnswer) => this.#take(answer));
      thread.on("error", (cause) => this.#fail("a worker that reads pictures failed", cause));
      return member;
    });
  }

  samples(pictures: Pictures, preset: Preprocess, augmentation: Augmentation): Samples {
    const plain = pictureSamples(pictures, preset, augmentation);
    const path = pictures.path?.bind(pictures);
    if (path === undefined || this.#members.length === 0) return plain;
    const coming = new Map<string, Promise<Float32Array>>();
    const nameOf = (index: number, key: readonly number[] | undefined): string =>
      `${index} ${key?.join() ?? ""}`;
    const start = (index: number, key: readonly number[] | undefined): Promise<Float32Array> =>
      this.#ask({ path: path(index), preset, augmentation, key });
    return {
      ...plain,
      prefetch(requests) {
        for (const { index, key } of requests) {
          const name = nameOf(index, key);
          if (coming.has(name)) continue;
          const made = start(index, key);
          // Who reads it hears of a failure; nobody may.
          made.catch(() => {});
          coming.set(name, made);
        }
      },
      async read(index, into, random) {
        const name = nameOf(index, random?.key);
        const made = coming.get(name) ?? start(index, random?.key);
        coming.delete(name);
        into.set(await made);
      },
    };
  }

  dispose(): void {
    this.#failure ??= new MobileNetError("disposed", "the sample pool was disposed");
    this.#rejectAll(this.#failure);
    for (const { thread } of this.#members) void thread.terminate();
  }

  #ask(task: Omit<SampleTask, "id">): Promise<Float32Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const worker = this.#members.reduce((least, other) =>
      other.open < least.open ? other : least,
    );
    const id = this.#next++;
    if (this.#waiting.size === 0) for (const { thread } of this.#members) thread.ref();
    worker.open++;
    worker.thread.postMessage({ ...task, id } satisfies SampleTask);
    return new Promise((resolve, reject) => this.#waiting.set(id, { worker, resolve, reject }));
  }

  #take(answer: SampleAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    waiting.worker.open--;
    if (this.#waiting.size === 0) for (const { thread } of this.#members) thread.unref();
    if ("values" in answer) waiting.resolve(answer.values);
    else waiting.reject(new MobileNetError(answer.code, answer.message));
  }

  #fail(message: string, cause: unknown): void {
    this.#failure ??= new MobileNetError("internal", message, {
      received: cause instanceof Error ? cause.message : String(cause),
      remedy: "Train without workers (--workers 0).",
      cause,
    });
    this.#rejectAll(this.#failure);
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
