/**
 * A model in a worker, as the calling thread sees it: the object that its loader gives without one,
 * whose verbs send their picture away and wait for the answer. Waiting calls keep the process alive,
 * an idle worker does not; one that dies rejects every call, those that come later too.
 */
import { turboCompiler } from "../../backends/wasm/turbo.ts";
import { abortedError, describeError, MobileNetError, throwIfAborted } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { requireOptions } from "../../option-names.ts";
import { disposedModelError, type LoadedModel, type PictureOptions } from "../platform.ts";
import type { Verb } from "../task-names.ts";
import {
  type Answer,
  errorFromParts,
  type RemoteOptions,
  type RemoteParts,
  type Request,
  type Unnumbered,
} from "./messages.ts";
import type { WorkerHost, WorkerLoss, WorkerThread } from "./worker-host.ts";

/** What is to be loaded into a worker. */
export interface RemoteLoad {
  readonly verb: Verb;
  readonly model: Model;
  /** Nobody else has the model's weights, so that they are moved; else they are copied. */
  readonly owned: boolean;
  /** The worker's script, where not the package's own. */
  readonly address: string | URL | undefined;
  readonly options: Omit<RemoteOptions, "turbo">;
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Why there is no worker. */
export interface NoWorker {
  readonly obstacle: string;
}

/**
 * Loads a model into a worker of its own.
 *
 * @returns What the loader gives, or why no worker can be had here: then nothing was sent to one.
 * @throws MobileNetError what loading the model throws, `aborted`, or `worker-lost` where the worker
 *   dies over it.
 */
export async function loadRemotely<Input>(
  host: WorkerHost<Input>,
  load: RemoteLoad,
): Promise<LoadedModel | NoWorker> {
  const worker = new RemoteWorker(load.onWarning);
  const dispose = (): void => worker.end(disposedModelError(load.model.name));
  const stop = (): void => worker.end(abortedError(load.signal));
  load.signal?.addEventListener("abort", stop);
  try {
    throwIfAborted(load.signal);
    const obstacle = await worker.start(host, load.address);
    if (obstacle !== undefined) {
      dispose();
      return { obstacle };
    }
    const { description, values, verbs } = await worker.load(load);
    const calls = verbs.map((verb) => {
      const call = (input: Input, options?: PictureOptions): Promise<unknown> =>
        callRemotely({ worker, host, verb }, input, options);
      return [verb, call] as const;
    });
    return {
      ...(values as unknown as LoadedModel),
      ...Object.fromEntries(calls),
      description: `${description}, in a worker`,
      dispose,
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    load.signal?.removeEventListener("abort", stop);
  }
}

/** Calls a verb; its picture is copied or moved before anything is awaited, where that can be. */
async function callRemotely<Input>(
  { worker, host, verb }: { worker: RemoteWorker; host: WorkerHost<Input>; verb: string },
  input: Input,
  call: PictureOptions = {},
): Promise<unknown> {
  requireOptions(call, verb);
  const { signal, transfer = false, ...options } = call;
  worker.requireAlive();
  throwIfAborted(signal);
  const given = host.handOver(input, transfer === true);
  const handed = given instanceof Promise ? await given : given;
  throwIfAborted(signal);
  const request = { kind: "call", verb, input: handed.input, options } as const;
  return worker.ask(request, handed.transfer, signal);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker and the requests that it has not answered. */
class RemoteWorker {
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

  async load({ verb, model, owned, options }: RemoteLoad): Promise<RemoteParts> {
    const turbo = turboCompiler() !== undefined;
    const request = { kind: "load", verb, model, options: { ...options, turbo } } as const;
    return (await this.ask(request, owned ? weightsOf(model) : [])) as RemoteParts;
  }

  /** @throws MobileNetError `disposed` or `worker-lost`. */
  requireAlive(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /** Sends a request and waits for its answer. */
  ask(
    request: Unnumbered<Request>,
    transfer: readonly Transferable[],
    signal?: AbortSignal,
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
        settle(reject, abortedError(signal));
      };
      signal?.addEventListener("abort", abort);
      if (this.#waiting.size === 0) this.#thread?.hold(true);
      this.#waiting.set(id, {
        resolve: (value) => settle(resolve, value),
        reject: (error) => settle(reject, error),
      });
      try {
        this.#post({ ...request, id } as Request, transfer);
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

  #post(request: Request, transfer: readonly Transferable[]): void {
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

/** The memory that a model's weights lie in. */
function weightsOf({ graph }: Model): ArrayBuffer[] {
  const buffers = [...graph.parameters.values()].flatMap(({ data }) =>
    data?.buffer instanceof ArrayBuffer ? [data.buffer] : [],
  );
  return [...new Set(buffers)];
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
