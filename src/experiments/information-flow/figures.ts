/** The pictures of information's flow. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import type { VariantName } from "../small-networks/variants.ts";
import { type FlowResult, figureAt, type MapFigure, type PlaceName } from "./values.ts";

/** What networks are called here. */
export const flowNetworks: Partial<Readonly<Record<VariantName, string>>> = {
  base: "MobileNetV2",
  nonlinear: "ReLU6 in the bottleneck",
  "no-shortcut": "no shortcuts",
};

/** Each by the name of its file. */
export function flowFigures(result: FlowResult): Readonly<Record<string, string>> {
  return {
    bottlenecks: drawBottlenecks(result),
    relu6: drawRelu6(result),
    projected: drawProjected(result),
    dead: drawDead(result),
  };
}

const noteOf = ({ settings: { training, seeds } }: FlowResult): string =>
  `${training.data === "cifar10" ? "CIFAR-10" : "drawings"}, mean of ${seeds} seeds`;

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

const blockAxis = { name: "block, from 0", ticks: [0, 4, 8, 12, 16], from: 0, to: 16 } as const;

function drawBottlenecks(result: FlowResult): string {
  return plotChart({
    title: "How full bottlenecks are",
    note: `effective rank of each block's output over its channels; ${noteOf(result)}`,
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
    series: [
      { name: "expanded", kind: "line", points: curve(result, "base", "expanded", "rank") },
      {
        name: "expanded, after ReLU6",
        ...{ kind: "line", points: curve(result, "base", "expanded-relu6", "rank") },
      },
      { name: "filtered", kind: "line", points: curve(result, "base", "filtered", "rank") },
      {
        name: "filtered, after ReLU6",
        ...{ kind: "line", points: curve(result, "base", "filtered-relu6", "rank") },
      },
      { name: "projected", kind: "line", points: curve(result, "base", "projected", "rank") },
    ],
  });
}

function drawProjected(result: FlowResult): string {
  return plotChart({
    title: "What ReLU6 does to what is narrow",
    note: `effective rank of the projection over its channels; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0, to: 1 },
    series: [
      {
        name: "linear bottleneck",
        ...{ kind: "line", tone: 1, points: curve(result, "base", "projected", "share") },
      },
      {
        name: "with ReLU6, before it",
        ...{ kind: "line", tone: 3, points: curve(result, "nonlinear", "projected", "share") },
      },
      {
        name: "with ReLU6, after it",
        ...{
          kind: "line",
          tone: 2,
          points: curve(result, "nonlinear", "projected-relu6", "share"),
        },
      },
    ],
  });
}

function drawDead(result: FlowResult): string {
  return plotChart({
    title: "Channels that are dead",
    note: `share of channels with one value everywhere; ${noteOf(result)}`,
    x: blockAxis,
    y: { name: "share of channels, %", percent: true, from: 0 },
    series: [
      {
        name: "expanded, after ReLU6",
        ...{ kind: "line", tone: 1, points: curve(result, "base", "expanded-relu6", "dead") },
      },
      {
        name: "filtered, after ReLU6",
        ...{ kind: "line", tone: 3, points: curve(result, "base", "filtered-relu6", "dead") },
      },
      {
        name: "linear bottleneck",
        ...{ kind: "line", tone: 4, points: curve(result, "base", "projected", "dead") },
      },
      {
        name: "bottleneck after ReLU6",
        ...{ kind: "line", tone: 2, points: curve(result, "nonlinear", "projected-relu6", "dead") },
      },
    ],
  });
}
