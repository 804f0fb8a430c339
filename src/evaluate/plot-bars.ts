/** One bar for each class, the best first. */
import { element, label, shorten, svgPage } from "../plot/svg.ts";

/** A class and its figure. */
interface Bar {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
}

/** What the chart says. */
interface BarChart {
  readonly title: string;
  readonly note: string;
  readonly bars: readonly Bar[];
}

const row = 22;
const top = 64;
const length = 320;

/** The chart of up to 200 classes. */
export function plotBars({ title, note, bars }: BarChart): string {
  const shown = [...bars].sort((a, b) => b.value - a.value).slice(0, 200);
  const names = shown.map((bar) => shorten(bar.label, 26));
  const left = 32 + 7 * Math.max(6, ...names.map((name) => Array.from(name).length));
  const bottom = top + row * shown.length;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = left + share * length;
    return (
      element("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom + 4 }) +
      label(`${share * 100}`, { class: "tick middle", x, y: bottom + 20 })
    );
  });
  const rows = shown.map(({ value }, place) => {
    const y = top + place * row;
    return (
      label(names[place]!, { class: "end", x: left - 8, y: y + 15 }) +
      element("rect", {
        class: "fill",
        x: left,
        y: y + 4,
        width: value * length,
        height: row - 8,
        rx: 2,
      }) +
      label((value * 100).toFixed(1), { class: "tick", x: left + value * length + 6, y: y + 15 })
    );
  });
  const width = Math.max(left + length + 56, 420);
  return svgPage({ width, height: bottom + 34, title, note }, ...grid, ...rows);
}
