/**
 * Samples made in worker threads while the network trains: the trainer says what it will read, workers
 * read, decode and augment it, and a read then only waits for what is nearly there. Every sample follows
 * from its picture and its key alone, so that results are the same bits with any number of workers.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Pictures } from "../../data/pictures.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import type { Preprocess } from "../../image/presets.ts";
import { quote } from "../../untrusted.ts";
import { makeAhead } from "./ahead.ts";
import type { Augmentation } from "./augment.ts";
import { pictureSamples } from "./picture-samples.ts";
import type { SampleAnswer, SampleTask } from "./sample-worker-node.ts";
import type { SamplePool, Samples } from "./samples.ts";

/** One less than the processor's cores, which the network wants too, and at most 4. */
const usualWorkers: number = Math.max(1, Math.min(4, availableParallelism() - 1));

const mostWorkers = 64;

/** Samples that are made and not yet read take at most so many bytes. */
const aheadBytes = 256e6;

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
 * @param workers - How many, from 0 to 64; the default leaves a core to the network.
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
export function openSamplePool({
  workers = usualWorkers,
}: {
  readonly workers?: number | undefined;
} = {}): SamplePool {
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= mostWorkers)) {
    throw new MobileNetError("invalid-argument", "bad workers", {
      expected: `a whole number from 0 to ${mostWorkers}`,
      received: quote(workers),
    });
  }
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
      thread.on("message", (answer: SampleAnswer) => this.#take(answer));
      thread.on("error", (cause) => this.#fail("a worker that reads pictures failed", cause));
      // A program may end while workers wait for tasks. Listeners hold it again, so this comes last.
      thread.unref();
      return member;
    });
  }

  samples(pictures: Pictures, preset: Preprocess, augmentation: Augmentation): Samples {
    const plain = pictureSamples(pictures, preset, augmentation);
    const path = pictures.path?.bind(pictures);
    if (path === undefined || this.#members.length === 0) return plain;
    const bytes = 4 * 3 * preset.width * preset.height;
    const ahead = makeAhead(
      ({ index, key }) => this.#ask({ path: path(index), preset, augmentation, key }),
      Math.max(this.#members.length, Math.floor(aheadBytes / bytes)),
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
      received: describeError(cause),
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
