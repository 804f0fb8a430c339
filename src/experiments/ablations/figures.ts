/** The pictures of figure 6. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { type VariantName, variants } from "../small-networks/variants.ts";
import type { Estimate } from "../statistics.ts";
import { type AblationResult, type VariantFigures, variantFigures } from "./values.ts";

/** Expansion factors with the networks that have them, as wide as the unchanged one or as costly. */
export const expansions: Readonly<
  Record<"free" | "equal", readonly (readonly [number, VariantName])[]>
> = {
  free: [
    [1, "t1"],
    [2, "t2"],
    [3, "t3"],
    [4, "t4"],
    [6, "base"],
    [9, "t9"],
  ],
  equal: [
    [1, "t1-equal"],
    [2, "t2-equal"],
    [3, "t3-equal"],
    [4, "t4-equal"],
    [6, "base"],
    [9, "t9-equal"],
  ],
};

/** Each by the name of its file. */
export function ablationFigures(result: AblationResult): Readonly<Record<string, string>> {
  return {
    figure6a: drawCurves(result, "A linear bottleneck, or ReLU6 in it", ["base", "nonlinear"]),
    figure6b: drawCurves(result, "Where shortcuts lead", [
      ...(["base", "expansion-shortcut", "no-shortcut"] as const),
    ]),
    differences: drawDifferences(result),
    expansion: drawExpansion(result),
    cost: drawCost(result),
  };
}

const noteOf = ({ settings: { training, seeds } }: AblationResult): string =>
  `${training.data === "cifar10" ? "CIFAR-10" : "drawings"}, ${training.epochs} epochs; mean of ${seeds} seeds with 95 % intervals`;

/** An estimate's place; without an interval where there was a single run. */
function placed(x: number, { mean, low, high }: Estimate): ChartSeries["points"][number] {
  return Number.isFinite(low)
    ? { x, y: mean, low: Math.max(-1, low), high: Math.min(1, high) }
    : { x, y: mean };
}

const accuracyAxis = { name: "test accuracy, %", percent: true } as const;

function drawCurves(result: AblationResult, title: string, names: readonly VariantName[]): string {
  const { epochs } = result.settings.training;
  const series = names.flatMap((name): ChartSeries[] => {
    const found = variantFigures(result, name);
    if (found === undefined) return [];
    // Intervals of the first epochs are wider than the picture.
    const points = found.curve.map(({ mean }, i) => ({ x: i + 1, y: mean }));
    return [{ name: nameOf(name), kind: "line", tone: names.indexOf(name) + 1, points }];
  });
  const ends = names.flatMap((name): ChartSeries[] => {
    const found = variantFigures(result, name);
    if (found === undefined) return [];
    // Beside each other, so that intervals do not lie on each other.
    const x = epochs + 0.12 + 0.12 * names.indexOf(name);
    const tone = names.indexOf(name) + 1;
    return [{ name, kind: "dots", tone, unnamed: true, points: [placed(x, found.accuracy)] }];
  });
  return plotChart({
    ...{ title, note: `${noteOf(result)} at the end`, y: accuracyAxis },
    x: { name: "epoch", from: 1, to: epochs + 0.6 },
    series: [...series, ...ends],
  });
}

function nameOf(name: VariantName): string {
  return name === "base" ? "MobileNetV2's block" : variants[name].words;
}

function drawDifferences(result: AblationResult): string {
  const names = ["nonlinear", "expansion-shortcut", "no-shortcut", "v1", "resnet"] as const;
  const shown = names.flatMap((name) => variantFigures(result, name) ?? []);
  const points = shown.flatMap(({ difference }, i) =>
    difference === undefined ? [] : [placed(i, difference)],
  );
  const short: Readonly<Record<(typeof names)[number], string>> = {
    nonlinear: "ReLU6 after project",
    "expansion-shortcut": "shortcut expansions",
    "no-shortcut": "no shortcut",
    v1: "V1's block",
    resnet: "ResNet's block",
  };
  return plotChart({
    title: "Against MobileNetV2's block",
    note: `difference in accuracy, run by run; ${noteOf(result)}; below 0: worse than the paper's block`,
    x: {
      name: "what is changed",
      // An axis has a place at least.
      categories:
        shown.length === 0 ? [""] : shown.map(({ name }) => short[name as (typeof names)[number]]),
    },
    y: { name: "difference, points", percent: true },
    series: [
      { name: "no difference", kind: "line", tone: 6, points: ends(shown.length) },
      { name: "changed less unchanged", kind: "dots", tone: 2, points },
    ],
  });
}

const ends = (count: number): ChartSeries["points"] => [
  { x: -0.4, y: 0 },
  { x: Math.max(0, count - 1) + 0.4, y: 0 },
];

function drawExpansion(result: AblationResult): string {
  const curve = (kind: "free" | "equal", shift: number): ChartSeries["points"] =>
    expansions[kind].flatMap(([t, name]) => {
      const found = variantFigures(result, name);
      return found === undefined ? [] : [placed(t * shift, found.accuracy)];
    });
  return plotChart({
    title: "The expansion factor",
    note: `${noteOf(result)}; at equal cost widths differ so that multiply-adds come nearest`,
    x: { name: "expansion factor t", scale: "log", ticks: [1, 2, 3, 4, 6, 9], from: 0.9, to: 10 },
    y: accuracyAxis,
    series: [
      { name: "equal multiply-adds", kind: "dots", tone: 1, points: curve("equal", 0.985) },
      { name: "equal width", kind: "dots", tone: 2, points: curve("free", 1.015) },
      { name: "", kind: "line", tone: 1, unnamed: true, points: lineOf(curve("equal", 0.985)) },
      { name: "", kind: "line", tone: 2, unnamed: true, points: lineOf(curve("free", 1.015)) },
    ],
  });
}

const lineOf = (points: ChartSeries["points"]): ChartSeries["points"] =>
  points.map(({ x, y }) => ({ x, y }));

function drawCost(result: AblationResult): string {
  const at = (names: readonly VariantName[]): ChartSeries["points"] =>
    names.flatMap((name) => {
      const found: VariantFigures | undefined = variantFigures(result, name);
      if (found === undefined) return [];
      return [{ ...placed(found.cost.multiplyAdds / 1e6, found.accuracy), label: shortOf(name) }];
    });
  return plotChart({
    title: "Accuracy over multiply-adds",
    note: `${noteOf(result)}; α: MobileNetV2's width`,
    x: { name: "multiply-adds, millions", scale: "log", ticks: [2, 3, 5, 8, 10, 15, 20, 30] },
    y: accuracyAxis,
    series: [
      {
        name: "MobileNetV2 by width",
        kind: "dots",
        tone: 1,
        points: at(["width-0.15", "base", "width-0.35", "width-0.5"]),
      },
      {
        name: "by expansion factor",
        kind: "dots",
        tone: 2,
        points: at(["t1", "t2", "t3", "t4", "t9"]),
      },
      { name: "other blocks", kind: "dots", tone: 3, points: at(["v1", "resnet"]) },
    ],
  });
}

function shortOf(name: VariantName): string {
  if (name === "base") return "α 0.25";
  if (name.startsWith("width-")) return `α ${name.slice(6)}`;
  if (name === "v1") return "V1";
  return name === "resnet" ? "ResNet" : variants[name].words;
}
