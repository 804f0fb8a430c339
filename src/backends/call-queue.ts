/**
 * The queue of an executable: one call at a time, first come, first served. A call leaves it when its
 * signal says so; all leave it when the executable is disposed of. A call that finds the queue empty
 * starts at once, within `add`, so that a single one waits for nothing.
 */
import { abortedError, throwIfAborted } from "../errors.ts";
import { disposedError } from "./checks.ts";
import { mayHoldThread, oweTurn, turnToHoldThread } from "./turn.ts";

/** A call that has not been answered. */
interface Call {
  start(): void | Promise<void>;
  reject(error: unknown): void;
}

/** Calls in the order in which they came. */
export class CallQueue {
  readonly #holdsThread: boolean;
  readonly #waiting = new Set<Call>();
  #running: Call | undefined;
  #busy = false;
  #closed = false;
  #onEmpty: (() => void) | undefined;

  /** @param holdsThread - Whether work holds the thread, so that the event loop is owed a turn after. */
  constructor({ holdsThread }: { readonly holdsThread: boolean }) {
    this.#holdsThread = holdsThread;
  }

  /** Whether the next call starts at once. */
  get idle(): boolean {
    return !this.#busy && !this.#mustWait();
  }

  /**
   * Does work when its turn comes.
   *
   * @throws MobileNetError `disposed` after `close`, `aborted` where the signal says so, also while the
   *   work is under way; and what the work throws.
   */
  add<T>(work: () => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      throwIfAborted(signal);
      if (this.#closed) throw disposedError();
      const call: Call = {
        start() {
          try {
            const result = work();
            if (!isThenable(result)) return settle(resolve, result);
            return Promise.resolve(result).then(
              (value) => settle(resolve, value),
              (error) => settle(reject, error),
            );
          } catch (error) {
            return settle(reject, error);
          }
        },
        reject: (error) => settle(reject, error),
      };
      const settle = <V>(answer: (value: V) => void, value: V): void => {
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(call);
        answer(value);
      };
      const abort = (): void => call.reject(abortedError(signal));
      signal?.addEventListener("abort", abort);
      this.#waiting.add(call);
      if (!this.#busy) void this.#work();
    });
  }

  /**
   * Rejects every call that has not been answered, and all that come.
   *
   * @param onEmpty - Called once no work is under way any more.
   */
  close(onEmpty?: () => void): void {
    this.#closed = true;
    this.#onEmpty ??= onEmpty;
    for (const call of this.#waiting) call.reject(disposedError());
    this.#running?.reject(disposedError());
    if (this.#running === undefined) this.#empty();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (;;) {
      if (this.#mustWait()) await turnToHoldThread();
      const [call] = this.#waiting;
      if (call === undefined) break;
      this.#waiting.delete(call);
      this.#running = call;
      const done = call.start();
      if (this.#holdsThread) oweTurn();
      if (done !== undefined) await done;
      this.#running = undefined;
      if (this.#closed) this.#empty();
    }
    this.#busy = false;
  }

  #mustWait(): boolean {
    return this.#holdsThread && !mayHoldThread();
  }

  #empty(): void {
    this.#onEmpty?.();
    this.#onEmpty = undefined;
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value;
}
