/**
 * Listening: the app behind Node's HTTP server, started before the models are warm so that whoever asks
 * is told so, and stopped by finishing what was accepted.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { whyAbsent } from "../disk/nearby.ts";
import { loadServerPackages, type ServerPackages } from "../disk/packages-node.ts";
import { readText } from "../disk/read-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { webFolder } from "../hub/page-places-node.ts";
import type { BackendName } from "../tasks/backend-names.ts";
import { workerHost } from "../tasks/off-thread/host-node.ts";
import type { RequestLimits } from "./answer.ts";
import { createApp, type RequestLog, type ServerState } from "./app.ts";
import { appHeaders, readApp } from "./app-files-node.ts";
import { Catalogue } from "./catalogue.ts";
import { createMetrics, type ServerMetrics } from "./metrics.ts";
import { type Described, type JsonObject, schemaNames } from "./openapi.ts";
import type { ModelWithFiles } from "./read-models-node.ts";
import { handedOutWeights } from "./weights-node.ts";
import { WorkerPool } from "./worker-pool.ts";

/** How a server is started. */
export interface ServeOptions extends RequestLimits {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly workers: number;
  readonly queue: number;
  /** What runs the models. Default: `auto`. */
  readonly backend?: BackendName | undefined;
  readonly cors?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Whether the page is handed out, and the weights that it needs. */
  readonly app: boolean;
  readonly version: string;
  readonly log: (line: RequestLog) => void;
  readonly onWarning: (message: string) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  /** Whether there is a page at it. */
  readonly hasPage: boolean;
  /** Settles once all models are loaded and warm; rejects where one cannot be. */
  readonly ready: Promise<void>;
  /** Accepts no more, finishes what was accepted, and ends; after so many milliseconds in any case. */
  stop(milliseconds: number): Promise<void>;
}

/** How long a request's headers may take; its body has the request's own deadline. */
const headersMilliseconds = 20_000;

/** Workers where nobody says how many: a core is left to the event loop. */
export function usualWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * The key that clients must send, where the environment has one.
 *
 * @throws MobileNetError `invalid-argument` for an empty one, which would let everybody in.
 */
export function apiKeyOf(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const key = environment["MOBILENETV2_API_KEY"];
  if (key !== "") return key;
  throw new MobileNetError("invalid-argument", "MOBILENETV2_API_KEY is empty", {
    expected: "a key that clients must send",
    remedy: "Give it one, or unset it to ask for none.",
  });
}

/**
 * Starts a server.
 *
 * @throws MobileNetError `missing-dependency` where what it is made of is not installed, `io` where it
 *   cannot listen.
 */
export async function startServer(
  models: readonly ModelWithFiles[],
  options: ServeOptions,
): Promise<RunningServer> {
  const { host, port, workers, queue, backend, version, log, onWarning } = options;
  const packages = await requirePackages();
  const schemas = await readSchemas();
  const counted: { metrics?: ServerMetrics } = {};
  const pool = new WorkerPool(workerHost, models, {
    ...{ workers, queue, backend, onWarning },
    onServed: ({ verb, model }, seconds) => counted.metrics?.served({ verb, model }, seconds),
  });
  const metrics = createMetrics(packages.prometheus, () => pool.state);
  counted.metrics = metrics;
  const state: ServerState = { catalogue: undefined, stopping: false };
  const { cors, apiKey, maxBytes, maxPixels, timeout } = options;
  const limits = { maxBytes, maxPixels, timeout };
  const described = { version, schemas };
  const files = options.app ? await readApp(webFolder(), packages) : new Map();
  const weights = options.app ? handedOutWeights(models, onWarning) : new Map();
  const page = { files, headers: appHeaders };
  const app = createApp({
    ...{ packages, pool, state, limits, metrics, log, described, apiKey, cors, page, weights },
  });
  const server = packages.adapter.createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: headersMilliseconds,
      requestTimeout: headersMilliseconds + timeout,
    },
  }) as Server;
  // Who neither sends nor takes a byte for longer than any answer may take is gone.
  server.setTimeout(headersMilliseconds + timeout);
  const address = await listen(server, { host, port });
  const ready = pool.start().then((parts) => {
    state.catalogue = new Catalogue(models, parts);
  });
  return {
    address,
    hasPage: files.size > 0,
    ready,
    async stop(milliseconds) {
      state.stopping = true;
      await closeServer(server, milliseconds);
      pool.close();
    },
  };
}

/** What the server is made of. */
export async function requirePackages(
  load: () => Promise<ServerPackages> = loadServerPackages,
): Promise<ServerPackages> {
  try {
    return await load();
  } catch (cause) {
    throw new MobileNetError("missing-dependency", "the server needs packages that are not there", {
      received: whyAbsent(cause),
      remedy: "Install them: npm install hono @hono/node-server prom-client",
      cause,
    });
  }
}

/** The schemas of what is answered, as they are published. */
export async function readSchemas(): Promise<Described["schemas"]> {
  const folder = fileURLToPath(new URL("../../schemas", import.meta.url));
  const read = Object.entries(schemaNames).map(async ([name, file]) => {
    const schema: JsonObject = JSON.parse(await readText(join(folder, `${file}.json`)));
    return [name, schema] as const;
  });
  return Object.fromEntries(await Promise.all(read)) as Described["schemas"];
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new MobileNetError("io", `the server cannot listen on ${host}, port ${port}`, {
      received: describeError(cause),
      remedy: "Choose another port or address.",
      cause,
    });
  }
  const { address, family, port: given } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${given}`;
}

/** Stops listening and waits for the answers that are under way, but no longer than told. */
function closeServer(server: Server, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), milliseconds);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
