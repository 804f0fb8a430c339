/** The pictures of low precision. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { type Panel, plotPanels } from "../../plot/panels.ts";
import { estimatePoint, runsNote } from "../paired.ts";
import type { VariantName } from "../small-networks/variants.ts";
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

/** Each by the name of its file; those of which there is something to see. */
export function precisionFigures(result: PrecisionResult): Readonly<Record<string, string>> {
  const there = result.settings.networks.filter((network) => runsOf(result, network).length > 0);
  if (there.length === 0) return {};
  const histograms = drawHistograms(result);
  return {
    bits: drawBits(result, there),
    formats: drawFormats(result, there),
    ...(histograms !== undefined && { ranges: drawRanges(result), histograms }),
  };
}

const noteOf = (result: PrecisionResult, there: readonly VariantName[]): string =>
  runsNote(
    result.settings.training,
    there.map((network) => runsOf(result, network).length),
  );

function drawBits(result: PrecisionResult, there: readonly VariantName[]): string {
  const series = there.map((network, place) => {
    const found = simulatedBits.flatMap((bits) => {
      const accuracy = accuracyIn(result, network, `activations-${bits}`);
      return accuracy === undefined ? [] : [{ bits, accuracy }];
    });
    return { network, tone: place + 1, shift: 0.05 * (place - (there.length - 1) / 2), found };
  });
  return plotChart({
    title: "Values of fewer bits",
    note: `${noteOf(result, there)}; values between layers rounded over the range that was seen, weights not`,
    x: { name: "bits", ticks: [4, 5, 6, 7, 8], from: 3.7, to: 8.3 },
    y: { name: "test accuracy, %", percent: true },
    series: [
      ...series.map(({ network, tone, shift, found }): ChartSeries => {
        // Marks beside each other, so that intervals do not lie on each other.
        const points = found.map(({ bits, accuracy }) =>
          estimatePoint(bits + shift, accuracy, [0, 1]),
        );
        return { name: precisionNetworks[network] ?? network, kind: "dots", tone, points };
      }),
      ...series.map(({ tone, found }): ChartSeries => {
        const points = found.map(({ bits, accuracy }) => ({ x: bits, y: accuracy.mean }));
        return { name: "", kind: "line", tone, unnamed: true, points };
      }),
    ],
  });
}

function drawFormats(result: PrecisionResult, there: readonly VariantName[]): string {
  const formats: readonly FormatName[] = ["float16", "int8-channel", "int8-tensor"];
  return plotChart({
    title: "What a format costs",
    note: `accuracy of float32 less the format's, run by run; ${noteOf(result, there)}`,
    x: { name: "format", categories: ["float16", "int8 per channel", "int8 per tensor"] },
    y: { name: "loss, points", percent: true },
    series: there.map((network, place) => ({
      ...{ name: precisionNetworks[network] ?? network, kind: "dots" },
      points: formats.flatMap((format, x) => {
        const found = lossIn(result, network, format);
        return found === undefined
          ? []
          : [estimatePoint(x + 0.16 * (place - (there.length - 1) / 2), found, [-1, 1])];
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

/** An area and a line over it are told apart without their colours. */
const kinds = ["area", "line"] as const;

function drawHistograms(result: PrecisionResult): string | undefined {
  const find = (network: VariantName, layer: string): LayerValues | undefined =>
    activatedLayers(result, network).find(({ name }) => name.replace(/\/relu6?$/, "") === layer);
  const panels = shownLayers.flatMap((layer): Panel[] => {
    const pair = [find("base", layer), find("relu", layer)];
    const most = Math.max(...pair.map((one) => one?.high ?? 0));
    if (most === 0) return [];
    const curves = pair.flatMap((one, i) =>
      one === undefined ? [] : [{ kind: kinds[i]!, tone: i + 1, points: outline(one, most) }],
    );
    return [{ title: `${titleOf(layer)}, to ${digitsOf(most)}`, curves: [...curves, unitSquare] }];
  });
  if (panels.length === 0) return undefined;
  return plotPanels({
    title: "Values behind activations",
    note: "of ReLU6 and of ReLU, first run: how often each value occurs. Titles are block and layer (depth: depthwise). To the right: from 0 to the title's number, the largest value of both. Upwards: their share in a 40th of the width, from 10⁻⁶ to 1, logarithmic",
    ...{ columns: 3, panels },
    legend: [
      { name: "ReLU6", tone: 1, kind: "area" },
      { name: "ReLU", tone: 2, kind: "outline" },
    ],
  });
}

const titleOf = (layer: string): string =>
  layer.replace("block_", "").replace("depthwise", "depth").replace("/", " ");

const digitsOf = (value: number): string => `${Number(value.toPrecision(2))}`;

/**
 * Panels are scaled to what they show. Outlines begin at 0 and end at 1 below; a line of this one point,
 * which draws nothing, reaches to 1 above.
 */
const unitSquare: Panel["curves"][number] = { kind: "line", tone: 1, points: [[0, 1]] };

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
  return [[0, 0], ...steps, [high / most, 0], [1, 0]];
}
