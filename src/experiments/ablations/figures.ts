/** The pictures of figure 6. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { niceTicks } from "../../plot/ticks.ts";
import { estimatePoint, runsNote } from "../paired.ts";
import { type VariantName, variants } from "../small-networks/variants.ts";
import {
  type AblationResult,
  costsTheSame,
  equalCost,
  type VariantFigures,
  variantFigures,
} from "./values.ts";

/** Expansion factors with the networks that have them, as wide as the unchanged one or as costly. */
export const expansions: Readonly<
  Record<"free" | "equal", readonly (readonly [number, VariantName])[]>
> = {
  free: [
    [1, "t1"],
    [3, "t3"],
    [6, "base"],
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

/** Widths of the unchanged block, rising. */
export const widths = ["width-0.15", "base", "width-0.35"] as const;

const other = ["nonlinear", "expansion-shortcut", "no-shortcut", "v1", "resnet"] as const;

/** Each by the name of its file; those of which there is something to compare. */
export function ablationFigures(result: AblationResult): Readonly<Record<string, string>> {
  const drawn = {
    figure6a: drawCurves(result, "A linear bottleneck, or ReLU6 in it", ["base", "nonlinear"]),
    figure6b: drawCurves(result, "Where shortcuts lead", [
      ...(["base", "expansion-shortcut", "no-shortcut"] as const),
    ]),
    differences: drawDifferences(result),
    expansion: drawExpansion(result),
    cost: drawCost(result),
  };
  return Object.fromEntries(
    Object.entries(drawn).flatMap(([name, svg]) => (svg === undefined ? [] : [[name, svg]])),
  );
}

function figuresOf(result: AblationResult, names: readonly VariantName[]) {
  return names.flatMap((name) => variantFigures(result, name) ?? []);
}

const noteOf = ({ settings }: AblationResult, shown: readonly VariantFigures[]): string =>
  runsNote(
    settings.training,
    shown.map(({ runs }) => runs),
  );

const accuracyAxis = { name: "test accuracy, %", percent: true } as const;

function drawCurves(
  result: AblationResult,
  title: string,
  names: readonly VariantName[],
): string | undefined {
  const { epochs } = result.settings.training;
  const shown = figuresOf(result, names);
  if (shown.length < 2) return undefined;
  const toneOf = (name: VariantName): number => names.indexOf(name) + 1;
  const curves = shown.map(({ name, curve }): ChartSeries => {
    // Intervals of the first epochs are wider than the picture.
    const points = curve.map(({ mean }, i) => ({ x: i + 1, y: mean }));
    return { name: nameOf(name), kind: "line", tone: toneOf(name), points };
  });
  const ends = shown.map(({ name, accuracy }): ChartSeries => {
    // Beside each other, so that intervals do not lie on each other.
    const x = epochs + 0.12 * toneOf(name);
    const points = [estimatePoint(x, accuracy, [0, 1])];
    return { name, kind: "dots", tone: toneOf(name), unnamed: true, points };
  });
  return plotChart({
    ...{ title, note: `${noteOf(result, shown)}, at the end`, y: accuracyAxis },
    x: { name: "epoch", from: 1, to: epochs + 0.6, ticks: epochTicks(epochs) },
    series: [...curves, ...ends],
  });
}

/** All epochs where they are few; else the first and round ones. */
function epochTicks(epochs: number): readonly number[] {
  if (epochs <= 10) return Array.from({ length: epochs }, (_, i) => i + 1);
  return [1, ...niceTicks(0, epochs).filter((epoch) => epoch > 1 && epoch <= epochs)];
}

function nameOf(name: VariantName): string {
  return name === "base" ? "MobileNetV2's block" : variants[name].words;
}

function drawDifferences(result: AblationResult): string | undefined {
  const shown = figuresOf(result, other).filter(({ comparison }) => comparison !== undefined);
  if (shown.length === 0) return undefined;
  const points = shown.map(({ comparison }, i) =>
    estimatePoint(i, comparison!.difference, [-1, 1]),
  );
  const short: Readonly<Record<(typeof other)[number], string>> = {
    nonlinear: "ReLU6 after project",
    "expansion-shortcut": "shortcut expansions",
    "no-shortcut": "no shortcut",
    v1: "V1's block",
    resnet: "ResNet's block",
  };
  return plotChart({
    title: "Against MobileNetV2's block",
    note: `difference in accuracy, run by run; ${noteOf(result, shown)}; below 0: worse than the paper's block`,
    x: {
      name: "what is changed",
      categories: shown.map(({ name }) => short[name as (typeof other)[number]]),
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
  { x: count - 1 + 0.4, y: 0 },
];

function drawExpansion(result: AblationResult): string | undefined {
  const rows = [
    { kind: "equal", name: "equal multiply-adds", tone: 1, shift: 0.985 },
    { kind: "free", name: "equal width", tone: 2, shift: 1.015 },
  ] as const;
  const curves = rows.flatMap((row) => {
    const found = expansions[row.kind].flatMap(([t, name]) => {
      const figures = variantFigures(result, name);
      return figures === undefined ? [] : [{ t, figures }];
    });
    // The unchanged network alone is no curve.
    return found.length < 2 ? [] : [{ ...row, found }];
  });
  if (curves.length === 0) return undefined;
  const shown = curves.flatMap(({ found }) => found.map(({ figures }) => figures));
  const missing = (curves.find(({ kind }) => kind === "equal")?.found ?? [])
    .filter(({ figures }) => !costsTheSame(figures))
    .map(({ t }) => `, which t = ${t} misses by more than ${100 * equalCost} %`);
  return plotChart({
    title: "The expansion factor",
    note: `${noteOf(result, shown)}; widths differ so that multiply-adds come nearest to t = 6${missing.join("")}`,
    x: { name: "expansion factor t", scale: "log", ticks: [1, 2, 3, 4, 6, 9], from: 0.9, to: 10 },
    y: accuracyAxis,
    series: [
      ...curves.map(({ name, tone, shift, found }): ChartSeries => {
        // Marks beside each other, so that intervals do not lie on each other.
        const points = found.map(({ t, figures }) =>
          estimatePoint(t * shift, figures.accuracy, [0, 1]),
        );
        return { name, kind: "dots", tone, points };
      }),
      ...curves.map(({ tone, found }): ChartSeries => {
        const points = found.map(({ t, figures }) => ({ x: t, y: figures.accuracy.mean }));
        return { name: "", kind: "line", tone, unnamed: true, points };
      }),
    ],
  });
}

function drawCost(result: AblationResult): string | undefined {
  const rows = [
    { name: "MobileNetV2 by width", tone: 1, shown: figuresOf(result, widths) },
    { name: "by expansion factor", tone: 2, shown: figuresOf(result, ["t1", "t3"]) },
    { name: "other blocks", tone: 3, shown: figuresOf(result, ["v1", "resnet"]) },
  ];
  const shown = rows.flatMap((row) => row.shown);
  if (shown.length < 2) return undefined;
  return plotChart({
    title: "Accuracy over multiply-adds",
    note: `${noteOf(result, shown)}; α: MobileNetV2's width`,
    x: { name: "multiply-adds, millions", scale: "log", ticks: [2, 3, 5, 8, 10, 15, 20, 30] },
    y: accuracyAxis,
    series: rows.map(({ name, tone, shown: own }): ChartSeries => {
      const points = own.map((figures) => ({
        ...estimatePoint(figures.cost.multiplyAdds / 1e6, figures.accuracy, [0, 1]),
        label: shortOf(figures.name, result),
      }));
      return { name, kind: "dots", tone, points };
    }),
  });
}

function shortOf(name: VariantName, { settings }: AblationResult): string {
  if (name === "base") return `α ${settings.training.width}`;
  if (name.startsWith("width-")) return `α ${name.slice(6)}`;
  if (name === "v1") return "V1";
  return name === "resnet" ? "ResNet" : variants[name].words;
}
