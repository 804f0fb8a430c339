/**
 * Samples made in worker threads while the network trains: the trainer says what it will read, workers
 * read, decode and augment it, and a read then only waits for what is nearly there. Every sample follows
 * from its picture and its key alone, so that results are the same bits with any number of workers, and
 * what a worker had not answered when it ended is made once more by another.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { checkSettings, wholeFrom } from "../../check-fields.ts";
import type { Pictures } from "../../data/pictures.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import { pickLimits } from "../../image/limits.ts";
import type { Preprocess } from "../../image/presets.ts";
import { makeAhead } from "./ahead.ts";
import type { Augmentation } from "./augment.ts";
import { pictureSamples } from "./picture-samples.ts";
import type { SampleAnswer, SampleTask } from "./sample-worker-node.ts";
import type { SamplePool, SampleSet } from "./samples.ts";

/** One less than the processor's cores, which the network wants too, and at most 4. */
const usualWorkers: number = Math.max(1, Math.min(4, availableParallelism() - 1));

const mostWorkers = 64;

/** Samples that are made and not yet read take at most so many bytes. */
const aheadBytes = 256e6;

/** How often a sample is tried where workers end over it. */
const mostTries = 2;

interface Waiting {
  readonly task: SampleTask;
  readonly resolve: (values: Float32Array) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

interface Member {
  readonly thread: Worker;
  /** Tasks it has been given and not answered. */
  readonly open: Set<number>;
}

/**
 * Starts workers for pictures that are files; other pictures are read where they are.
 *
 * @param options - `workers` is how many, from 0 to 64; the default leaves a core to the network.
 * @throws MobileNetError `invalid-argument` for any other number.
 *
 * @example
 * ```ts
 * const pool = openSamplePool({ workers: 1 });
 * // Workers read files; what has no path is read here.
 * const picture = { width: 1, height: 1, data: Uint8Array.of(255, 0, 255) };
 * const pictures = { count: 1, name: () => "pink", label: () => 0, picture: async () => picture };
 * const preset = { width: 1, height: 1, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.unit } as const;
 * const values = new Float32Array(3);
 * await pool.samples(pictures, preset, {}).read(0, values);
 * [...values]; // [1, 0, 1]
 * pool.dispose();
 * ```
 */
export function openSamplePool(
  options: { readonly workers?: number | undefined } = {},
): SamplePool {
  checkSettings(options, { workers: wholeFrom(0, mostWorkers) }, "openSamplePool");
  return new Pool(options.workers ?? usualWorkers);
}

class Pool implements SamplePool {
  readonly #size: number;
  readonly #members = new Set<Member>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #disposed: MobileNetError | undefined;

  constructor(workers: number) {
    this.#size = workers;
    while (this.#members.size < workers) this.#start();
  }

  samples(pictures: Pictures, preset: Preprocess, augmentation: Augmentation): SampleSet {
    const plain = pictureSamples(pictures, preset, augmentation);
    const path = pictures.path?.bind(pictures);
    const limits = pickLimits(pictures);
    if (path === undefined || this.#size === 0) return plain;
    const bytes = 4 * 3 * preset.width * preset.height;
    const ahead = makeAhead(
      ({ index, key }) => this.#ask({ path: path(index), limits, preset, augmentation, key }),
      Math.max(this.#size, Math.floor(aheadBytes / bytes)),
    );
    return {
      ...plain,
      prefetch: (requests) => ahead.prefetch(requests),
      async read(index, into, random) {
        into.set(await ahead.take({ index, key: random?.key }));
      },
    };
  }

  dispose(): void {
    const error = new MobileNetError("disposed", "the sample pool was disposed");
    this.#disposed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const { thread } of this.#members) void thread.terminate();
  }

  #start(): void {
    const thread = startWorker();
    const member: Member = { thread, open: new Set() };
    let cause: unknown;
    thread.on("message", (answer: SampleAnswer) => this.#take(member, answer));
    thread.on("messageerror", () => void thread.terminate());
    // Its end follows, as it does where nothing is said before.
    thread.on("error", (error) => {
      cause = error;
    });
    thread.on("exit", (code) => this.#lose(member, cause ?? `exit code ${code}`));
    // A program may end while workers wait for tasks. Listeners hold it again, so this comes last.
    if (this.#waiting.size === 0) thread.unref();
    this.#members.add(member);
  }

  #ask(given: Omit<SampleTask, "id">): Promise<Float32Array> {
    if (this.#disposed !== undefined) return Promise.reject(this.#disposed);
    const task = { ...given, id: this.#next++ };
    if (this.#waiting.size === 0) for (const { thread } of this.#members) thread.ref();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { task, resolve, reject, tries: 0 };
      this.#waiting.set(task.id, waiting);
      this.#give(waiting);
    });
  }

  /** Hands a task to the worker that has the fewest; workers that ended have successors then. */
  #give(waiting: Waiting): void {
    const { task } = waiting;
    waiting.tries++;
    try {
      while (this.#members.size < this.#size) this.#start();
      const worker = [...this.#members].reduce((least, other) =>
        other.open.size < least.open.size ? other : least,
      );
      worker.open.add(task.id);
      worker.thread.postMessage(task);
    } catch (error) {
      const known = error instanceof MobileNetError;
      const failure = known ? error : workersFailed("a worker cannot be told of a picture", error);
      this.#settle(task.id)?.reject(failure);
    }
  }

  #take(member: Member, answer: SampleAnswer): void {
    member.open.delete(answer.id);
    const waiting = this.#settle(answer.id);
    if (waiting === undefined) return;
    if ("values" in answer) waiting.resolve(answer.values);
    else waiting.reject(new MobileNetError(answer.code, answer.message));
  }

  /** What a worker has not answered is tried once more; it may be what ended the worker. */
  #lose(member: Member, cause: unknown): void {
    this.#members.delete(member);
    if (this.#disposed !== undefined) return;
    for (const id of member.open) {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      if (waiting.tries < mostTries) this.#give(waiting);
      else this.#settle(id)?.reject(workersFailed("workers that read pictures end", cause));
    }
  }

  /** Takes a task off the list; the process may end once none is left. */
  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) for (const { thread } of this.#members) thread.unref();
    return waiting;
  }
}

function startWorker(): Worker {
  try {
    return new Worker(new URL("./sample-worker-node.js", import.meta.url));
  } catch (cause) {
    throw workersFailed("no worker can be started", cause);
  }
}

function workersFailed(summary: string, cause: unknown): MobileNetError {
  return new MobileNetError("internal", summary, {
    received: describeError(cause),
    remedy: "Train without workers (--workers 0).",
    cause,
  });
}
