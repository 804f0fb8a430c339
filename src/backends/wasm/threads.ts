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

/** Helpers that any program of this process may call. */
export class ThreadPool {
  readonly #bell: Int32Array = new Int32Array(
    new SharedArrayBuffer((bellWord.messages + mostHelpers) * 4),
  );
  readonly #threads: HostThread[] = [];
  readonly #leaving = new Map<number, { left: number; readonly done: () => void }>();
  readonly #settled: (() => void)[] = [];
  #programs = 0;

  /** Makes a program known to as many helpers as it has records for; gives its number. */
  add({ module, memory, program, workers }: SharedProgram): number {
    const id = ++this.#programs;
    for (const [index, worker] of workers.entries()) {
      this.#post(index, { id, module, memory, program, worker });
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
    this.#leaving.set(id, { left: this.#threads.length, done });
    for (const index of this.#threads.keys()) this.#post(index, { removed: id });
  }

  /** Waits until the helpers have forgotten all programs that were removed. */
  async settle(): Promise<void> {
    if (this.#leaving.size === 0) return;
    // Nothing else may keep the process alive meanwhile.
    for (const thread of this.#threads) thread.hold(true);
    await new Promise<void>((resolve) => this.#settled.push(resolve));
    for (const thread of this.#threads) thread.hold(false);
  }

  /** Sends a helper a message; the first starts it. */
  #post(index: number, message: object): void {
    const known = this.#threads[index];
    const thread = known ?? startThread(threadSource, (id) => this.#left(id as number));
    this.#threads[index] = thread;
    thread.post(known === undefined ? { ...message, bell: this.#bell.buffer, index } : message);
    Atomics.add(this.#bell, bellWord.messages + index, 1);
    this.ring(0);
  }

  #left(id: number): void {
    const leaving = this.#leaving.get(id);
    if (leaving === undefined || --leaving.left > 0) return;
    this.#leaving.delete(id);
    leaving.done();
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
