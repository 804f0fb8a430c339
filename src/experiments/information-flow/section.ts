/** What the report says of information's flow. */
import type { QuestionAnswers } from "../experiment.ts";
import { figure, markdownTable, percentText } from "../markdown.ts";
import {
  type Comparison,
  chanceRemark,
  compareRuns,
  estimateText,
  pointsText,
  type Runs,
  verdictWords,
} from "../paired.ts";
import type { VariantName } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";
import { activeSection, keptByExpansion } from "./active-section.ts";
import { flowNetworks } from "./figures.ts";
import { type FlowResult, type MapFigure, meansOf, type PlaceName } from "./values.ts";

/** The section. */
export function flowReport(result: FlowResult): string {
  return [
    claim,
    method(result),
    result.quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "",
    activeSection(result),
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
  "**The paper** argues (section 3.2) that what matters in a layer's activations lies in few dimensions, that ReLU keeps it where there are many channels and loses it where there are few, and that bottlenecks must therefore be linear. It shows this on a spiral (figure 1) and by accuracy (figure 6a). Inside networks it counts, in appendix A (figure 7), how many channels of each layer are positive at a position: an expansion to t · d' channels loses nothing there as long as at least d' are, a share of 1/t. Before training about half are; after it the counts spread, and all but two layers still lie above the threshold.";

function method({ settings: { training, seeds, pictures, positions } }: FlowResult): string {
  return `**Run here**: the trained networks of figure 6 (${training.epochs} epochs, ${seeds} seed${seeds === 1 ? "" : "s"}), and MobileNetV2 with the weights that each of its trainings begins with; batch norms of the latter have the statistics that the training's own forward pass measures over ${training.batch} of its pictures. Of ${pictures} pictures of the test set active channels are counted at every position of each expansion; as ReLU6 also cuts at 6, a channel counts as passed on above 0 and below 6. For ranks ${positions} positions of each map are drawn of each picture. The effective rank (Roy and Vetterli, 2007) is the exponential of the entropy of the centred activations' singular values as shares of their sum: as many as there are channels where all vary alike and independently, 1 where all follow one. A channel is dead where it has the same value at every position drawn. Means over the blocks; intervals are of 95 %, by Student's t over the seeds.`;
}

const rows: readonly (readonly [VariantName, PlaceName, string])[] = [
  ["base", "expanded", "expansion, before ReLU6"],
  ["base", "expanded-relu6", "expansion, after ReLU6"],
  ["base", "depthwise", "depthwise, before ReLU6"],
  ["base", "depthwise-relu6", "depthwise, after ReLU6"],
  ["base", "projected", "projection, linear"],
  ["nonlinear", "projected", "projection, before ReLU6"],
  ["nonlinear", "projected-relu6", "projection, after ReLU6"],
  ["base", "output", "block's output"],
  ["nonlinear", "output", "block's output"],
  ["no-shortcut", "output", "block's output"],
];

const number = (found: Estimate): string => estimateText(found, (value) => value.toFixed(1));

const percent = (found: Estimate): string => estimateText(found, percentText, pointsText);

function over(
  result: FlowResult,
  network: VariantName,
  place: PlaceName,
  of: MapFigure,
): Estimate | undefined {
  const values = meansOf(result, network, place, of).filter((value) => value !== undefined);
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

interface Claim {
  readonly words: string;
  readonly found: Comparison;
  readonly shown: string;
}

/** What the paper says of bottlenecks, as far as the runs that are there go. */
function claims(result: FlowResult): readonly Claim[] {
  const at = (network: VariantName, place: PlaceName, of: MapFigure) =>
    meansOf(result, network, place, of);
  const claim = (
    [above, below]: readonly [Runs<number>, Runs<number>],
    words: string,
    show: (difference: Estimate) => string,
  ): readonly Claim[] => {
    const found = compareRuns(above, below);
    return found === undefined ? [] : [{ words, found, shown: show(found.difference) }];
  };
  const ofChannels = (difference: Estimate): string => `by ${percent(difference)} of the channels`;
  return [
    ...claim(
      [at("nonlinear", "projected", "rank"), at("nonlinear", "projected-relu6", "rank")],
      "ReLU6 behind the projection takes dimensions away, before it less after it",
      number,
    ),
    ...claim(
      [at("nonlinear", "projected-relu6", "dead"), at("base", "projected", "dead")],
      "a bottleneck with ReLU6 has more dead channels than a linear one",
      ofChannels,
    ),
    ...claim(
      [at("base", "output", "share"), at("nonlinear", "output", "share")],
      "blocks with linear bottlenecks give fuller outputs than those with ReLU6",
      ofChannels,
    ),
  ];
}

const sentence = ({ words, found, shown }: Claim): string =>
  `${verdictWords[found.verdict]}: ${words}, ${shown}.`;

function verdicts(result: FlowResult): string {
  const found = claims(result);
  if (found.length === 0) return "";
  return [
    ...found.map((claim) => `- ${sentence(claim)}`),
    "",
    "Before ReLU6 an expansion has at most d' dimensions, and a non-linearity raises the rank whatever it loses; so the ranks of what is wide say nothing of what ReLU6 keeps there, and figure 7's count does.",
    ...(found.length > 1 ? ["", chanceRemark(found.length)] : []),
  ].join("\n");
}

/** What this says to the report's questions. */
export function flowAnswers(result: FlowResult): QuestionAnswers {
  const kept = keptByExpansion(result);
  const found = claims(result);
  return {
    ...(kept !== "" && { "expand-first": { words: kept, figure: "active" } }),
    ...(found.length > 0 && {
      "linear-bottleneck": { words: found.map(sentence).join(" "), figure: "projected" },
    }),
  };
}
