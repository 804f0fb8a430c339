/**
 * The pool: workers that each have all models, and one bounded queue before them, first come, first
 * served. A call whose signal fires leaves the queue, or its worker at the next turn; the worker counts
 * as busy until it has left. A worker that dies is replaced, and the call that it had fails.
 */
import { abortedError, describeError } from "../errors.ts";
import { pause } from "../pause.ts";
import type { BackendName } from "../tasks/backend-names.ts";
import type { RemoteParts } from "../tasks/off-thread/messages.ts";
import type { WorkerHost, WorkerLoss } from "../tasks/off-thread/worker-host.ts";
import type { ImageInput } from "../tasks/platform.ts";
import { type Job, type Lane, openLane, type PooledModel } from "./lane.ts";
import { RefusedRequest } from "./refusals.ts";

/** How large a pool is, and who hears of it. */
export interface PoolSettings {
  readonly workers: number;
  /** Calls that may wait beside those that workers have. */
  readonly queue: number;
  /** What runs the models. Default: `auto`. */
  readonly backend?: BackendName | undefined;
  /** Told of a call that a worker has had, and how long. */
  readonly onServed?: ((job: Job, seconds: number) => void) | undefined;
  readonly onWarning: (message: string) => void;
  /** How long a worker may go on with a call that was given up before it is replaced. Default: 10 s. */
  readonly stuckMilliseconds?: number;
}

/** What is known of a pool at a moment. */
export interface PoolState {
  /** Whether all models were loaded and there is a worker. */
  readonly ready: boolean;
  readonly workers: number;
  readonly busy: number;
  readonly waiting: number;
  /** Workers that died since the start. */
  readonly lost: number;
}

interface Task {
  readonly job: Job;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Called where the signal fires while a worker has the call. */
  giveUp?: () => void;
}

/** The weight of the newest call in the mean time of one. */
const newest = 0.1;

/** The longest that a client is told to wait, in seconds. */
const longestWait = 60;

/** The shortest and longest pause before another attempt at replacing a worker. */
const [shortestPause, longestPause] = [100, 30_000];

/** Workers with the same models, and their queue. */
export class WorkerPool {
  readonly #host: WorkerHost<ImageInput>;
  readonly #models: readonly PooledModel[];
  readonly #settings: PoolSettings;
  readonly #lanes = new Map<Lane, Task | undefined>();
  readonly #waiting: Task[] = [];
  readonly #closed = new AbortController();
  #parts: ReadonlyMap<string, RemoteParts> | undefined;
  #meanSeconds: number | undefined;
  #lost = 0;

  constructor(
    host: WorkerHost<ImageInput>,
    models: readonly PooledModel[],
    settings: PoolSettings,
  ) {
    this.#host = host;
    this.#models = models;
    this.#settings = settings;
  }

