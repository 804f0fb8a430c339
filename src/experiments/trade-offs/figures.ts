/** The pictures of figure 5. */

import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { partOfKind } from "../kept-values.ts";
import { checkpoints } from "./checkpoints.ts";
import { printedRows } from "./printed.ts";
import type { TradeOffResult } from "./values.ts";

/** Each by the name of its file. */
export function tradeOffFigures(result: TradeOffResult): Readonly<Record<string, string>> {
  const [accuracy, latency] = [drawAccuracy(result), drawLatency(result)];
  return {
    ...(accuracy === undefined ? {} : { accuracy }),
    latency,
  };
}

const resolutions = [224, 192, 160, 128, 96] as const;
const accuracyAxis = {
  name: "top-1, published, %",
  from: 44,
  to: 76,
  ticks: [45, 50, 55, 60, 65, 70, 75],
} as const;

/** Printed as `300 M`. */
function millions(printed: string): number {
  const [value = "", unit] = printed.split(" ");
  return Number(value) * (unit === "B" ? 1e9 : 1e6);
}

/** Table 4's networks of other designs, with short names. */
const otherNetworks = printedRows
  .filter(({ table, name }) => table === 4 && !name.startsWith("MobileNetV2"))
  .map(({ name, accuracy = 0, multiplyAdds, cpu }) => {
    const label = name.replace("MobileNet", "").replace("ShuffleNet", "Shuffle");
    return { label, y: accuracy, multiplyAdds, cpu };
  });

function drawAccuracy(result: TradeOffResult): string | undefined {
  const costs = partOfKind(result, "costs");
  if (costs === undefined) return undefined;
  const cost = new Map(
    costs.variants.map(({ width, resolution, multiplyAdds }) => {
      return [`${width}/${resolution}`, multiplyAdds] as const;
    }),
  );
  const series = resolutions.flatMap((size, i): readonly ChartSeries[] => {
    const rows = checkpoints.filter(({ resolution }) => resolution === size);
    const points = rows.flatMap(({ width, top1 }) => {
      const x = cost.get(`${width}/${size}`);
      return x === undefined ? [] : [{ x, y: top1 }];
    });
    const tone = i + 1;
    return [
      { name: "", kind: "line", tone, points, unnamed: true },
      { name: `${size}²`, kind: "dots", tone, points },
    ];
  });
  const others = otherNetworks.map(({ multiplyAdds, y, label }) => {
    return { x: millions(multiplyAdds), y, label };
  });
  return plotChart({
    title: "Accuracy against multiply-adds",
    note: "the 22 checkpoints: multiply-adds counted from our graphs, accuracies published; lines join widths 0.35 to 1.4 of one resolution; others as in table 4",
    x: {
      name: "multiply-adds",
      scale: "log",
      from: 1e7,
      to: 1.4e9,
      ticks: [1e7, 3e7, 1e8, 3e8, 1e9],
    },
    y: accuracyAxis,
    height: 260,
    series: [...series, { name: "other networks", kind: "dots", tone: 6, points: others }],
  });
}

function drawLatency(result: TradeOffResult): string {
  const measured = partOfKind(result, "latencies");
  const ours = (precision: "float32" | "int8"): ChartSeries["points"] =>
    (measured?.rows ?? [])
      .filter((row) => row.precision === precision)
      .flatMap(({ width, resolution, milliseconds: { median } }) => {
        const row = checkpoints.find((one) => one.width === width && one.resolution === resolution);
        return row === undefined ? [] : [{ x: median, y: row.top1 }];
      });
  const others = otherNetworks.flatMap(({ cpu, y, label }) =>
    cpu === undefined ? [] : [{ x: cpu, y, label }],
  );
  const pixel = checkpoints.map(({ pixel1, top1 }) => ({ x: pixel1, y: top1 }));
  return plotChart({
    title: "Accuracy against time",
    note: `the 22 checkpoints: top-1 and Pixel 1 times as published, others as in table 4${measured === undefined ? "" : "; ours on one thread, median of rounds, random weights"}`,
    x: {
      name: "milliseconds a picture",
      scale: "log",
      ticks: [0.5, 1, 2, 5, 10, 20, 50, 100, 200],
    },
    y: accuracyAxis,
    height: 260,
    series: [
      { name: "Pixel 1, float32, published", kind: "dots", tone: 1, points: pixel },
      ...(measured === undefined
        ? []
        : ([
            { name: "this engine, float32", kind: "dots", tone: 2, points: ours("float32") },
            { name: "this engine, int8", kind: "dots", tone: 3, points: ours("int8") },
          ] as const)),
      { name: "other networks, Pixel 1", kind: "dots", tone: 6, points: others },
    ],
  });
}
