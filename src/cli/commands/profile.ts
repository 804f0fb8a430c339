/** `mobilenetv2 profile`: what networks cost, before any weights are loaded. */

import { writeWhole } from "../../disk/write-node.ts";
import { profileByBlock } from "../../graph/profile-by-block.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { assumed } from "../../json/items.ts";
import type { ProfiledNetwork, ProfileOutput, ProfileTableOutput } from "../../json/measures.ts";
import type { Model } from "../../models/model.ts";
import { quote } from "../../untrusted.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { writeJson } from "../json.ts";
import { readModel } from "../load-model.ts";
import { requireExisting } from "../model-options.ts";
import { networkOptions, settledByModel, severalOptions } from "../network-options.ts";
import { choice, flag, number, type OptionValues, text } from "../options.ts";
import { drawProfiles } from "../profile-drawing.ts";
import { buildGraph } from "../profile-graph.ts";
import { describeProfiles, type ProfileRows, profilesCsv } from "../profile-report.ts";
import { refuseWithoutModel, saidOptions } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";

// Those that say how a network is built say it of a model, too.
const { resolution: _, "output-stride": __, ...aboutModel } = saidOptions;

const options = {
  ...networkOptions,
  ...severalOptions,
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
  by: choice<ProfileRows>(["layer", "block", "network"], {
    description: "What a row of the table is; block makes it the paper's table 2",
    shownDefault: "layer; network where there are several",
  }),
  format: choice(["text", "csv", "json", "svg"], {
    description: "The form of the table; json is --json, and svg draws it",
    shownDefault: "text",
  }),
  save: text({
    placeholder: "FILE",
    description: "Write what --format gives into a file, not to standard output",
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
    { call: "profile --by block", effect: "Table 2 of the paper, with what each row costs." },
    {
      call: "profile --width 0.35,0.5,1 --resolution 96,224",
      effect: "Six networks, one a line.",
    },
    {
      call: "profile --by block --format svg --save table-2.svg",
      effect: "Where multiply-adds and parameters go, drawn.",
    },
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
    const form = formOf(values);
    const profiled =
      values.model === undefined ? built(values) : await modelGraphs(values.model, context);
    const by = values.by ?? (profiled.length > 1 ? "network" : "layer");
    const networks = await measureAll(profiled, by);
    const { save, quiet } = values;
    const write = async (document: string): Promise<void> => {
      if (save === undefined) terminal.out.write(document);
      else await writeWhole(save, document);
    };
    if (form === "csv") await write(profilesCsv(networks, by));
    else if (form === "svg") await write(drawProfiles(networks, by));
    else if (form === "json") writeJson(terminal.out, jsonOf(networks, by, profiled));
    else {
      terminal.out.write(describeProfiles(networks, { by, out: terminal.out, totalsOnly: quiet }));
    }
    return 0;
  },
});

/** The most networks in one table. */
const mostNetworks = 100;

function formOf({ format, json, save }: ProfileValues): "text" | "csv" | "json" | "svg" {
  if (json && format !== undefined && format !== "json") {
    throw new UsageError(`--json and --format ${format} are two forms`, {
      remedy: "Leave one of them out.",
    });
  }
  const form = json ? "json" : (format ?? "text");
  if (save !== undefined && form !== "csv" && form !== "svg") {
    throw new UsageError("--save writes csv or svg", {
      remedy: "Add --format, or redirect standard output.",
    });
  }
  return form;
}

/** What is profiled. */
type Profiled = Pick<Model, "graph" | "assumptions">;

function built(values: ProfileValues): readonly Profiled[] {
  refuseWithoutModel(values, Object.keys(aboutModel));
  const { width, resolution, ...others } = values;
  const variants = (width ?? [undefined]).flatMap((width) =>
    (resolution ?? [undefined]).map((resolution) => ({ ...others, width, resolution })),
  );
  checkCount(variants.length);
  return variants.map((variant) => ({ graph: buildGraph(variant) }));
}

function checkCount(count: number): void {
  if (count <= mostNetworks) return;
  throw new UsageError("too many networks for one table", {
    expected: `at most ${mostNetworks} of widths times resolutions`,
    received: quote(count),
  });
}

async function modelGraphs(
  source: string,
  context: Context<typeof options>,
): Promise<readonly Profiled[]> {
  const { values } = context;
  const given = settledByModel(values, ["classes", "aspp"]);
  if (given !== undefined) {
    throw new UsageError(`--model fixes the network; --${given} cannot change it`, {
      remedy: "Give one or the other.",
    });
  }
  if (lookUpRecord(source) === undefined) await requireExisting(source);
  const { resolution: resolutions = [undefined] } = values;
  checkCount(resolutions.length);
  const profiled: Profiled[] = [];
  for (const resolution of resolutions) {
    // What is assumed is told once.
    const quiet = values.quiet || profiled.length > 0;
    const one = { ...context, values: { ...values, resolution, quiet } };
    const { graph, name, assumptions } = await readModel(one, source);
    profiled.push({ graph: { ...graph, name }, assumptions });
  }
  return profiled;
}

async function measureAll(
  profiled: readonly Profiled[],
  by: ProfileRows,
): Promise<readonly ProfiledNetwork[]> {
  const [{ profile: measure }, { wasmBackend }] = await Promise.all([
    import("../../compile/profile.ts"),
    import("../../backends/wasm/wasm.ts"),
  ]);
  return profiled.map(({ graph }) => {
    const { model, layers, ...sums } = measure(graph, wasmBackend.target);
    const input = graph.nodes.find(({ op }) => op === "input");
    const [, rows = 0, columns = 0] = input?.op === "input" ? input.shape : [];
    const width = graph.architecture?.width;
    const byBlock = by === "block" ? profileByBlock(graph) : undefined;
    return {
      ...{ model, ...(width === undefined ? {} : { width }), resolution: [rows, columns], ...sums },
      ...(by === "layer" && { layers }),
      ...(byBlock && { blocks: byBlock.blocks, rows: byBlock.rows }),
    };
  });
}

function jsonOf(
  networks: readonly ProfiledNetwork[],
  by: ProfileRows,
  [{ assumptions } = {}]: readonly Partial<Profiled>[],
): ProfileOutput | ProfileTableOutput {
  const [network, ...others] = networks;
  const { layers } = network ?? {};
  if (network === undefined || layers === undefined || others.length > 0) {
    return { schemaVersion: 1, by, networks, ...assumed(assumptions) };
  }
  const { width: _, resolution: __, ...profile } = network;
  return { schemaVersion: 1, ...profile, layers, ...assumed(assumptions) };
}
