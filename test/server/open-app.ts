/** The server without sockets and threads: its "workers" are on this thread (off-thread/same-thread.ts). */
import { loadServerPackages } from "../../src/disk/packages-node.ts";
import type { Model } from "../../src/models/model.ts";
import { createApp, type RequestLog, type ServerState } from "../../src/server/app.ts";
import { appHeaders } from "../../src/server/app-files-node.ts";
import { Catalogue, verbsOf } from "../../src/server/catalogue.ts";
import type { ServedFiles } from "../../src/server/files.ts";
import { createMetrics } from "../../src/server/metrics.ts";
import { readSchemas } from "../../src/server/serve-node.ts";
import { shareWeights } from "../../src/server/shared-weights.ts";
import { WorkerPool } from "../../src/server/worker-pool.ts";
import { decode } from "../../src/tasks/decode-node.ts";
import type { WorkerHost } from "../../src/tasks/off-thread/worker-host.ts";
import type { ImageInput } from "../../src/tasks/platform.ts";
import { classifier, detector, segmenter } from "../off-thread/models.ts";
import { type FakeWorker, type Misbehaviour, sameThread } from "../off-thread/same-thread.ts";

/** What is other than usual. */
export interface Differences {
  readonly workers?: number;
  readonly queue?: number;
  readonly maxBytes?: number;
  readonly maxPixels?: number;
  readonly timeout?: number;
  readonly apiKey?: string;
  readonly cors?: string;
  readonly stuckMilliseconds?: number;
  readonly drops?: Misbehaviour["drops"];
  /** Real threads, say. */
  readonly host?: WorkerHost<ImageInput>;
  readonly models?: readonly Model[];
  /** The page's files and the weights. */
  readonly page?: ServedFiles;
  readonly weights?: ServedFiles;
}

/** A server to send requests to. */
export interface OpenedApp {
  readonly app: ReturnType<typeof createApp>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  readonly pool: WorkerPool;
  readonly state: ServerState;
  readonly logs: RequestLog[];
  readonly warnings: string[];
  readonly workers: readonly FakeWorker[];
  close(): void;
}

/** One model of each task, with random weights. */
export const smallModels = (): readonly Model[] => [classifier(), detector(), segmenter()];

/** Starts one; all models are warm when it is there. */
export async function openApp(differences: Differences = {}): Promise<OpenedApp> {
  const { workers = 1, queue = 4, models: given = smallModels(), apiKey, cors } = differences;
  const { maxBytes = 1e6, maxPixels = 1e6, timeout = 30_000, stuckMilliseconds } = differences;
  const { drops, page = new Map(), weights = new Map() } = differences;
  const thread = sameThread({}, { decode: decode as never, ...(drops && { drops }) });
  const models = given.map((model) => ({
    ...{ name: model.name, model: shareWeights(model), verbs: verbsOf(model) },
  }));
  const warnings: string[] = [];
  const { host = thread.host as unknown as WorkerHost<ImageInput> } = differences;
  const pool = new WorkerPool(host, models, {
    ...{ workers, queue, onWarning: (message: string) => warnings.push(message) },
    ...(stuckMilliseconds !== undefined && { stuckMilliseconds }),
    onServed: ({ verb, model }, seconds) => metrics.served({ verb, model }, seconds),
  });
  const packages = await loadServerPackages();
  const metrics = createMetrics(packages.prometheus, () => pool.state);
  const state: ServerState = { catalogue: undefined, stopping: false };
  const logs: RequestLog[] = [];
  const app = createApp({
    ...{ packages, pool, state, metrics, apiKey, cors, weights },
    page: { files: page, headers: appHeaders },
    limits: { maxBytes, maxPixels, timeout },
    log: (line) => logs.push(line),
    described: { version: "0.0.0", schemas: await readSchemas() },
  });
  state.catalogue = new Catalogue(models, await pool.start());
  return {
    fetch: async (path, init) => app.fetch(new Request(`http://server.test${path}`, init)),
    ...{ app, pool, state, logs, warnings, workers: thread.workers },
    close: () => pool.close(),
  };
}
