/** `mobilenetv2 benchmark`: how fast a network is on this machine, and how much memory it takes. */

import type { Backend } from "../../backends/backend.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { assumed } from "../../json/items.ts";
import type { BenchmarkOutput } from "../../json/measures.ts";
import type { Model } from "../../models/model.ts";
import { type NamedBackend, namedBackends } from "../../tasks/backend-names.ts";
import { printable } from "../../untrusted.ts";
import { chooseImage, describePicture, timePicture } from "../benchmark-picture.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { formatBytes } from "../format.ts";
import { writeJson } from "../json.ts";
import { readModel } from "../load-model.ts";
import { backendWords, requireExisting, turboOption } from "../model-options.ts";
import { networkOptions, settledByModel } from "../network-options.ts";
import { choice, exactOption, flag, limitOptions, number, numberOr, text } from "../options.ts";
import { reportNote } from "../report.ts";
import { readSaid, refuseWithoutModel, saidOptions } from "../said-options.ts";
import { formatTable } from "../table.ts";
import type { Writer } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

// The resolution of a network with random weights is that of a model, too.
const { resolution: _, ...aboutModel } = saidOptions;

const options = {
  ...networkOptions,
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: "A model instead of random weights; downloads it if needed",
  }),
  precision: choice(["float32", "int8"], {
    description: "Type of the random weights and feature maps",
    shownDefault: "float32; a model has its own",
  }),
  batch: number({
    placeholder: "N",
    from: 1,
    to: 1024,
    whole: true,
    description: "Images a run",
    shownDefault: "1",
  }),
  runs: number({
    placeholder: "N",
    from: 1,
    to: 1_000_000,
    whole: true,
    description: "Timed runs, after 5 untimed ones",
    shownDefault: "50",
  }),
  backend: choice(namedBackends, {
    description: backendWords,
    shownDefault: "wasm",
  }),
  threads: numberOr("auto", {
    placeholder: "N|auto",
    from: 1,
    to: 256,
    whole: true,
    description: "How many threads work on one run",
    shownDefault: "1",
  }),
  turbo: turboOption,
  layers: flag({ description: "Time each operation by itself, too" }),
  image: text({
    placeholder: "FILE",
    description: "A picture whose way through the model is timed, too, stage by stage",
  }),
  exact: exactOption,
  ...limitOptions,
  "no-cold-start": flag({ description: "Leave out the first run in a fresh process" }),
  ...aboutModel,
  ...outputOptions,
};

type BenchmarkContext = Context<typeof options>;

/** The backends, which are measured without what stands in for one. */
const loadBackend: Readonly<Record<NamedBackend, () => Promise<Backend>>> = {
  wasm: async () => (await import("../../backends/wasm/wasm.ts")).wasmBackend,
  onnxruntime: async () =>
    (await import("../../backends/onnxruntime/onnxruntime.ts")).createOnnxruntimeBackend(),
  reference: async () => (await import("../../backends/reference/reference.ts")).referenceBackend,
};

export const benchmarkCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    { call: "benchmark", effect: "MobileNetV2 1.0 at 224 × 224." },
    { call: "benchmark --width 0.5 --resolution 160 --threads 1", effect: "A smaller one." },
    { call: "benchmark -n bottleneck-resnet", effect: "ResNet's blocks at as many multiply-adds." },
    { call: "benchmark --model ssdlite-coco --json", effect: "A detector, for a program." },
    { call: "benchmark --model ssdlite-coco --image photo.jpg", effect: "And a picture's stages." },
  ],
  async run(context): Promise<ExitCode> {
    const { values, positionals, terminal, signal } = context;
    if (positionals.length > 0) {
      throw new UsageError(`benchmark takes no argument, but got ${positionals[0]}`, {
        remedy: `Name a model with --model ${positionals[0]}.`,
      });
    }
    const { backend = "wasm", threads, batch = 1, runs = 50, layers } = values;
    if (layers && backend === "onnxruntime") {
      throw new UsageError("--layers is of backends that run operations one by one", {
        remedy: "Leave it out, or measure with --backend wasm.",
      });
    }
    const image = await chooseImage(values);
    const { measureGraph } = await import("../benchmark-run.ts");
    const { startTurbo } = await import("../../tasks/turbo-node.ts");
    await startTurbo(values.turbo, (message) => values.quiet || reportNote(terminal, message));
    const { graph, assumptions, coldStart, model } = await chooseNetwork(context);
    const measurement = await measureGraph(graph, {
      backend: await loadBackend[backend](),
      threads,
      batch,
      runs,
      layers,
      signal,
    });
    const picture = image && model && (await timePicture(context, image, model));
    const coldStartMs = values["no-cold-start"] ? null : await coldStart();
    const report: BenchmarkOutput = {
      ...{ schemaVersion: 1, model: graph.name, runs, ...measurement, coldStartMs },
      ...(picture && { picture }),
      ...assumed(assumptions),
    };
    if (values.json) writeJson(terminal.out, report);
    else terminal.out.write(describe(report, terminal.out));
    return 0;
  },
});

