/** The pictures of figure 1 and appendix A. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { type Panel, plotPanels } from "../../plot/panels.ts";
import { shareInterval } from "../statistics.ts";
import { type ActivationName, activationNames, activations } from "./activations.ts";
import { spiral } from "./spiral.ts";
import { expectedCollapse } from "./theorem.ts";
import {
  countsOf,
  drawingOf,
  figuresOf,
  type ManifoldDrawing,
  type ManifoldFigures,
  type ManifoldResult,
} from "./values.ts";

const legend = [
  { name: "the curve", tone: 1, kind: "line" },
  { name: "points that share their image", tone: 2, kind: "dots" },
] as const;

/** Each by the name of its file. */
export function manifoldFigures(result: ManifoldResult): Readonly<Record<string, string>> {
  return {
    figure1: drawFigure1(result),
    activations: drawActivations(result),
    collapse: drawCollapse(result),
    error: drawError(result),
    theorem: drawTheorem(result),
  };
}

function panelOf(title: string, { x, y, coinciding }: Omit<ManifoldDrawing, "kind">): Panel {
  const points = x.map((value, i) => [value, y[i] ?? 0] as const);
  return {
    title,
    curves: [
      { points, kind: "line", tone: 1 },
      {
        points: coinciding.flatMap((place) => (points[place] ? [points[place]] : [])),
        kind: "dots",
        tone: 2,
      },
    ],
  };
}

function drawFigure1(result: ManifoldResult): string {
  const { drawn, drawnPoints, turns } = result.settings;
  const { data } = spiral(drawnPoints, turns);
  const axis = (column: number): readonly number[] =>
    Array.from({ length: drawnPoints }, (_, row) => data[row * 2 + column]!);
  const panels = drawn.flatMap((dimension) => {
    const drawing = drawingOf(result, "relu", dimension);
    return drawing ? [panelOf(`n = ${dimension}`, drawing)] : [];
  });
  return plotPanels({
    title: "A spiral through ReLU and back",
    note: "embedded in n dimensions at random, ReLU, back by the pseudo-inverse; each scaled to its frame",
    columns: 3,
    panels: [panelOf("the spiral", { x: axis(0), y: axis(1), coinciding: [] }), ...panels],
    legend,
  });
}

function drawActivations(result: ManifoldResult): string {
  const shown = result.settings.drawn.filter((_, i) => i % 2 === 0);
  const panels = activationNames.flatMap((name) =>
    shown.flatMap((dimension) => {
      const drawing = drawingOf(result, name, dimension);
      const words = activations[name].words.replace(", inputs × 3", " × 3").replace("with a", "+");
      return drawing ? [panelOf(`${words.replace(", 0.1", "")}, ${dimension}`, drawing)] : [];
    }),
  );
  return plotPanels({
    title: "The same through other activations",
    note: `the same embeddings in ${shown.join(", ")} dimensions; × 3: what goes in is three times as large`,
    ...{ columns: shown.length, panels, legend },
  });
}

function curveOf(
  result: ManifoldResult,
  name: ActivationName,
  of: "flattened" | "coinciding" | "shapeError",
): ChartSeries["points"] {
  return figuresOf(result, name).map(([x, figures]) => {
    const { mean, low, high }: ManifoldFigures["coinciding"] = figures[of];
    return { x, y: mean, low: Math.max(0, low), high };
  });
}

const dimensionAxis = {
  name: "dimensions n of the embedding",
  scale: "log",
  ticks: [2, 3, 5, 8, 15, 30],
} as const;

function drawCollapse(result: ManifoldResult): string {
  const { dimensions, runs } = result.settings;
  const expected = dimensions.map((m) => ({ x: m, y: expectedCollapse(2, m) }));
  return plotChart({
    title: "What ReLU collapses of a spiral",
    note: `share of its points, mean over ${runs} embeddings; bands are 95 % intervals of the mean`,
    x: dimensionAxis,
    y: { name: "share of points, %", percent: true, from: 0, to: 0.8 },
    series: [
      {
        name: "flattened, ReLU",
        kind: "dots",
        tone: 1,
        points: curveOf(result, "relu", "flattened"),
      },
      { name: "expected by appendix A", kind: "line", tone: 6, points: expected },
      {
        name: "coinciding, ReLU",
        kind: "line",
        tone: 2,
        points: curveOf(result, "relu", "coinciding"),
      },
      {
        name: "coinciding, ReLU6 × 3",
        ...{ kind: "line", tone: 4, points: curveOf(result, "relu6-wide", "coinciding") },
      },
      {
        name: "leaky ReLU, linear",
        kind: "line",
        tone: 3,
        points: curveOf(result, "leaky", "coinciding"),
      },
    ],
  });
}

function drawError(result: ManifoldResult): string {
  const names: readonly ActivationName[] = ["relu", "relu6-wide", "biased", "leaky", "linear"];
  return plotChart({
    title: "How far the curve's shape is changed",
    note: `error of the curve that comes back, after the best shift and scale, over the curve's size; mean over ${result.settings.runs} embeddings with 95 % bands`,
    x: dimensionAxis,
    y: { name: "error, %", percent: true, from: 0 },
    series: names.map((name) => ({
      ...{ name: activations[name].words, kind: "line" },
      points: curveOf(result, name, "shapeError"),
    })),
  });
}

function drawTheorem(result: ManifoldResult): string {
  const counts = countsOf(result);
  const inputs = [...new Set(counts.map(({ n }) => n))];
  const series = inputs.flatMap((n, i): ChartSeries[] => {
    const own = counts.filter((one) => one.n === n);
    const measured = own.map(({ m, count: { collapsed, draws } }) => {
      const [low, high] = shareInterval(collapsed, draws);
      return { x: m / n, y: collapsed / draws, low, high };
    });
    const most = Math.max(...own.map(({ m }) => m));
    const line = Array.from({ length: most - n + 1 }, (_, k) => ({
      ...{ x: (n + k) / n, y: expectedCollapse(n, n + k) },
    }));
    return [
      { name: `n = ${n}`, kind: "dots", tone: i + 1, points: measured },
      { name: `n = ${n}, expected`, kind: "line", tone: i + 1, points: line, unnamed: true },
    ];
  });
  return plotChart({
    title: "How much volume ReLU collapses",
    note: `of n input dimensions, embedded in m; marks are ${result.settings.draws} draws each with 95 % intervals, lines are appendix A's theorem`,
    x: { name: "expansion, m / n", ticks: [1, 2, 3, 4, 5, 6] },
    y: { name: "share that collapses, %", percent: true, from: 0, to: 1 },
    series,
  });
}
