/** The pictures of low precision. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { type Panel, plotPanels } from "../../plot/panels.ts";
import type { VariantName } from "../small-networks/variants.ts";
import type { Estimate } from "../statistics.ts";
import {
  accuracyIn,
  type FormatName,
  type LayerValues,
  lossIn,
  type PrecisionResult,
  runsOf,
  simulatedBits,
} from "./values.ts";

/** What networks are called here. */
export const precisionNetworks: Partial<Readonly<Record<VariantName, string>>> = {
  base: "ReLU6",
  relu: "ReLU",
  "linear-depthwise": "linear depthwise",
  nonlinear: "ReLU6 everywhere",
};

/** Each by the name of its file. */
export function precisionFigures(result: PrecisionResult): Readonly<Record<string, string>> {
  return {
    bits: drawBits(result),
    formats: drawFormats(result),
    ranges: drawRanges(result),
    histograms: drawHistograms(result),
  };
}

const noteOf = ({ settings: { training, seeds } }: PrecisionResult): string =>
  `${training.data === "cifar10" ? "CIFAR-10" : "drawings"}, mean of ${seeds} seeds with 95 % intervals`;

/** An estimate's place; its interval goes no further than the figure itself can. */
const placed = (
  x: number,
  { mean, low, high }: Estimate,
  least: number,
): ChartSeries["points"][number] =>
  Number.isFinite(low)
    ? { x, y: mean, low: Math.max(least, low), high: Math.min(1, high) }
    : { x, y: mean };

function drawBits(result: PrecisionResult): string {
  const series = result.settings.networks.map((network, place): ChartSeries => {
    // Beside each other, so that intervals do not lie on each other.
    const shift = 0.1 * (place - (result.settings.networks.length - 1) / 2);
    const points = simulatedBits.flatMap((bits) => {
      const found = accuracyIn(result, network, `activations-${bits}`);
      return found === undefined ? [] : [placed(bits + shift, found, 0)];
    });
    return { name: precisionNetworks[network] ?? network, kind: "dots", points };
  });
  const lines = series.map(
    ({ points }, i): ChartSeries => ({
      ...{ name: "", kind: "line", tone: i + 1, unnamed: true },
      points: points.map(({ x, y }) => ({ x, y })),
    }),
  );
  return plotChart({
    title: "Values of fewer bits",
    note: `${noteOf(result)}; values between layers rounded over the range that was seen, weights not`,
    x: { name: "bits", ticks: [4, 5, 6, 7, 8], from: 3.7, to: 8.3 },
    y: { name: "test accuracy, %", percent: true },
    series: [...series, ...lines],
  });
}

function drawFormats(result: PrecisionResult): string {
  const formats: readonly FormatName[] = ["float16", "int8-channel", "int8-tensor"];
  const { networks } = result.settings;
  return plotChart({
    title: "What a format costs",
    note: `accuracy of float32 less the format's, run by run; ${noteOf(result)}`,
    x: { name: "format", categories: ["float16", "int8 per channel", "int8 per tensor"] },
    y: { name: "loss, points", percent: true },
    series: networks.map((network, place) => ({
      ...{ name: precisionNetworks[network] ?? network, kind: "dots" },
      points: formats.flatMap((format, x) => {
        const found = lossIn(result, network, format);
        return found === undefined
          ? []
          : [placed(x + 0.16 * (place - (networks.length - 1) / 2), found, -1)];
      }),
    })),
  });
}

/** The layers behind an activation, of the first run. */
function activatedLayers(result: PrecisionResult, network: VariantName): readonly LayerValues[] {
  const [run] = runsOf(result, network);
  return (run?.layers ?? []).filter(({ name }) => /\/relu6?$/.test(name));
}

function drawRanges(result: PrecisionResult): string {
  const curve = (network: VariantName, of: "high" | "p99"): ChartSeries["points"] =>
    activatedLayers(result, network).map((layer, i) => ({ x: i + 1, y: layer[of] }));
  return plotChart({
    title: "How far values reach",
    note: "behind each activation, over the pictures of the calibration, first seed",
    x: { name: "activation, from the stem to the head" },
    y: { name: "value", scale: "log" },
    series: [
      { name: "ReLU, largest", kind: "line", tone: 2, points: curve("relu", "high") },
      { name: "ReLU, 99 % below", kind: "line", tone: 5, points: curve("relu", "p99") },
      { name: "ReLU6, largest", kind: "line", tone: 1, points: curve("base", "high") },
      { name: "ReLU6, 99 % below", kind: "line", tone: 3, points: curve("base", "p99") },
    ],
  });
}

/** Layers from the first to the last, without their activation's name. */
const shownLayers = [
  "stem",
  "block_1/expand",
  "block_3/depthwise",
  "block_6/expand",
  "block_10/depthwise",
  "block_13/expand",
  "block_15/depthwise",
  "block_16/expand",
  "head",
] as const;

function drawHistograms(result: PrecisionResult): string {
  const find = (network: VariantName, layer: string): LayerValues | undefined =>
    activatedLayers(result, network).find(({ name }) => name.replace(/\/relu6?$/, "") === layer);
  const panels = shownLayers.flatMap((layer): Panel[] => {
    const pair = [find("base", layer), find("relu", layer)];
    const most = Math.max(...pair.map((one) => one?.high ?? 0));
    if (most === 0) return [];
    return [
      {
        title: `${layer.replace("block_", "").replace("depthwise", "depth")}: ${most.toFixed(0)}`,
        curves: [
          ...pair.flatMap((one, i) =>
            one === undefined
              ? []
              : [{ kind: "line" as const, tone: i + 1, points: outline(one, most) }],
          ),
        ],
      },
    ];
  });
  return plotPanels({
    title: "Values behind activations",
    note: "how often each value occurs, first seed. To the right: from 0 to the number in the title, the largest value of both. Upwards: the share of values, logarithmic, from a millionth to all",
    ...{ columns: 3, panels },
    legend: [
      { name: "ReLU6", tone: 1, kind: "line" },
      { name: "ReLU", tone: 2, kind: "line" },
    ],
  });
}

/** A histogram as steps in the unit square; the share of a 40th of the widest range. */
function outline({ bins, low, high }: LayerValues, most: number): (readonly [number, number])[] {
  const density = ((bins.length / (high - low || 1)) * most) / 40;
  const steps = bins.flatMap((share, i) => {
    const up = Math.max(0, Math.min(1, 1 + Math.log10(Math.max(1e-9, share * density)) / 6));
    const at = (edge: number): number => (low + (edge / bins.length) * (high - low)) / most;
    return [
      [at(i), up],
      [at(i + 1), up],
    ] as const;
  });
  return [[0, 0], [0, 1], [0, 0], ...steps, [high / most, 0], [1, 0]];
}
