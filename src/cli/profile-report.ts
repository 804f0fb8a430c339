/** What `profile` says of networks, for people and as CSV: by layer, by block or one line each. */
import type { LayerProfile } from "../compile/profile.ts";
import type { FeatureShape } from "../graph/ir.ts";
import type { BlockRow } from "../graph/profile-by-block.ts";
import type { ProfiledNetwork } from "../json/measures.ts";
import { printable } from "../untrusted.ts";
import { type CsvRow, csvLine } from "./csv.ts";
import { formatBytes, formatCount, formatLarge, formatPercent } from "./format.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

/** What a row of the table is. */
export type ProfileRows = "layer" | "block" | "network";

const right = { align: "right" } as const;

/** For people: each network with its rows, unless only sums are wanted, or one table of all. */
export function describeProfiles(
  networks: readonly ProfiledNetwork[],
  {
    by,
    out,
    totalsOnly,
  }: { readonly by: ProfileRows; readonly out: Writer; readonly totalsOnly: boolean },
): string {
  if (by === "network" || (totalsOnly && networks.length > 1)) return networkTable(networks, out);
  const texts = networks.map((network) => {
    const { model, layers, rows } = network;
    const table = layers ? layerTable(layers, out) : blockTable(rows ?? [], network, out);
    const told = totalsOnly ? "" : `${table}\n`;
    return `${out.bold(printable(model))}\n\n${told}${sumTable(network, out)}`;
  });
  return texts.join("\n");
}

function layerTable(layers: readonly LayerProfile[], out: Writer): string {
  return formatTable(
    [
      { heading: "layer" },
      { heading: "operation" },
      { heading: "output", ...right },
      { heading: "parameters", ...right },
      { heading: "multiply-adds", ...right },
      { heading: "memory", ...right },
    ],
    layers.map((layer) => [
      layer.name,
      layer.operation,
      layer.outputShape.slice(1).join("×"),
      dashIfZero(layer.parameters),
      dashIfZero(layer.multiplyAdds),
      formatBytes(layer.outputBytes),
    ]),
    { heading: out.dim },
  );
}

/** Why rows are not those of the graph's own blocks. */
const blockNotes: Readonly<Record<NonNullable<ProfiledNetwork["blocks"]>, string>> = {
  stated: "",
  found: "The model does not say which its blocks are; these are what its operations show.\n",
  none: "No blocks of a depthwise and a pointwise convolution are in it, so each layer is a row.\n",
};

/** Table 2 of the paper, with costs. */
function blockTable(
  rows: readonly BlockRow[],
  { blocks = "stated", parameters, multiplyAdds }: ProfiledNetwork,
  out: Writer,
): string {
  const dilated = rows.some(({ dilation }) => dilation > 1);
  const table = formatTable(
    [
      { heading: "part" },
      { heading: "input", ...right },
      { heading: "operator" },
      ...["t", "c", "n", "s", ...(dilated ? ["dilation"] : [])].map((heading) => ({
        heading,
        ...right,
      })),
      { heading: "parameters", ...right },
      { heading: "multiply-adds", ...right },
      { heading: "share", ...right },
    ],
    [
      ...rows.map((row) => [
        row.part,
        shapeText(row.inputShape),
        row.operator,
        expansionText(row.expansion),
        `${row.channels}`,
        `${row.repeats}`,
        row.stride === null ? "–" : `${row.stride}`,
        ...(dilated ? [`${row.dilation}`] : []),
        dashIfZero(row.parameters),
        dashIfZero(row.multiplyAdds),
        row.multiplyAdds === 0 ? "–" : formatPercent(row.share),
      ]),
      [
        ...["all", "", "", "", "", "", "", ...(dilated ? [""] : [])],
        ...[formatCount(parameters), formatCount(multiplyAdds)],
        multiplyAdds === 0 ? "–" : formatPercent(1),
      ],
    ],
    { heading: out.dim },
  );
  return blockNotes[blocks] === "" ? table : `${table}${out.dim(blockNotes[blocks].trimEnd())}\n`;
}

function networkTable(networks: readonly ProfiledNetwork[], out: Writer): string {
  return formatTable(
    [
      { heading: "network" },
      ...["width", "resolution", "parameters", "multiply-adds"].map((heading) => ({
        heading,
        ...right,
      })),
      { heading: "activations, fused", ...right },
      { heading: "unfused", ...right },
    ],
    networks.map(({ model, width, resolution, peakActivationBytes: peak, ...sums }) => [
      model,
      width === undefined ? "–" : `${width}`,
      resolution.join("×"),
      formatCount(sums.parameters),
      formatCount(sums.multiplyAdds),
      formatBytes(peak.fused),
      formatBytes(peak.unfused),
    ]),
    { heading: out.dim },
  );
}

