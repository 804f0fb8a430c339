/** `mobilenetv2 serve`: an HTTP server over the library, which logs a line of JSON for each request. */
import { escapeControls } from "../../format-json.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { defaultLimits } from "../../image/limits.ts";
import { taskNames } from "../../tasks/task-names.ts";
import { quote } from "../../untrusted.ts";
import { type Command, defineCommand, outputOptions } from "../command.ts";
import { formatCount } from "../format.ts";
import { explainLoading, withDownload } from "../load-model.ts";
import { requireExisting, runOptions } from "../model-options.ts";
import { flag, list, number, text } from "../options.ts";
import { packageVersion } from "../package-version.ts";
import { reportNote } from "../report.ts";
import { assumedWords } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";

/** What each verb takes where a request names no model. */
const usualModels: readonly string[] = [
  ...new Set(Object.values(taskNames).map(({ defaultModel }) => defaultModel)),
];

const usual = { host: "127.0.0.1", port: 8080, maxBytes: 20_000_000, timeout: 30_000 } as const;

/** Pictures that may wait for each worker: about a second's, of a classifier. */
const waitingPerWorker = 16;

/** What clients that are served may still need after the longest deadline. */
const graceMilliseconds = 1000;

const whole = { placeholder: "N", whole: true } as const;

// All that it prints is JSON.
const { json: _, ...plainOptions } = outputOptions;

const options = {
  port: number({
    ...{ ...whole, from: 0, to: 65_535, description: "The port; 0 for any that is free" },
    shownDefault: `${usual.port}`,
  }),
  host: text({
    placeholder: "ADDRESS",
    description: "The address to listen on: 0.0.0.0 for all of this machine's",
    shownDefault: `${usual.host}, this machine alone`,
  }),
  models: list({
    placeholder: "A,B",
    description: "Names, paths or addresses of models; the first that can is a verb's default",
    shownDefault: usualModels.join(","),
  }),
  workers: number({
    ...{ ...whole, from: 1, to: 256, description: "Threads that look at pictures" },
    shownDefault: "one fewer than there are cores",
  }),
  backend: runOptions.backend,
  queue: number({
    ...{ ...whole, from: 0, to: 100_000, description: "Pictures that may wait for a worker" },
    shownDefault: `${waitingPerWorker} for each worker`,
  }),
  "max-bytes": number({
    ...{ ...whole, from: 1, to: 2 ** 31, description: "The largest body of a request" },
    shownDefault: `${usual.maxBytes}`,
  }),
  "max-pixels": number({
    ...{ ...whole, from: 1, to: 2 ** 53 },
    description: "The largest picture that is decoded, width times height",
    shownDefault: `${defaultLimits.maxPixels}`,
  }),
  timeout: number({
    ...{ placeholder: "MS", whole: true, from: 1, to: 3_600_000 },
    description: "Milliseconds that a request may last; requests may name fewer",
    shownDefault: `${usual.timeout}`,
  }),
  cors: text({
    placeholder: "ORIGIN",
    description: "Let pages of this origin ask, or of any with *",
    shownDefault: "none",
  }),
  "no-app": flag({ description: "Hand out neither the page nor weights: only what is under /v1" }),
  ...plainOptions,
};

export const serveCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    { call: "serve", effect: "On http://127.0.0.1:8080, with a page for browsers." },
    { call: "serve --models flowers-model,imagenet", effect: "Your own classes, and ImageNet's." },
    { call: "serve --host 0.0.0.0 --workers 4", effect: "For other machines, behind a proxy." },
  ],
  async run(context) {
    const { values, positionals, terminal, signal } = context;
    if (positionals.length > 0) {
      throw new UsageError("serve takes options only", {
        ...{ received: quote(positionals), remedy: "Name models with --models." },
      });
    }
    const { cors, quiet, backend } = values;
    checkOrigin(cors);
    const sources = values.models ?? usualModels;
    for (const source of sources) {
      if (lookUpRecord(source) === undefined) await requireExisting(source);
    }
    const server = await import("../../server/serve-node.ts");
    const apiKey = server.apiKeyOf();
    // Before anything is downloaded.
    await server.requirePackages();
    const { readModels } = await import("../../server/read-models-node.ts");
    const models = await withDownload(context, (news) =>
      readModels(sources, news).catch((error: unknown) => {
        throw explainLoading(error, sources.join(", "));
      }),
    );
    const note = (message: string): void => {
      if (!quiet) reportNote(terminal, message);
    };
    for (const { name, model } of models) {
      const { assumptions = [] } = model;
      if (assumptions.length > 0) note(`${name}: ${assumedWords(assumptions)}`);
    }
    const workers = values.workers ?? server.usualWorkers();
    const timeout = values.timeout ?? usual.timeout;
    const running = await server.startServer(models, {
      ...{ host: values.host ?? usual.host, port: values.port ?? usual.port, cors, apiKey },
      ...{ workers, queue: values.queue ?? waitingPerWorker * workers, timeout, backend },
      maxBytes: values["max-bytes"] ?? usual.maxBytes,
      maxPixels: values["max-pixels"] ?? defaultLimits.maxPixels,
      app: !values["no-app"],
      version: await packageVersion(),
      log(line) {
        if (quiet && line.status < 500) return;
        terminal.out.write(`${escapeControls(JSON.stringify(line))}\n`);
      },
      onWarning: (message) => reportNote(terminal, message),
    });
    const { address, hasPage } = running;
    const only = values.host === undefined ? ", for this machine alone (--host)" : "";
    note(`listening on ${address}${only}`);
    note(`in a browser: ${browserAddress(address)}${hasPage ? "/" : "/docs"}`);
    try {
      const stopped = untilAborted(signal);
      await Promise.race([running.ready, stopped]);
      if (!signal.aborted) {
        const names = models.map(({ name }) => name).join(", ");
        note(`ready: ${names}, ${formatCount(workers)} worker${workers === 1 ? "" : "s"}`);
      }
      await stopped;
      note("finishing what was accepted");
    } finally {
      await running.stop(timeout + graceMilliseconds);
    }
    return 0;
  },
});

/** A server's address as this machine's browsers know it: none of them goes to "all addresses". */
function browserAddress(address: string): string {
  return address.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:)/, "//localhost");
}

/** Refuses what no page's origin is. */
function checkOrigin(origin: string | undefined): void {
  if (origin === undefined || origin === "*") return;
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new UsageError("bad value for --cors", {
    expected: "an origin such as https://example.org, or *",
    received: quote(origin),
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