/** A network with weights, and how its cold start is measured. */
interface Network extends Pick<Model, "graph" | "assumptions"> {
  /** Whose it is, where it is not of random weights. */
  readonly model?: Model;
  coldStart(): Promise<number>;
}

async function chooseNetwork(context: BenchmarkContext): Promise<Network> {
  const { values, signal } = context;
  const { model, precision = "float32", backend, threads } = values;
  const { measureColdStart, measureColdStartOf } = await import("../benchmark-run.ts");
  if (model !== undefined) {
    const loaded = await loadModel(model, context);
    const { graph, task, name, assumptions } = loaded;
    const { labels: _, ...said } = await readSaid(values);
    const call = { verb: task, source: model, backend, threads, ...said };
    return {
      ...{ graph: { ...graph, name }, assumptions, model: loaded },
      coldStart: () => measureColdStart(call, signal),
    };
  }
  refuseWithoutModel(values, Object.keys(aboutModel));
  const [{ buildGraph }, weights, random] = await Promise.all([
    import("../profile-graph.ts"),
    import("../../compile/random-int8-weights.ts"),
    import("../../graph/random-weights.ts"),
  ]);
  const bare = buildGraph(values);
  const int8 = precision === "int8";
  const graph = int8 ? weights.withRandomInt8Weights(bare) : random.withRandomWeights(bare);
  const { resolution } = bare.architecture;
  const settings = { backend, threads, resolution };
  return { graph, coldStart: () => measureColdStartOf(graph, settings, signal) };
}

async function loadModel(source: string, context: BenchmarkContext): Promise<Model> {
  const given = settledByModel(context.values, ["precision"]);
  if (given !== undefined) {
    throw new UsageError(`--model fixes the network; --${given} cannot change it`, {
      remedy: "Give one or the other.",
    });
  }
  if (lookUpRecord(source) === undefined) await requireExisting(source);
  return await readModel(context, source);
}

function describe(report: BenchmarkOutput, out: Writer): string {
  const { medianMs, p10Ms, p90Ms, batch, coldStartMs } = report;
  const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;
  const rows = [
    ["precision", report.precision],
    ["instructions", report.isa],
    ["threads", `${report.threads}`],
    ["batch", `${batch}`],
    ["median", milliseconds(medianMs)],
    ["10th to 90th percentile", `${p10Ms.toFixed(2)} to ${milliseconds(p90Ms)}`],
    ...(batch > 1 ? [["median an image", milliseconds(medianMs / batch)]] : []),
    ["cold start", coldStartMs === null ? "–" : `${coldStartMs.toFixed(0)} ms`],
    ["peak activations", formatBytes(report.peakActivationBytes)],
  ];
  const summary = formatTable([{ heading: "" }, { heading: "", align: "right" }], rows);
  const network = `${out.bold(printable(report.model))}, ${report.runs} runs\n${summary.replace(/^\n/, "")}`;
  const text = report.picture ? `${network}\n${describePicture(report.picture, out)}` : network;
  if (report.layers === undefined) return text;
  const layers = formatTable(
    [
      { heading: "layer" },
      { heading: "operation" },
      { heading: "output", align: "right" },
      { heading: "median", align: "right" },
    ],
    report.layers.map(({ name, operation, outputShape, medianMs: median }) => [
      name,
      operation,
      outputShape.slice(1).join("×"),
      `${median.toFixed(3)} ms`,
    ]),
    { heading: out.dim },
  );
  return `${text}\n${layers}`;
}
