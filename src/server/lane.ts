/** A worker of the pool with all of its models: loaded, and warm by an answer of each. */
import { MobileNetError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import type { BackendName } from "../tasks/backend-names.ts";
import type { RemoteParts } from "../tasks/off-thread/messages.ts";
import { loadInto } from "../tasks/off-thread/remote-model.ts";
import { RemoteWorker } from "../tasks/off-thread/remote-worker.ts";
import type { WorkerHost, WorkerLoss } from "../tasks/off-thread/worker-host.ts";
import type { ImageInput } from "../tasks/platform.ts";
import type { Verb } from "../tasks/task-names.ts";

/** A model that workers are sent, and what is asked of it. */
export interface PooledModel {
  /** As requests name it. */
  readonly name: string;
  readonly model: Model;
  readonly verbs: readonly Verb[];
}

/** What a call of a model needs. */
export interface Job {
  readonly verb: Verb;
  readonly model: string;
  /** A file's bytes, which are moved to the worker. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly options: object;
  /** Takes the call out of the queue, or stops the worker's work on it. */
  readonly signal: AbortSignal;
}

/** What a lane is opened with. */
export interface LaneRequest {
  readonly host: WorkerHost<ImageInput>;
  readonly models: readonly PooledModel[];
  /** What runs them. Default: `auto`. */
  readonly backend?: BackendName | undefined;
  readonly onWarning: (message: string) => void;
}

/** A worker that is ready. */
export interface Lane {
  /** What each model says of itself, by verb and name. */
  readonly parts: ReadonlyMap<string, RemoteParts>;
  /** Answers a call; settles once the worker is free again. */
  call(job: Job): Promise<unknown>;
  /** Called once where the worker dies; not where it is ended. */
  onLost(listener: (loss: WorkerLoss) => void): void;
  end(): void;
}

/** Under which name a worker has a model for a verb. */
export function laneName(verb: Verb, model: string): string {
  return `${verb} ${model}`;
}

/** A grey pixel as a PNG file, so that the decoder is warm, too. */
const greyPixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNoaGgAAAMEAYEezv+mAAAAAElFTkSuQmCC";

/**
 * Starts a worker, loads the models into it and asks each of them once.
 *
 * @throws MobileNetError what loading throws, or `worker-lost` where no worker can be had.
 */
export async function openLane({
  host,
  models,
  backend = "auto",
  onWarning,
}: LaneRequest): Promise<Lane> {
  const worker = new RemoteWorker(onWarning);
  let tell: ((loss: WorkerLoss) => void) | undefined;
  let lost: WorkerLoss | undefined;
  let ended = false;
  const watched: WorkerHost<ImageInput> = {
    ...host,
    start: (address, events) =>
      host.start(address, {
        ...events,
        onLost(loss) {
          events.onLost(loss);
          if (lost !== undefined || ended) return;
          lost = loss;
          tell?.(loss);
        },
      }),
  };
  const end = (): void => {
    ended = true;
    worker.end(new MobileNetError("disposed", "the server's worker was ended"));
  };
  const call = ({ verb, model, input, options, signal }: Job): Promise<unknown> => {
    const request = { kind: "call", of: laneName(verb, model), verb, input, options, json: true };
    return worker.ask(request as typeof request & { kind: "call" }, [input.buffer], {
      signal,
      stopped: true,
    });
  };
  const parts = new Map<string, RemoteParts>();
  try {
    const obstacle = await worker.start(watched, undefined);
    if (obstacle !== undefined) {
      throw new MobileNetError("worker-lost", "a worker cannot be had", { received: obstacle });
    }
    const how = { backend, threads: 1, outputs: undefined };
    for (const { name, model, verbs } of models) {
      for (const verb of verbs) {
        const as = laneName(verb, name);
        parts.set(as, await loadInto(worker, as, { verb, model, owned: false, options: how }));
        const input = Uint8Array.from(atob(greyPixel), (character) => character.charCodeAt(0));
        await call({ verb, model: name, input, options: {}, signal: new AbortController().signal });
      }
    }
  } catch (error) {
    end();
    throw error;
  }
  return {
    parts,
    call,
    onLost(listener) {
      tell = listener;
      if (lost !== undefined) listener(lost);
    },
    end,
  };
}
