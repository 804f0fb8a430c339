/**
 * A platform whose "workers" are on the same thread, behind messages that are copied and moved as
 * between threads: what is said, and what a dying worker leaves behind, can be looked at without one.
 */
import type { RgbImage } from "../../src/image/image.ts";
import type { Model } from "../../src/models/model.ts";
import { loaderOptionNames } from "../../src/tasks/known-options.ts";
import { createLoaders, type LoaderOptions, type Loaders } from "../../src/tasks/loaders.ts";
import { serve } from "../../src/tasks/off-thread/serve.ts";
import type { serveDecoder } from "../../src/tasks/off-thread/serve-decoder.ts";
import {
  handOverBytes,
  type WorkerEvents,
  type WorkerHost,
} from "../../src/tasks/off-thread/worker-host.ts";
import type { Decode } from "../../src/tasks/platform.ts";

/** A worker on this thread. */
export interface FakeWorker {
  readonly events: WorkerEvents;
  readonly address: string | URL | undefined;
  /** What it was sent, as it arrived. */
  readonly received: { readonly kind: string; readonly [name: string]: unknown }[];
  /** Whether it keeps the process alive. */
  held: boolean;
  ended: boolean;
}

export interface SameThread {
  readonly host: WorkerHost<RgbImage>;
  readonly loaders: Loaders<RgbImage, string, LoaderOptions>;
  readonly workers: FakeWorker[];
}

/** What a worker that is made differently does. */
export interface Misbehaviour {
  /** How it decodes; pictures stay what they are otherwise. */
  readonly decode?: Decode<RgbImage>;
  /** What its script does; a model's unless given. */
  readonly serves?: typeof serve | typeof serveDecoder;
  /** Instead of saying that it is ready. */
  readonly onStart?: (worker: FakeWorker) => void;
  /** Whether a message is dropped. */
  readonly drops?: (message: FakeWorker["received"][number], worker: FakeWorker) => boolean;
}

/** Loaders over such workers; a source's name finds one of the models. */
export function sameThread(
  models: Readonly<Record<string, () => Model>>,
  { onStart, drops, decode = async (image) => image, serves = serve }: Misbehaviour = {},
): SameThread {
  const workers: FakeWorker[] = [];
  const host: WorkerHost<RgbImage> = {
    handOver: handOverBytes,
    start(address, events) {
      const worker: FakeWorker = { events, address, received: [], held: false, ended: false };
      workers.push(worker);
      const post = (message: unknown, transfer: ArrayBuffer[] = []): void => {
        const copy = structuredClone(message, { transfer });
        setImmediate(() => worker.ended || events.onMessage(copy));
      };
      const take = serves(decode, post);
      if (onStart === undefined) post({ kind: "ready" });
      else onStart(worker);
      return {
        post(message, transfer = []) {
          const copy = structuredClone(message, { transfer: [...transfer] as ArrayBuffer[] });
          const received = copy as FakeWorker["received"][number];
          worker.received.push(received);
          if (drops?.(received, worker) !== true) setImmediate(() => void take(copy as never));
        },
        hold: (alive) => {
          worker.held = alive;
        },
        end: () => {
          worker.ended = true;
        },
      };
    },
  };
  const loaders = createLoaders<RgbImage, string, LoaderOptions>({
    decode,
    resolveModel: async (name) => models[name]!(),
    workers: async () => host,
    optionNames: loaderOptionNames,
  });
  return { host, loaders, workers };
}
