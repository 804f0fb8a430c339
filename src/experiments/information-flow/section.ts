/** What the report says of information's flow. */
import { figure, markdownTable, percentText } from "../markdown.ts";
import type { VariantName } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";
import { flowNetworks } from "./figures.ts";
import { type FlowResult, type MapFigure, meansOf, type PlaceName } from "./values.ts";

/** The section. */
export function flowReport(result: FlowResult): string {
  return [
    claim,
    method(result),
    result.quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "",
    table(result),
    figure("information-flow", "projected", "The projection's rank with and without ReLU6"),
    figure("information-flow", "relu6", "Ranks of wide maps before and after ReLU6"),
    figure("information-flow", "dead", "Dead channels by block"),
    figure("information-flow", "bottlenecks", "How full the blocks' outputs are"),
    verdicts(result),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

const claim =
  "**The paper** argues (section 3.2) that what matters in a layer's activations lies in few dimensions, that ReLU keeps it where there are many channels and loses it where there are few, and that bottlenecks must therefore be linear. It shows this on a spiral (figure 1) and by accuracy (figure 6a), not inside trained networks.";

function method({ settings: { training, seeds, pictures, places } }: FlowResult): string {
  return `**Run here**: the trained networks of figure 6 (${training.epochs} epochs, ${seeds} seeds), ${pictures} pictures of the test set, ${places} places of each map drawn of each. The effective rank (Roy and Vetterli, 2007) is the exponential of the entropy of the centred activations' singular values as shares of their sum: as many as there are channels where all vary alike and independently, 1 where all follow one. A channel is dead where it has the same value at every place. Means over the blocks; intervals are of 95 %, by Student's t over the seeds.`;
}

const rows: readonly (readonly [VariantName, PlaceName, string])[] = [
  ["base", "expanded", "expansion, before ReLU6"],
  ["base", "expanded-relu6", "expansion, after ReLU6"],
  ["base", "filtered", "depthwise, before ReLU6"],
  ["base", "filtered-relu6", "depthwise, after ReLU6"],
  ["base", "projected", "projection, linear"],
  ["nonlinear", "projected", "projection, before ReLU6"],
  ["nonlinear", "projected-relu6", "projection, after ReLU6"],
  ["base", "output", "block's output"],
  ["nonlinear", "output", "block's output"],
  ["no-shortcut", "output", "block's output"],
];

const number = ({ mean, low }: Estimate): string =>
  Number.isFinite(low) ? `${mean.toFixed(1)} ± ${(mean - low).toFixed(1)}` : mean.toFixed(1);

const percent = ({ mean, low }: Estimate): string =>
  Number.isFinite(low) && mean > 0
    ? `${percentText(mean)} ± ${(100 * (mean - low)).toFixed(1)}`
    : percentText(mean);

function over(
  result: FlowResult,
  network: VariantName,
  place: PlaceName,
  of: MapFigure,
): Estimate | undefined {
  const values = meansOf(result, network, place, of);
  return values.length === 0 ? undefined : estimate(values);
}

function table(result: FlowResult): string {
  const lines = rows.flatMap(([network, place, words]) => {
    const [rank, share, dead] = (["rank", "share", "dead"] as const).map((of) =>
      over(result, network, place, of),
    );
    if (rank === undefined || share === undefined || dead === undefined) return [];
    return [[flowNetworks[network] ?? network, words, number(rank), percent(share), percent(dead)]];
  });
  if (lines.length === 0) return "";
  return markdownTable(
    ["network", "where", "effective rank", "of the channels", "dead channels"],
    lines,
    2,
  );
}

/** How one figure exceeds another, run by run, in the words of the claim that it does. */
function compare(
  above: readonly number[],
  below: readonly number[],
  { words, show }: { readonly words: string; readonly show: (found: Estimate) => string },
): string {
  const both = above.slice(0, below.length).map((value, i) => value - below[i]!);
  if (both.length === 0) return "";
  const found = estimate(both);
  const says =
    found.low > 0
      ? "**Agrees with the paper**"
      : found.high < 0
        ? "**Contradicts the paper**"
        : "**These runs cannot tell**";
  return `- ${says}: ${words}, ${show(found)}.`;
}

function verdicts(result: FlowResult): string {
  const at = (network: VariantName, place: PlaceName, of: MapFigure): readonly number[] =>
    meansOf(result, network, place, of);
  const lines = [
    compare(at("nonlinear", "projected", "rank"), at("nonlinear", "projected-relu6", "rank"), {
      words: "ReLU6 behind the projection takes dimensions away, before it less after it",
      show: number,
    }),
    compare(at("nonlinear", "projected-relu6", "dead"), at("base", "projected", "dead"), {
      words: "a bottleneck with ReLU6 has more dead channels than a linear one",
      show: (found) => `by ${percent(found)} of the channels`,
    }),
    compare(at("base", "expanded-relu6", "rank"), at("base", "expanded", "rank"), {
      words:
        "where there are many channels ReLU6 takes no dimensions away, after it less before it",
      show: number,
    }),
    compare(at("base", "output", "share"), at("nonlinear", "output", "share"), {
      words: "blocks with linear bottlenecks give fuller outputs than those with ReLU6",
      show: (found) => `by ${percent(found)} of the channels`,
    }),
  ];
  return lines.filter((line) => line !== "").join("\n");
}
