/**
 * A model in a worker, as the calling thread sees it: the object that its loader gives without one,
 * whose verbs send their picture away and wait for the answer. Waiting calls keep the process alive,
 * an idle worker does not; one that dies rejects every call, those that come later too.
 */
import { turboCompiler } from "../../backends/wasm/turbo.ts";
import { abortedError, throwIfAborted } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { requireOptions } from "../../option-names.ts";
import { disposedModelError, type LoadedModel, type PictureOptions } from "../platform.ts";
import type { Verb } from "../task-names.ts";
import type { RemoteOptions, RemoteParts } from "./messages.ts";
import { RemoteWorker } from "./remote-worker.ts";
import type { WorkerHost } from "./worker-host.ts";

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
    const { description, values, verbs } = await loadInto(worker, onlyModel, load);
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

/** The name of a model that has its worker for itself. */
const onlyModel = "model";

/**
 * Loads a model into a worker that runs, under a name that calls give.
 *
 * @throws MobileNetError as `loadRemotely`.
 */
export async function loadInto(
  worker: RemoteWorker,
  as: string,
  { verb, model, owned, options: given }: Pick<RemoteLoad, "verb" | "model" | "owned" | "options">,
): Promise<RemoteParts> {
  const options = { ...given, turbo: turboCompiler() !== undefined };
  const request = { kind: "load", as, verb, model, options } as const;
  return (await worker.ask(request, owned ? weightsOf(model) : [])) as RemoteParts;
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
  const request = { kind: "call", of: onlyModel, verb, input: handed.input, options } as const;
  return worker.ask(request, handed.transfer, { signal });
}

/** The memory that a model's weights lie in. */
function weightsOf({ graph }: Model): ArrayBuffer[] {
  const buffers = [...graph.parameters.values()].flatMap(({ data }) =>
    data?.buffer instanceof ArrayBuffer ? [data.buffer] : [],
  );
  return [...new Set(buffers)];
}
