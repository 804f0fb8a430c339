/** What the report says of figure 6. */
import { figure, markdownTable } from "../markdown.ts";
import { chanceRemark, differenceText, estimateText, pointsText, signedPoints } from "../paired.ts";
import { type VariantName, variants } from "../small-networks/variants.ts";
import { ablationFigures, expansions, widths } from "./figures.ts";
import {
  type AblationResult,
  costsTheSame,
  equalCost,
  type VariantFigures,
  variantFigures,
} from "./values.ts";
import { comparisonsOf, expansionVerdict, verdictText } from "./verdicts.ts";

/** The section. */
export function ablationReport(result: AblationResult): string {
  const drawn = ablationFigures(result);
  const shown = (name: string, words: string): string =>
    name in drawn ? figure("ablations", name, words) : "";
  const verdicts = (group: string): string =>
    comparisonsOf(result)
      .filter((one) => one.group === group)
      .map((one) => `- ${verdictText(one)}`)
      .join("\n");
  return [
    claim,
    method(result),
    quickWarning(result),
    tableOf(result, ["base", "nonlinear", "expansion-shortcut", "no-shortcut"]),
    shown("figure6a", "Accuracy by epoch with and without ReLU6 in the bottleneck"),
    verdicts("6a"),
    shown("figure6b", "Accuracy by epoch with shortcuts in three places"),
    verdicts("6b"),
    "### The expansion factor",
    tableOf(result, [
      ...expansions.equal.map(([, name]) => name),
      ...expansions.free.map(([, name]) => name).filter((name) => name !== "base"),
    ]),
    shown("expansion", "Accuracy over the expansion factor"),
    expansionVerdict(result),
    "### Other blocks, other widths",
    tableOf(result, ["base", "v1", "resnet", ...widths.filter((name) => name !== "base")]),
    shown("differences", "Differences from MobileNetV2's block, with intervals"),
    shown("cost", "Accuracy over multiply-adds"),
    [verdicts("blocks"), widthVerdict(result)].filter((text) => text !== "").join("\n"),
    chanceRemark(comparisonsOf(result).length),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

const claim =
  "**The paper** trains its network with one thing changed (figure 6, section 6.4): a linear bottleneck beats one with ReLU6 after the projection, and shortcuts between bottlenecks beat shortcuts between expansions, which beat none. Of the expansion factor it says (section 4) that those from 5 to 10 give nearly the same curves, with smaller networks slightly better off with smaller factors and larger ones with larger; it takes 6.";

function method({ settings: { training, recipe, seeds, groups } }: AblationResult): string {
  const { data, resolution, training: count, tested } = training;
  const { width, epochs, batch, learningRate } = training;
  const { momentum, nesterov, weightDecay, labelSmoothing } = recipe;
  const pictures =
    data === "cifar10" ? "CIFAR-10" : "drawings of five shapes in two sizes, made by the program";
  return `**Run here** on ${pictures}: ${count} pictures of ${resolution}² to train with, ${tested} to test on. MobileNetV2 of width ${width} whose stem and 24-channel stage keep the picture's size, and the same with one thing changed; V1 and ResNet's bottlenecks with the same sizes of maps. All for ${epochs} epochs: SGD with ${nesterov ? "Nesterov's momentum" : "momentum"} ${momentum}, batch ${batch}, learning rate ${learningRate} after a warm-up, on a cosine to 0, weight decay ${weightDecay}, label smoothing ${labelSmoothing}. The last epoch counts; nothing is chosen by the test. ${seeds} runs each: run k has the same order of pictures and the same augmentation in all networks, and where their layers are alike the same first weights. Intervals are of 95 %, by Student's t over the runs; differences are taken run by run. Networks that are to cost the same ("wider", "narrower", V1's and ResNet's block) have the width in hundredths at which their multiply-adds come nearest; channels are multiples of 8, so that some miss: the table says by how much, and what misses by more than ${100 * equalCost} % is not judged as equal.${leftOut(groups.flat())}`;
}

/** How much of the grid was trained where widths and factors are free, which costs the most. */
function leftOut(trained: readonly VariantName[]): string {
  const factors = expansions.free.filter(([, name]) => trained.includes(name)).map(([t]) => t);
  const others = widths.filter((name) => name !== "base" && trained.includes(name));
  const free = `At equal width only t = ${factors.join(", ")} ${factors.length === 1 ? "is" : "are"} trained`;
  const wide =
    others.length === 0
      ? "and no other width"
      : `and of other widths ${others.map((name) => name.slice(6)).join(" and ")} alone`;
  return ` ${free}, ${wide}: larger networks would take most of the time.`;
}

const quickWarning = ({ quick }: AblationResult): string =>
  quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "";

function tableOf(result: AblationResult, names: readonly VariantName[]): string {
  const rows = names.flatMap((name) => {
    const found = variantFigures(result, name);
    if (found === undefined) return [];
    const { cost, accuracy, comparison, runs } = found;
    return [
      [
        variants[name].words,
        cost.width.toFixed(2),
        `${(cost.multiplyAdds / 1e6).toFixed(2)}${deviationText(found)}`,
        `${Math.round(cost.parameters / 1000)}`,
        `${runs}`,
        estimateText(accuracy, pointsText),
        comparison ? differenceText(comparison.difference) : "",
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

/** How far the cost is from the unchanged network's, of those that are to cost the same. */
function deviationText(figures: VariantFigures): string {
  const { name, deviation } = figures;
  if (deviation === undefined || !(variants[name].matched ?? false)) return "";
  const text = ` (${signedPoints(deviation)} %)`;
  return costsTheSame(figures) ? text : `${text.slice(0, -1)}, not equal)`;
}

function widthVerdict(result: AblationResult): string {
  const found = widths.flatMap((name) => variantFigures(result, name) ?? []);
  if (found.length < 2) return "";
  const rises = found.every(
    ({ accuracy }, i) => i === 0 || accuracy.mean > found[i - 1]!.accuracy.mean,
  );
  return `- The mean accuracy ${rises ? "rises with every width" : "does not rise with every width"}.`;
}
