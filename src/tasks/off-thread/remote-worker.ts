/**
 * A worker as the calling thread sees it: requests go there under a number and wait for their answers.
 * Waiting requests keep the process alive, an idle worker does not; one that dies rejects every request,
 * those that come later too.
 */
import { abortedError, describeError, MobileNetError } from "../../errors.ts";
import {
  type Answer,
  type DecoderRequest,
  errorFromParts,
  type Request,
  type Unnumbered,
} from "./messages.ts";
import type { WorkerHost, WorkerLoss, WorkerThread } from "./worker-host.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What cancels a request. */
interface Cancelling {
  readonly signal?: AbortSignal | undefined;
  /** Wait until the worker has left its work, and so is free. */
  readonly stopped?: boolean;
}

/** A worker and the requests that it has not answered. */
export class RemoteWorker {
  readonly #waiting = new Map<number, Waiting>();
  readonly #onWarning: (message: string) => void;
  #thread: WorkerThread | undefined;
  #next = 1;
  /** Why it takes no requests any more. */
  #end: MobileNetError | undefined;
  #onReady: ((obstacle?: string) => void) | undefined;

  constructor(onWarning: (message: string) => void) {
    this.#onWarning = onWarning;
  }

  /** Waits until the worker's script runs; gives what keeps it from that. */
  async start<Input>(
    host: WorkerHost<Input>,
    address: string | URL | undefined,
  ): Promise<string | undefined> {
    const ready = new Promise<string | undefined>((resolve) => {
      this.#onReady = resolve;
    });
    try {
      this.#thread = host.start(address, {
        onMessage: (message) => this.#take(message as Answer),
        onLost: (loss) => this.#lose(loss),
      });
    } catch (error) {
      return describeError(error);
    }
    this.#thread.hold(true);
    // The signal may have fired before there was a thread to end.
    if (this.#end !== undefined) this.#thread.end();
    const obstacle = await ready;
    this.requireAlive();
    this.#thread.hold(false);
    return obstacle;
  }

  /** @throws MobileNetError `disposed` or `worker-lost`. */
  requireAlive(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /**
   * Sends a request and waits for its answer; once its signal fires no longer, unless the worker shall
   * have `stopped` first.
   */
  ask(
    request: Unnumbered<Request | DecoderRequest>,
    transfer: readonly Transferable[],
    { signal, stopped = false }: Cancelling = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.requireAlive();
      const id = this.#next++;
      const settle = <T>(answer: (value: T) => void, value: T): void => {
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(id);
        if (this.#waiting.size === 0) this.#thread?.hold(false);
        answer(value);
      };
      const abort = (): void => {
        this.#post({ kind: "cancel", id }, []);
        if (!stopped) settle(reject, abortedError(signal));
      };
      signal?.addEventListener("abort", abort);
      if (this.#waiting.size === 0) this.#thread?.hold(true);
      this.#waiting.set(id, {
        resolve: (value) => settle(resolve, value),
        reject: (error) => settle(reject, error),
      });
      try {
        this.#post({ ...request, id }, transfer);
      } catch (error) {
        settle(reject, error);
      }
    });
  }

  /** Rejects what waits and all that comes, and ends the thread. The first reason stays. */
  end(reason: MobileNetError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#thread?.end();
    this.#onReady?.();
  }

  #lose(loss: WorkerLoss): void {
    // Before it was ready nothing was sent to it, and the calling thread can stand in.
    if (this.#onReady !== undefined) this.#onReady(loss.reason);
    else this.end(lostError(loss));
  }

  #take(answer: Answer): void {
    switch (answer.kind) {
      case "ready":
        this.#onReady?.();
        this.#onReady = undefined;
        break;
      case "warning":
        this.#onWarning(answer.message);
        break;
      case "done":
        this.#waiting.get(answer.id)?.resolve(answer.value);
        break;
      case "failed":
        this.#waiting.get(answer.id)?.reject(errorFromParts(answer.error));
        break;
    }
  }

  #post(request: object, transfer: readonly Transferable[]): void {
    const thread = this.#thread as WorkerThread;
    try {
      thread.post(request, transfer);
    } catch (error) {
      // Some memory cannot be moved, Node's own pool for one; then all of it is copied.
      if (transfer.length > 0) this.#post(request, []);
      else throw unsendable(error);
    }
  }
}

function lostError({ reason, memory, cause }: WorkerLoss): MobileNetError {
  return new MobileNetError(memory ? "memory" : "worker-lost", "the model's worker is gone", {
    received: reason,
    remedy: memory ? "Use a smaller model or picture." : "Load the model again.",
    cause,
  });
}

function unsendable(cause: unknown): MobileNetError {
  return new MobileNetError("invalid-argument", "this cannot be sent to a worker", {
    expected: "plain values, arrays and pictures",
    received: describeError(cause),
    cause,
  });
}
