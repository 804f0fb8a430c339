/** Time over multiply-adds: a straight line says that what a network costs can be told beforehand. */
import { element, label, svgPage } from "../src/plot/svg.ts";

export type Precision = "float32" | "int8";

/** One measured variant. */
export interface GrowthPoint {
  readonly width: number;
  readonly resolution: number;
  readonly precision: Precision;
  readonly multiplyAdds: number;
  readonly p10Ms: number;
  readonly medianMs: number;
  readonly activationBytes: number;
  readonly description: string;
}

/**
 * Milliseconds as a fixed share and one for each million multiply-adds: least squares of relative
 * errors, so that small networks count as much as large ones. `worst` is the largest of these errors.
 */
export function fitLine(points: readonly GrowthPoint[]): {
  readonly fixed: number;
  readonly perMega: number;
  readonly worst: number;
} {
  let [s, sx, sxx, sy, sxy] = [0, 0, 0, 0, 0];
  for (const { multiplyAdds, p10Ms } of points) {
    const [x, weight] = [multiplyAdds / 1e6, 1 / p10Ms ** 2];
    s += weight;
    sx += weight * x;
    sxx += weight * x * x;
    sy += weight * p10Ms;
    sxy += weight * x * p10Ms;
  }
  const perMega = (s * sxy - sx * sy) / (s * sxx - sx * sx);
  const fixed = (sy - perMega * sx) / s;
  const errors = points.map(({ multiplyAdds, p10Ms }) =>
    Math.abs((fixed + (perMega * multiplyAdds) / 1e6) / p10Ms - 1),
  );
  return { fixed, perMega, worst: Math.max(...errors) };
}

const area = { x: 60, y: 64, width: 520, height: 320 };
const ticks = 6;

/** The smallest of 1, 2, 5 times a power of ten that is no less than a value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

/** The plot of both precisions, with their lines. */
export function plotGrowth(points: readonly GrowthPoint[]): string {
  const stepX = roundUp(Math.max(...points.map((p) => p.multiplyAdds / 1e6)) / ticks);
  const stepY = roundUp(Math.max(...points.map((p) => p.p10Ms)) / ticks);
  const bottom = area.y + area.height;
  const across = (mega: number): number => area.x + (mega / (stepX * ticks)) * area.width;
  const up = (ms: number): number => bottom - (ms / (stepY * ticks)) * area.height;
  const grid = Array.from({ length: ticks + 1 }, (_, i) => [
    element("line", {
      class: "grid",
      x1: across(i * stepX),
      x2: across(i * stepX),
      y1: area.y,
      y2: bottom,
    }),
    element("line", {
      class: "grid",
      x1: area.x,
      x2: area.x + area.width,
      y1: up(i * stepY),
      y2: up(i * stepY),
    }),
    label(`${i * stepX}`, { class: "tick middle", x: across(i * stepX), y: bottom + 16 }),
    label(`${i * stepY}`, { class: "tick end", x: area.x - 6, y: up(i * stepY) + 4 }),
  ]).flat();
  const series = (["float32", "int8"] as const).flatMap((precision, index) => {
    const own = points.filter((point) => point.precision === precision);
    const [fill, line] = index === 0 ? ["fill", "line"] : ["fill2", "line2"];
    const { fixed, perMega } = fitLine(own);
    const most = Math.max(...own.map((p) => p.multiplyAdds / 1e6));
    const end = fixed + perMega * most;
    return [
      element("line", {
        class: line,
        x1: across(0),
        y1: up(Math.max(0, fixed)),
        x2: across(most),
        y2: up(end),
        "stroke-opacity": 0.5,
      }),
      ...own.map((p) =>
        element("circle", {
          class: fill,
          cx: across(p.multiplyAdds / 1e6),
          cy: up(p.p10Ms),
          r: 3.5,
        }),
      ),
      label(precision, { class: "end", x: across(most) - 8, y: up(end) - 10 }),
    ];
  });
  return svgPage(
    {
      width: area.x + area.width + 28,
      height: bottom + 48,
      title: "Time of the 22 published variants of MobileNetV2",
      note: "milliseconds over multiply-adds; lines are least squares of relative errors",
    },
    ...grid,
    element("rect", { class: "frame", ...area }),
    ...series,
    label("multiply-adds, millions", {
      class: "note middle",
      x: area.x + area.width / 2,
      y: bottom + 34,
    }),
    label("milliseconds", {
      class: "note middle",
      transform: `translate(${area.x - 36} ${area.y + area.height / 2}) rotate(-90)`,
    }),
  );
}
