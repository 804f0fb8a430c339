/** The report's section on figures 2, 3 and 4 and tables 1 and 2. */
import { formatLarge } from "../../scaled-number.ts";
import { type ExperimentResult, partValue } from "../experiment.ts";
import { figure, markdownTable, percentText } from "../markdown.ts";
import type { Table2Row } from "./draw-network.ts";
import type { BlockStep } from "./steps.ts";
import type { BlocksValue } from "./values.ts";

type Result = ExperimentResult<unknown, BlocksValue>;

/** What a block costs in all. */
export function costOf(steps: readonly BlockStep[]): {
  readonly parameters: number;
  readonly multiplyAdds: number;
} {
  const sum = (what: "parameters" | "multiplyAdds"): number =>
    steps.reduce((total, step) => total + step[what], 0);
  return { parameters: sum("parameters"), multiplyAdds: sum("multiplyAdds") };
}

/** The section, of the parts that are there. */
export function reportBlocks(result: Result): string {
  const parts = [aboutFigure2, aboutFigure3, aboutFigure4, aboutTable1, aboutTable2];
  const intro =
    "What a block is, drawn from this package's own graphs: shapes, parameters (batch norm's γ and β included) and multiply-adds are counted there, not copied. Nothing depends on the seed.";
  return [intro, ...parts.flatMap((about) => about(result) ?? [])].join("\n\n");
}

function aboutFigure2(result: Result): string | undefined {
  const found = partValue(result, "figure-2")?.blocks;
  const [full, separable, linear, expansion] = ["full", "separable", "linear", "expansion"].map(
    (name) => found?.[name],
  );
  if (!full || !separable || !linear || !expansion) return undefined;
  const [whole, split] = [costOf(full), costOf(separable)];
  const times = whole.multiplyAdds / split.multiplyAdds;
  const [wide, narrow] = [linear[0], linear.at(-1)];
  return [
    "### Figure 2: from a convolution to the bottleneck",
    `Section 3.1 has a 3×3 separable convolution 8 to 9 times as cheap as a full one; k²·d / (k² + d) for d output channels comes near 9 only where d is large. At ${narrow?.channels} channels it is ${times.toFixed(1)} times: ${formatLarge(whole.multiplyAdds)} multiply-adds against ${formatLarge(split.multiplyAdds)}.`,
    `(c) and (d) are the same layers, cut elsewhere: (c) begins at the ${wide?.channels} expanded channels and ends in ${narrow?.channels} linear ones, (d) has the expansion in front.`,
    figure(
      "blocks",
      "figure-2",
      "a convolution, a separable one, and two with a linear bottleneck",
    ),
  ].join("\n\n");
}

function aboutFigure3(result: Result): string | undefined {
  const { residual, inverted } = partValue(result, "figure-3")?.blocks ?? {};
  if (!residual || !inverted) return undefined;
  const widths = (steps: readonly BlockStep[]): string =>
    steps
      .slice(0, 4)
      .map(({ channels }) => channels)
      .join(" → ");
  const [ours, theirs] = [costOf(inverted), costOf(residual)];
  return [
    "### Figure 3: the residual block, inverted",
    `The residual block is wide at its ends (${widths(residual)} channels here), the inverted one in its middle (${widths(inverted)}), and its shortcut joins the narrow ends, which are linear. Both are the eighth block of their networks, which cost equally much in all; the blocks themselves need not: ${formatLarge(theirs.multiplyAdds)} multiply-adds against ${formatLarge(ours.multiplyAdds)}.`,
    figure(
      "blocks",
      "figure-3",
      "a residual block and an inverted residual, slabs as wide as channels",
    ),
  ].join("\n\n");
}

function aboutFigure4(result: Result): string | undefined {
  if (partValue(result, "figure-4") === undefined) return undefined;
  return [
    "### Figure 4: blocks of other networks",
    "MobileNetV1's and V2's are those of this package's networks, at stride 1 and 2. NasNet's and ShuffleNet's are drawn from the paper's description; this package does not build them, so they have no numbers.",
    figure("blocks", "figure-4", "blocks of NasNet, MobileNetV1, ShuffleNet and MobileNetV2"),
  ].join("\n\n");
}

function aboutTable1(result: Result): string | undefined {
  const steps = partValue(result, "table-1")?.blocks["example"];
  if (steps === undefined) return undefined;
  const { parameters, multiplyAdds } = costOf(steps);
  return [
    "### Table 1: the bottleneck block",
    `The table in letters, and beside it a block of the network, of ${formatLarge(parameters)} parameters and ${formatLarge(multiplyAdds)} multiply-adds in all.`,
    figure("blocks", "table-1", "the block's three layers with shapes and costs"),
  ].join("\n\n");
}

function aboutTable2(result: Result): string | undefined {
  const rows = partValue(result, "table-2")?.rows;
  if (rows === undefined || rows.length === 0) return undefined;
  const sum = (of: readonly Table2Row[], what: "parameters" | "multiplyAdds" | "n"): number =>
    of.reduce((total, row) => total + row[what], 0);
  const [parameters, multiplyAdds] = [sum(rows, "parameters"), sum(rows, "multiplyAdds")];
  const bottlenecks = rows.filter(({ operator }) => operator === "bottleneck");
  const share = (of: readonly Table2Row[], what: "parameters" | "multiplyAdds"): string =>
    percentText(sum(of, what) / sum(rows, what));
  const last = rows.slice(-1);
  return [
    "### Table 2: the network",
    markdownTable(
      ["", "the paper", "ours"],
      [
        ["parameters (table 4)", "3.4 M", formatLarge(parameters)],
        ["multiply-adds (table 4)", "300 M", formatLarge(multiplyAdds)],
        ["bottlenecks", "19 in the text, 17 in the table", `${sum(bottlenecks, "n")}`],
      ],
    ),
    `The bottlenecks take ${share(bottlenecks, "multiplyAdds")} of the multiply-adds and have ${share(bottlenecks, "parameters")} of the parameters; the classifier alone has ${share(last, "parameters")} of the parameters, for ${share(last, "multiplyAdds")} of the work. The paper's 3.4 M are the convolutions' and the classifier's 3.47 M cut off; batch norms add the rest ([how we count](../paper-figures.md#how-we-count)).`,
    figure("blocks", "table-2", "every row of table 2 with shapes, parameters and multiply-adds"),
    "For other networks, widths, resolutions and models of your own: `mobilenetv2 profile --by block`.",
  ].join("\n\n");
}
