/**
 * The helper threads of this process, shared by all programs in it. They start when a program first
 * asks for them and serve whichever program runs. A leader never waits for a helper to wake: a helper
 * that is late, or not there yet, finds its share done.
 */
import { type HostThread, startThread } from "./host.ts";
import { bellWord, mostHelpers, threadSource } from "./thread-source.ts";

/** A program as helpers see it. */
export interface SharedProgram {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The program's address. */
  readonly program: number;
  /** The addresses of the helpers' records, one for each. */
  readonly workers: readonly number[];
}

/** How long a program that is being prepared waits for helpers to let go of others' memory. */
const settleMilliseconds = 500;

/** Helpers that any program of this process may call. A helper that fails is done without. */
export class ThreadPool {
  readonly #startThread: typeof startThread;
  readonly #bell: Int32Array = new Int32Array(
    new SharedArrayBuffer((bellWord.messages + mostHelpers) * 4),
  );
  readonly #threads: HostThread[] = [];
  readonly #lost = new Set<number>();
  /** The helpers that know each program. */
  readonly #known = new Map<number, Set<number>>();
  readonly #leaving = new Map<number, () => void>();
  readonly #settled: (() => void)[] = [];
  #programs = 0;
  #holders = 0;

  constructor(start: typeof startThread = startThread) {
    this.#startThread = start;
  }

  /** Makes sure of so many helpers; false where the host does not let them start. */
  start(count: number): boolean {
    try {
      while (this.#threads.length < count) this.#startHelper(this.#threads.length);
      return true;
    } catch {
      return false;
    }
  }

  /** Makes a program known to as many helpers as it has records for; gives its number. */
  add({ module, memory, program, workers }: SharedProgram): number {
    const id = ++this.#programs;
    this.start(workers.length);
    const helpers = [...workers.keys()].filter(
      (index) => this.#threads[index] !== undefined && !this.#lost.has(index),
    );
    this.#known.set(id, new Set(helpers));
    for (const index of helpers) {
      this.#post(index, { id, module, memory, program, worker: workers[index] });
    }
    return id;
  }

  /** Calls the helpers to a program's run. */
  ring(id: number): void {
    Atomics.store(this.#bell, bellWord.program, id);
    Atomics.add(this.#bell, bellWord.rings, 1);
    Atomics.notify(this.#bell, bellWord.rings);
  }

  /** Makes the helpers forget a program; `done` is called once they have. */
  remove(id: number, done: () => void): void {
    this.#leaving.set(id, done);
    for (const index of this.#known.get(id) ?? []) this.#post(index, { removed: id });
    this.#finish(id);
  }

  /**
   * Waits until the helpers have forgotten all programs that were removed, so that their memory can
   * be used again; gives up after half a second, for a helper may be stuck.
   */
  async settle(): Promise<void> {
    if (this.#leaving.size === 0) return;
    this.#hold(1);
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#settled.push(resolve);
      timer = setTimeout(resolve, settleMilliseconds);
    });
    clearTimeout(timer);
    this.#hold(-1);
  }

  /** Keeps the process alive while anyone waits. */
  #hold(change: 1 | -1): void {
    this.#holders += change;
    for (const thread of this.#threads) thread.hold(this.#holders > 0);
  }

  #startHelper(index: number): void {
    this.#threads[index] = this.#startThread(threadSource, {
      onMessage: (id) => this.#left(index, id as number),
      onLost: () => this.#lose(index),
    });
    this.#post(index, { bell: this.#bell.buffer, index });
  }

  /** Sends a helper a message. It is counted first: a helper that sees the count waits for it. */
  #post(index: number, message: object): void {
    Atomics.add(this.#bell, bellWord.messages + index, 1);
    this.#threads[index]?.post(message);
    this.ring(0);
  }

  #lose(index: number): void {
    this.#lost.add(index);
    for (const id of this.#known.keys()) this.#left(index, id);
  }

  #left(index: number, id: number): void {
    this.#known.get(id)?.delete(index);
    this.#finish(id);
  }

  #finish(id: number): void {
    const done = this.#leaving.get(id);
    if (done === undefined || (this.#known.get(id)?.size ?? 0) > 0) return;
    this.#leaving.delete(id);
    this.#known.delete(id);
    done();
    if (this.#leaving.size > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

let shared: ThreadPool | undefined;

/** The pool of this process; its threads start when programs ask for them. */
export function threadPool(): ThreadPool {
  shared ??= new ThreadPool();
  return shared;
}
