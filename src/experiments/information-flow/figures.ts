/** The pictures of information's flow. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import type { VariantName } from "../small-networks/variants.ts";
import {
  activeAt,
  type FlowResult,
  figureAt,
  type MapFigure,
  type PlaceName,
  type WeightState,
} from "./values.ts";

/** What networks are called here. */
export const flowNetworks: Partial<Readonly<Record<VariantName, string>>> = {
  base: "MobileNetV2",
  nonlinear: "ReLU6 in the bottleneck",
  "no-shortcut": "no shortcuts",
};

/** Each by the name of its file. */
export function flowFigures(result: FlowResult): Readonly<Record<string, string>> {
  return {
    active: drawActive(result),
    bottlenecks: drawBottlenecks(result),
    relu6: drawRelu6(result),
    projected: drawProjected(result),
    dead: drawDead(result),
  };
}

const noteOf = ({ settings: { training, seeds } }: FlowResult): string =>
  `${training.data === "cifar10" ? "CIFAR-10" : "drawings"}, ${seeds} seed${seeds === 1 ? "" : "s"}`;

function curve(
  result: FlowResult,
  network: VariantName,
  place: PlaceName,
  of: MapFigure,
): ChartSeries["points"] {
  return result.settings.blocks.flatMap((block) => {
    const found = figureAt(result, network, { block, place, of });
    return found === undefined ? [] : [{ x: block, y: found.mean }];
  });
}

/** A line for each of some maps in a network. */
function lines(
  result: FlowResult,
  of: MapFigure,
  rows: readonly (readonly [name: string, network: VariantName, place: PlaceName, tone?: number])[],
): readonly ChartSeries[] {
  return rows.map(([name, network, place, tone]) => ({
    ...{ name, kind: "line", points: curve(result, network, place, of) },
    ...(tone !== undefined && { tone }),
  }));
}

const blockAxis = { name: "block, from 0", ticks: [0, 4, 8, 12, 16], from: 0, to: 16 } as const;

/** Figure 7, in shares of the channels. */
function drawActive(result: FlowResult): string {
  const { blocks } = result.settings;
  const curve = (state: WeightState): ChartSeries["points"] =>
    blocks.flatMap((block) => {
      const found = activeAt(result, state, block);
      if (found === undefined) return [];
      const { channels, open } = found;
      return [
        {
          ...{ x: block, y: open.mean / channels },
          ...{ low: open.least / channels, high: open.most / channels },
        },
      ];
    });
  const threshold = blocks.flatMap((block) => {
    const found = activeAt(result, "trained", block) ?? activeAt(result, "untrained", block);
    return found === undefined ? [] : [{ x: block, y: found.threshold / found.channels }];
  });
  return plotChart({
    title: "How many channels ReLU6 passes on",
    note: `channels of each expansion above 0 and below 6: the mean over pictures and positions, shaded from the least to the most of any; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0, to: 1 },
    series: [
      { name: "trained", kind: "line", tone: 1, points: curve("trained") },
      { name: "untrained", kind: "line", tone: 2, points: curve("untrained") },
      { name: "as many as the input has", kind: "line", tone: 6, points: threshold },
    ],
  });
}

function drawBottlenecks(result: FlowResult): string {
  return plotChart({
    title: "How full bottlenecks are",
    note: `effective rank of each block's output over its channels, mean; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0, to: 1 },
    series: result.settings.networks.map((network) => ({
      ...{ name: flowNetworks[network] ?? network, kind: "line" },
      points: curve(result, network, "output", "share"),
    })),
  });
}

function drawRelu6(result: FlowResult): string {
  return plotChart({
    title: "What ReLU6 does to what is wide",
    note: `effective rank in dimensions, MobileNetV2's block, before and after ReLU6; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "effective rank", scale: "log" },
    series: lines(result, "rank", [
      ["expanded", "base", "expanded"],
      ["expanded, after ReLU6", "base", "expanded-relu6"],
      ["depthwise", "base", "depthwise"],
      ["depthwise, after ReLU6", "base", "depthwise-relu6"],
      ["projected", "base", "projected"],
    ]),
  });
}

function drawProjected(result: FlowResult): string {
  return plotChart({
    title: "What ReLU6 does to what is narrow",
    note: `effective rank of the projection over its channels; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0, to: 1 },
    series: lines(result, "share", [
      ["linear bottleneck", "base", "projected", 1],
      ["with ReLU6, before it", "nonlinear", "projected", 3],
      ["with ReLU6, after it", "nonlinear", "projected-relu6", 2],
    ]),
  });
}

function drawDead(result: FlowResult): string {
  return plotChart({
    title: "Channels that are dead",
    note: `share of channels with one value everywhere; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0 },
    series: lines(result, "dead", [
      ["expanded, after ReLU6", "base", "expanded-relu6", 1],
      ["depthwise, after ReLU6", "base", "depthwise-relu6", 3],
      ["linear bottleneck", "base", "projected", 4],
      ["bottleneck after ReLU6", "nonlinear", "projected-relu6", 2],
    ]),
  });
}
