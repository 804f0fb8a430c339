/** What the report says of figure 6. */
import { figure, markdownTable } from "../markdown.ts";
import { type VariantName, variants } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";
import { expansions } from "./figures.ts";
import {
  type AblationResult,
  pairedDifferences,
  trainingsOf,
  type VariantFigures,
  variantFigures,
} from "./values.ts";

/** The section. */
export function ablationReport(result: AblationResult): string {
  return [
    claim,
    method(result),
    quickWarning(result),
    tableOf(result, ["base", "nonlinear", "expansion-shortcut", "no-shortcut"]),
    figure("ablations", "figure6a", "Accuracy by epoch with and without ReLU6 in the bottleneck"),
    verdictA(result),
    figure("ablations", "figure6b", "Accuracy by epoch with shortcuts in three places"),
    verdictB(result),
    "### The expansion factor",
    tableOf(result, [
      ...expansions.equal.map(([, name]) => name),
      ...expansions.free.map(([, name]) => name).filter((name) => name !== "base"),
    ]),
    figure("ablations", "expansion", "Accuracy over the expansion factor"),
    verdictExpansion(result),
    "### Other blocks, other widths",
    tableOf(result, ["base", "v1", "resnet", "width-0.15", "width-0.35", "width-0.5"]),
    figure("ablations", "differences", "Differences from MobileNetV2's block, with intervals"),
    figure("ablations", "cost", "Accuracy over multiply-adds"),
    verdictBlocks(result),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

const claim =
  "**The paper** trains its network with one thing changed (figure 6, section 6.4): a linear bottleneck beats one with ReLU6 after the projection, and shortcuts between bottlenecks beat shortcuts between expansions, which beat none. It recommends expansion factors from 5 to 10, smaller ones for smaller networks (section 3.4).";

function method({ settings: { training, seeds } }: AblationResult): string {
  const {
    data,
    resolution,
    training: count,
    tested,
    width,
    epochs,
    batch,
    learningRate,
  } = training;
  const pictures =
    data === "cifar10" ? "CIFAR-10" : "drawings of five shapes in two sizes, made by the program";
  return `**Run here** on ${pictures}: ${count} pictures of ${resolution}² to train with, ${tested} to test on. MobileNetV2 of width ${width} whose stem and 24-channel stage keep the picture's size, and the same with one thing changed; V1 and ResNet's bottlenecks with the same sizes of maps. All for ${epochs} epochs: SGD with Nesterov's momentum 0.9, batch ${batch}, learning rate ${learningRate} on a cosine to 0, weight decay 0.0005, label smoothing 0.1. The last epoch counts; nothing is chosen by the test. ${seeds} runs each: run k has the same order of pictures and the same augmentation in all networks, and where their layers are alike the same first weights. Intervals are of 95 %, by Student's t over the runs; differences are taken run by run. "Equal" networks have the width in hundredths at which their multiply-adds come nearest; channels are multiples of 8, so that they do not meet.`;
}

const quickWarning = ({ quick }: AblationResult): string =>
  quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "";

const points = (share: number): string => (100 * share).toFixed(1);

/** With its sign. */
const signed = (share: number): string => `${share < 0 ? "−" : "+"}${points(Math.abs(share))}`;

function accuracyText({ mean, low }: Estimate): string {
  return Number.isFinite(low) ? `${points(mean)} ± ${points(mean - low)}` : points(mean);
}

function differenceText({ mean, low, high }: Estimate): string {
  return Number.isFinite(low)
    ? `${signed(mean)} (${signed(low)} to ${signed(high)})`
    : signed(mean);
}

function tableOf(result: AblationResult, names: readonly VariantName[]): string {
  const rows = names.flatMap((name) => {
    const found = variantFigures(result, name);
    if (found === undefined) return [];
    const { cost, accuracy, difference, runs } = found;
    return [
      [
        variants[name].words,
        cost.width.toFixed(2),
        (cost.multiplyAdds / 1e6).toFixed(2),
        `${Math.round(cost.parameters / 1000)}`,
        `${runs}`,
        accuracyText(accuracy),
        difference ? differenceText(difference) : "",
      ],
    ];
  });
  if (rows.length === 0) return "";
  return markdownTable(
    [
      ...["network", "width", "multiply-adds, M", "parameters, thousands", "runs"],
      ...["accuracy, %", "less the paper's block, points"],
    ],
    rows,
  );
}

/** What a difference with its interval says of a claim that it is above 0. */
export function judgeDifference({ low, high }: Estimate): "agrees" | "contradicts" | "cannot tell" {
  if (low > 0) return "agrees";
  return high < 0 ? "contradicts" : "cannot tell";
}

/** A claim that one network is better than another, and how it fared. */
function compare(
  result: AblationResult,
  better: VariantName,
  worse: VariantName,
  words: string,
): string {
  const differences = pairedDifferences(trainingsOf(result, better), trainingsOf(result, worse));
  if (differences.length === 0) return "";
  const found = estimate(differences);
  const says = {
    agrees: "**Agrees with the paper**",
    contradicts: "**Contradicts the paper**",
    "cannot tell": "**These runs cannot tell**",
  }[judgeDifference(found)];
  return `${says}: ${words}, ${differenceText(found)} points over ${differences.length} run${differences.length === 1 ? "" : "s"}.`;
}

function verdictA(result: AblationResult): string {
  return compare(result, "base", "nonlinear", "the linear bottleneck less the one with ReLU6");
}

function verdictB(result: AblationResult): string {
  return [
    compare(
      ...([result, "base", "expansion-shortcut"] as const),
      "shortcuts between bottlenecks less those between expansions",
    ),
    compare(
      ...([result, "expansion-shortcut", "no-shortcut"] as const),
      "shortcuts between expansions less none",
    ),
    compare(result, "base", "no-shortcut", "shortcuts between bottlenecks less none"),
  ]
    .filter((text) => text !== "")
    .map((text) => `- ${text}`)
    .join("\n");
}

function verdictExpansion(result: AblationResult): string {
  const found = expansions.equal.flatMap(([t, name]) => {
    const figures = variantFigures(result, name);
    return figures === undefined ? [] : [{ t, figures }];
  });
  if (found.length < 2) return "";
  const best = found.reduce((a, b) => (b.figures.accuracy.mean > a.figures.accuracy.mean ? b : a));
  const worse = found.filter(
    ({ figures: { difference } }) => difference !== undefined && difference.high < 0,
  );
  const better = found.filter(
    ({ figures: { difference } }) => difference !== undefined && difference.low > 0,
  );
  const list = (some: typeof found): string =>
    some.length === 0 ? "none" : some.map(({ t }) => `t = ${t}`).join(", ");
  return `At equal multiply-adds t = ${best.t} has the highest mean. Beyond the intervals worse than t = 6: ${list(worse)}; better: ${list(better)}; of the others these runs cannot tell. The paper's range of 5 to 10 is of ImageNet and of larger networks, and it recommends smaller factors for smaller ones.`;
}

function verdictBlocks(result: AblationResult): string {
  const line = (name: VariantName): string =>
    compare(
      ...([result, "base", name] as const),
      `MobileNetV2's block less ${variants[name].words} at equal multiply-adds`,
    );
  const widths = (["width-0.15", "base", "width-0.35", "width-0.5"] as const)
    .map((name) => variantFigures(result, name))
    .filter((one): one is VariantFigures => one !== undefined);
  const rises = widths.every(
    ({ accuracy }, i) => i === 0 || accuracy.mean > widths[i - 1]!.accuracy.mean,
  );
  const width =
    widths.length < 2
      ? ""
      : `- Accuracy ${rises ? "rises with every width" : "does not rise with every width"}.`;
  const lines = (["v1", "resnet"] as const).map(line).filter((text) => text !== "");
  return [...lines.map((text) => `- ${text}`), width].filter((text) => text !== "").join("\n");
}
