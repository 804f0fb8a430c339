/** `mobilenetv2 profile`: what a network costs, before any weights are loaded. */
import type { Profile } from "../../compile/profile.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import type { ProfileOutput } from "../../json/measures.ts";
import type { Model } from "../../models/model.ts";
import { printable } from "../../untrusted.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { formatBytes, formatCount, formatLarge } from "../format.ts";
import { writeJson } from "../json.ts";
import { readModel } from "../load-model.ts";
import { requireExisting } from "../model-options.ts";
import { networkOptions, settledByModel } from "../network-options.ts";
import { choice, flag, number, type OptionValues, text } from "../options.ts";
import { buildGraph } from "../profile-graph.ts";
import { assumed, refuseWithoutModel, saidOptions } from "../said-options.ts";
import { formatTable } from "../table.ts";
import type { Writer } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

// Those that say how a network is built say it of a model, too.
const { resolution: _, "output-stride": __, ...aboutModel } = saidOptions;

const options = {
  ...networkOptions,
  classes: number({
    placeholder: "N",
    from: 1,
    to: 65_536,
    whole: true,
    description: "Classes; a segmenter's include the background, a detector's do not",
    shownDefault: "1000; ssdlite 90, deeplabv3 21",
  }),
  "output-stride": choice(["8", "16", "32"], {
    description: "Input pixels per feature-map pixel (of mobilenet-v2 and deeplabv3)",
    shownDefault: "32; deeplabv3 16",
  }),
  aspp: flag({ description: "Atrous spatial pyramid pooling (deeplabv3)" }),
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: "A model of the hub, a folder or an address instead; downloads it if needed",
  }),
  ...aboutModel,
  ...outputOptions,
  quiet: flag({ description: "Print the totals only", short: "q" }),
};

type ProfileValues = OptionValues<typeof options>;

export const profileCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    {
      call: "profile",
      effect: "MobileNetV2 1.0 at 224 × 224: 3.5 M parameters, 301 M multiply-adds.",
    },
    { call: "profile --width 0.5 --resolution 160", effect: "A smaller one." },
    {
      call: "profile -n deeplabv3 --aspp --output-stride 8",
      effect: "A segmenter's heaviest form.",
    },
    {
      call: "profile --shortcut none --nonlinear",
      effect: "Blocks without what makes them MobileNetV2's, which cost the same.",
    },
    { call: "profile -n bottleneck-resnet", effect: "ResNet's blocks at as many multiply-adds." },
    { call: "profile --model ssdlite-coco --json", effect: "A published detector, for a program." },
  ],
  async run(context): Promise<ExitCode> {
    const { values, positionals, terminal } = context;
    if (positionals.length > 0) {
      throw new UsageError(`profile takes no argument, but got ${positionals[0]}`, {
        remedy: `Name a model with --model ${positionals[0]}.`,
      });
    }
    const [{ profile: measure }, { wasmBackend }] = await Promise.all([
      import("../../compile/profile.ts"),
      import("../../backends/wasm/wasm.ts"),
    ]);
    const { graph, assumptions } =
      values.model === undefined ? built(values) : await modelGraph(values.model, context);
    const result = measure(graph, wasmBackend.target);
    if (values.json) {
      writeJson<ProfileOutput>(terminal.out, {
        schemaVersion: 1,
        ...result,
        ...assumed(assumptions),
      });
    } else terminal.out.write(describe(result, terminal.out, values.quiet));
    return 0;
  },
});

/** What is profiled. */
type Profiled = Pick<Model, "graph" | "assumptions">;

function built(values: ProfileValues): Profiled {
  refuseWithoutModel(values, Object.keys(aboutModel));
  return { graph: buildGraph(values) };
}

async function modelGraph(source: string, context: Context<typeof options>): Promise<Profiled> {
  const { values } = context;
  const given = settledByModel(values, ["classes", "aspp"]);
  if (given !== undefined) {
    throw new UsageError(`--model fixes the network; --${given} cannot change it`, {
      remedy: "Give one or the other.",
    });
  }
  if (lookUpRecord(source) === undefined) await requireExisting(source);
  const { graph, name, assumptions } = await readModel(context, source);
  return { graph: { ...graph, name }, assumptions };
}

/** The layers as a table, unless only the sums are wanted, and the sums below. */
function describe(result: Profile, out: Writer, totalsOnly: boolean): string {
  const { fused, unfused } = result.peakActivationBytes;
  const layers = formatTable(
    [
      { heading: "layer" },
      { heading: "operation" },
      { heading: "output", align: "right" },
      { heading: "parameters", align: "right" },
      { heading: "multiply-adds", align: "right" },
      { heading: "memory", align: "right" },
    ],
    result.layers.map((layer) => [
      layer.name,
      layer.operation,
      layer.outputShape.slice(1).join("×"),
      dashIfZero(layer.parameters),
      dashIfZero(layer.multiplyAdds),
      formatBytes(layer.outputBytes),
    ]),
    { heading: out.dim },
  );
  const totals = [
    ["parameters", formatCount(result.parameters), formatLarge(result.parameters)],
    ["multiply-adds", formatCount(result.multiplyAdds), formatLarge(result.multiplyAdds)],
    ["peak activations, fused", formatCount(fused), formatBytes(fused)],
    ["peak activations, unfused", formatCount(unfused), formatBytes(unfused)],
  ];
  const sums = formatTable(
    [
      { heading: "total" },
      { heading: "exactly", align: "right" },
      { heading: "about", align: "right" },
    ],
    totals,
    { heading: out.dim },
  );
  return `${out.bold(printable(result.model))}\n\n${totalsOnly ? "" : `${layers}\n`}${sums}`;
}

function dashIfZero(value: number): string {
  return value === 0 ? "–" : formatCount(value);
}