function sumTable(network: ProfiledNetwork, out: Writer): string {
  const { parameters, weightParameters: weights, multiplyAdds } = network;
  const { fused, unfused } = network.peakActivationBytes;
  // As the paper and the published checkpoints count them.
  const bare = ["without batch norms", formatCount(weights), formatLarge(weights)];
  return formatTable(
    [{ heading: "total" }, { heading: "exactly", ...right }, { heading: "about", ...right }],
    [
      ["parameters", formatCount(parameters), formatLarge(parameters)],
      ...(weights === parameters ? [] : [bare]),
      ["multiply-adds", formatCount(multiplyAdds), formatLarge(multiplyAdds)],
      ["peak activations, fused", formatCount(fused), formatBytes(fused)],
      ["peak activations, unfused", formatCount(unfused), formatBytes(unfused)],
    ],
    { heading: out.dim },
  );
}

/** As CSV, with a heading and the network's name in every line. */
export function profilesCsv(networks: readonly ProfiledNetwork[], by: ProfileRows): string {
  const lines = networks.flatMap((network) =>
    csvRows(network, by).map((row) => csvLine([network.model, ...row])),
  );
  return csvLine(["network", ...csvColumns[by]]) + lines.join("");
}

const csvColumns: Readonly<Record<ProfileRows, readonly string[]>> = {
  layer: [
    ...["layer", "operation", "rows", "columns", "channels"],
    ...["parameters", "multiply_adds", "output_bytes"],
  ],
  block: [
    ...["part", "input_rows", "input_columns", "input_channels", "operator", "t", "c", "n", "s"],
    ...["dilation", "parameters", "multiply_adds", "share"],
  ],
  network: [
    ...["width", "rows", "columns", "parameters", "weight_parameters", "multiply_adds"],
    ...["activation_bytes_fused", "activation_bytes_unfused"],
  ],
};

function csvRows(network: ProfiledNetwork, by: ProfileRows): readonly CsvRow[] {
  switch (by) {
    case "layer":
      return (network.layers ?? []).map((layer) => [
        ...[layer.name, layer.operation, ...layer.outputShape.slice(1)],
        ...[layer.parameters, layer.multiplyAdds, layer.outputBytes],
      ]);
    case "block":
      return (network.rows ?? []).map((row) => [
        ...[row.part, ...row.inputShape.slice(1), row.operator, row.expansion ?? "", row.channels],
        ...[
          row.repeats,
          row.stride ?? "",
          row.dilation,
          row.parameters,
          row.multiplyAdds,
          row.share,
        ],
      ]);
    case "network": {
      const { width = "", resolution, peakActivationBytes: peak } = network;
      const { parameters, weightParameters, multiplyAdds } = network;
      return [
        [
          ...[width, ...resolution, parameters, weightParameters, multiplyAdds],
          ...[peak.fused, peak.unfused],
        ],
      ];
    }
  }
}

/** A row in a line: `112²×16 bottleneck, t 6, c 24, n 2, s 2`. */
export function blockWords(row: BlockRow): string {
  const { inputShape, operator, expansion, channels, repeats, stride, dilation } = row;
  const numbers = [
    ...(expansion === null ? [] : [`t ${expansionText(expansion)}`]),
    `c ${channels}`,
    ...(repeats === 1 ? [] : [`n ${repeats}`]),
    ...(stride === null ? [] : [`s ${stride}`]),
    ...(dilation === 1 ? [] : [`dilation ${dilation}`]),
  ];
  return `${shapeText(inputShape)} ${[operator, ...numbers].join(", ")}`;
}

/** `112²×16`, `33×65×320`. */
function shapeText([, rows, columns, channels]: FeatureShape): string {
  return `${rows === columns ? `${rows}²` : `${rows}×${columns}`}×${channels}`;
}

/** t with two decimals at most. */
function expansionText(expansion: number | null): string {
  return expansion === null ? "–" : `${Math.round(expansion * 100) / 100}`;
}

function dashIfZero(value: number): string {
  return value === 0 ? "–" : formatCount(value);
}
