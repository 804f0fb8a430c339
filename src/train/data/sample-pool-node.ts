/**
 * Samples made in worker threads while the network trains: the trainer says what it will read, workers
 * read, decode and augment it, and a read then only waits for what is nearly there. Decoded pictures are
 * kept in memory, and in a folder where one is named. Every sample follows from its picture and its key
 * alone, so that results are the same bits with any number of workers and whatever is kept, and what a
 * worker had not answered when it ended is made once more by another.
 */
import { availableParallelism, totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import { checkSettings, type Kinds, wholeFrom } from "../../check-fields.ts";
import { cacheKind } from "../../data/picture-cache-node.ts";
import type { Pictures } from "../../data/pictures.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import { pickLimits } from "../../image/limits.ts";
import type { Preprocess } from "../../image/presets.ts";
import { makeAhead } from "./ahead.ts";
import type { Augmentation } from "./augment.ts";
import { KeptPictures } from "./kept-pictures.ts";
import { type MadeSample, makeSample, type SampleTask } from "./make-sample-node.ts";
import { pictureSamples } from "./picture-samples.ts";
import type { NumberedTask, SampleAnswer } from "./sample-worker-node.ts";
import type { SamplePool, SampleSet } from "./samples.ts";
import { type SampleOptions, workingCopy } from "./working-copy.ts";

/** One less than the processor's cores, which the network wants too, and at most 4. */
const usualWorkers: number = Math.max(1, Math.min(4, availableParallelism() - 1));

const mostWorkers = 64;

/** Samples that are made and not yet read take at most so many bytes. */
const aheadBytes = 256e6;

/** Samples under way where there are no workers; decoding has threads of its own. */
const aheadAlone = 4;

/** Decoded pictures take at most so many bytes: a gigabyte, less where the machine has little. */
const usualCacheBytes: number = Math.min(1e9, Math.floor(totalmem() / 4));

/** How often a sample is tried where workers end over it. */
const mostTries = 2;

interface Waiting {
  readonly task: NumberedTask;
  readonly resolve: (made: MadeSample) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

interface Member {
  readonly thread: Worker;
  /** Tasks it has been given and not answered. */
  readonly open: Set<number>;
}

/** How many threads make samples, and what is kept of pictures that are decoded. */
export interface SamplePoolOptions {
  /** Worker threads, from 0 to 64. Default: one less than the cores, 1 to 4. */
  readonly workers?: number | undefined;
  /**
   * The most bytes of decoded pictures that are kept in memory for the next epoch, 0 for none. Those that
   * find no room are decoded each time, or come from `cache`. Default: 1,000,000,000, or a quarter of the
   * machine's memory where that is less.
   */
  readonly cacheBytes?: number | undefined;
  /**
   * A folder that keeps decoded pictures, for this run and later ones; made where it is missing. A
   * picture's file is known by path, size and time of change. Default: none.
   */
  readonly cache?: string | undefined;
}

const optionKinds: Kinds<SamplePoolOptions> = {
  workers: wholeFrom(0, mostWorkers),
  cacheBytes: wholeFrom(0),
  cache: cacheKind,
};

/**
 * Starts workers for pictures that are files; other pictures are read where they are, and not kept.
 * Samples are the same bits for any options.
 *
 * @throws MobileNetError `invalid-argument` for a bad option. Reading a sample throws `io` where `cache`
 *   cannot be written.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/flowers-");
 * await mkdir(`${folder}/rockets`);
 * await mkdir(`${folder}/cups`);
 * await cp("examples/images/rocket.jpg", `${folder}/rockets/1.jpg`);
 * await cp("examples/images/coffee.png", `${folder}/cups/1.png`);
 * const { training } = await folderDataSet(folder);
 * const preset = { width: 32, height: 32, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.unit } as const;
 * const pool = openSamplePool({ workers: 0, cacheBytes: 100_000_000, cache: `${folder}/.decoded` });
 * const samples = pool.samples(training, preset, { flip: true });
 * const [first, second] = [new Float32Array(32 * 32 * 3), new Float32Array(32 * 32 * 3)];
 * await samples.read(0, first); // decodes
 * await samples.read(0, second); // from memory
 * first.join() === second.join(); // true
 * (await readdir(`${folder}/.decoded`)).length; // 1
 * pool.dispose();
 * await rm(folder, { recursive: true });
 * ```
 */
export function openSamplePool(options: SamplePoolOptions = {}): SamplePool {
  checkSettings(options, optionKinds, "openSamplePool");
  return new Pool(options);
}

class Pool implements SamplePool {
  readonly #size: number;
  readonly #cache: string | undefined;
  readonly #kept: KeptPictures;
  readonly #members = new Set<Member>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #disposed: MobileNetError | undefined;

  constructor({ workers = usualWorkers, cacheBytes = usualCacheBytes, cache }: SamplePoolOptions) {
    this.#size = workers;
    this.#cache = cache;
    this.#kept = new KeptPictures(cacheBytes);
    while (this.#members.size < workers) this.#start();
  }

  samples<Label>(
    pictures: Pictures<Label>,
    preset: Preprocess,
    augmentation: Augmentation,
    options: SampleOptions = {},
  ): SampleSet<Label> {
    const plain = pictureSamples(pictures, preset, augmentation, options);
    const path = pictures.path?.bind(pictures);
    if (path === undefined) return plain;
    const limits = pickLimits(pictures);
    const { decode } = options;
    const copy = workingCopy(preset, augmentation, options)?.name;
    const bytes = 4 * 3 * preset.width * preset.height;
    const ahead = makeAhead(
      ({ index, key }) => {
        const file = path(index);
        const name = JSON.stringify([file, copy, limits]);
        const boxes = pictures.boxes?.(index);
        return this.#make(name, { path: file, limits, preset, augmentation, key, boxes, decode });
      },
      this.#size === 0 ? aheadAlone : Math.max(this.#size, Math.floor(aheadBytes / bytes)),
    );
    return {
      ...plain,
      prefetch: (requests) => ahead.prefetch(requests),
      async read(index, into, random) {
        const { values, geometry } = await ahead.take({ index, key: random?.key });
        into.set(values);
        return geometry;
      },
    };
  }

  dispose(): void {
    const error = new MobileNetError("disposed", "the sample pool was disposed");
    this.#disposed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const { thread } of this.#members) void thread.terminate();
    this.#kept.clear();
  }

  /** A sample; its picture is known, or decoded and then kept under the name, if there is room. */
  async #make(
    name: string,
    given: Omit<SampleTask, "cache" | "room" | "known">,
  ): Promise<Omit<MadeSample, "picture">> {
    if (this.#disposed !== undefined) throw this.#disposed;
    const { room } = this.#kept;
    const task = { ...given, cache: this.#cache, room, known: this.#kept.get(name) };
    const { values, geometry, picture } = await (this.#size === 0
      ? makeSample(task)
      : this.#ask(task));
    if (this.#disposed !== undefined) throw this.#disposed;
    if (picture !== undefined) this.#kept.add(name, picture);
    return { values, geometry };
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

  #ask(given: SampleTask): Promise<MadeSample> {
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
    if ("values" in answer) waiting.resolve(answer);
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