  /**
   * Starts all workers; gives what the models say of themselves, by `laneName`.
   *
   * @throws MobileNetError what loading throws; then no worker is left.
   */
  async start(): Promise<ReadonlyMap<string, RemoteParts>> {
    const opened = await Promise.allSettled(
      Array.from({ length: this.#settings.workers }, () => this.#open()),
    );
    const lanes = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = opened.find((one) => one.status === "rejected");
    if (failed !== undefined || this.#closed.signal.aborted) {
      for (const lane of lanes) lane.end();
      throw failed?.reason ?? abortedError(this.#closed.signal);
    }
    this.#parts = lanes[0]!.parts;
    for (const lane of lanes) this.#add(lane);
    return this.#parts;
  }

  get state(): PoolState {
    const tasks = [...this.#lanes.values()];
    return {
      ready: this.#parts !== undefined && tasks.length > 0,
      workers: tasks.length,
      busy: tasks.filter((task) => task !== undefined).length,
      waiting: this.#waiting.length,
      lost: this.#lost,
    };
  }

  /** The most calls that it can have at once. */
  get capacity(): number {
    return this.#settings.workers + this.#settings.queue;
  }

  /** Seconds until there should be room, from how long calls took so far. */
  get retryAfter(): number {
    const { waiting, busy, workers } = this.state;
    const seconds = ((waiting + busy) * (this.#meanSeconds ?? 0)) / Math.max(1, workers);
    return Math.min(longestWait, Math.max(1, Math.ceil(seconds)));
  }

  /** @throws RefusedRequest `busy` where there is no room for so many calls more. */
  requireRoom(calls: number): void {
    const { waiting, busy } = this.state;
    if (waiting + busy + calls <= this.capacity) return;
    throw new RefusedRequest("busy", "the server has as much to do as it takes on", {
      remedy: "Ask again later.",
      headers: { "Retry-After": this.retryAfter.toFixed(0) },
    });
  }

  /**
   * Takes on calls, all of them or none; gives their answers.
   *
   * @throws RefusedRequest `busy` or `stopping`.
   */
  submit(jobs: readonly Job[]): readonly Promise<unknown>[] {
    if (this.#closed.signal.aborted) throw stopping();
    this.requireRoom(jobs.length);
    return jobs.map((job) => this.#enqueue(job));
  }

  /** Ends all workers; calls that wait or run are rejected. */
  close(): void {
    this.#closed.abort();
    for (const { reject } of this.#waiting.splice(0)) reject(stopping());
    for (const [lane, task] of this.#lanes) {
      task?.reject(stopping());
      lane.end();
    }
    this.#lanes.clear();
  }

  #enqueue(job: Job): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal } = job;
      const leave = (): void => {
        const at = this.#waiting.indexOf(task);
        if (at >= 0) this.#waiting.splice(at, 1);
        task.giveUp?.();
        task.reject(abortedError(signal));
      };
      const settle =
        <T>(answer: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener("abort", leave);
          answer(value);
        };
      const task: Task = { job, resolve: settle(resolve), reject: settle(reject) };
      if (signal.aborted) {
        task.reject(abortedError(signal));
        return;
      }
      signal.addEventListener("abort", leave);
      this.#waiting.push(task);
      this.#next();
    });
  }

  /** Gives what waits to the workers that are free. */
  #next(): void {
    for (const [lane, busy] of this.#lanes) {
      if (busy !== undefined) continue;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      void this.#run(lane, task);
    }
  }

  async #run(lane: Lane, task: Task): Promise<void> {
    this.#lanes.set(lane, task);
    const began = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    task.giveUp = () => {
      const { stuckMilliseconds = 10_000 } = this.#settings;
      const loss = { reason: "it did not leave a call that was given up", memory: false };
      timer = setTimeout(() => this.#lose(lane, loss), stuckMilliseconds);
    };
    try {
      const value = await lane.call(task.job);
      const seconds = (performance.now() - began) / 1000;
      const mean = this.#meanSeconds ?? seconds;
      this.#meanSeconds = mean + newest * (seconds - mean);
      this.#settings.onServed?.(task.job, seconds);
      task.resolve(value);
    } catch (error) {
      task.reject(error);
    } finally {
      clearTimeout(timer);
      // It may have died, and another stand in its place.
      if (this.#lanes.has(lane)) this.#lanes.set(lane, undefined);
      this.#next();
    }
  }

  #open(): Promise<Lane> {
    const { backend, onWarning } = this.#settings;
    return openLane({ host: this.#host, models: this.#models, backend, onWarning });
  }

  #add(lane: Lane): void {
    this.#lanes.set(lane, undefined);
    lane.onLost((loss) => this.#lose(lane, loss));
    this.#next();
  }

  #lose(lane: Lane, { reason }: WorkerLoss): void {
    if (!this.#lanes.delete(lane)) return;
    lane.end();
    this.#lost++;
    this.#settings.onWarning(`a worker is gone and is replaced: ${reason}`);
    void this.#replace();
  }

  async #replace(): Promise<void> {
    const { signal } = this.#closed;
    for (
      let milliseconds = shortestPause;
      !signal.aborted;
      milliseconds = Math.min(2 * milliseconds, longestPause)
    ) {
      try {
        const lane = await this.#open();
        if (signal.aborted) lane.end();
        else this.#add(lane);
        return;
      } catch (error) {
        this.#settings.onWarning(`a worker cannot be replaced yet: ${describeError(error)}`);
        await pause(milliseconds, signal);
      }
    }
  }
}

function stopping(): RefusedRequest {
  return new RefusedRequest("stopping", "the server is stopping");
}
