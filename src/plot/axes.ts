/** Axes: linear, logarithmic or of categories, their ticks, and where values lie on them. */

import { wrapText } from "./frame.ts";
import { element, label, type PlotArea } from "./svg.ts";
import { logTicks, niceTicks, tickText } from "./ticks.ts";

/** One axis of a chart. */
export interface Axis {
  readonly name: string;
  /** Linear where absent. */
  readonly scale?: "linear" | "log";
  /** Values from 0 to 1 are shown as 0 to 100. */
  readonly percent?: boolean;
  /** Ends of the axis where the values shall not decide. */
  readonly from?: number;
  readonly to?: number;
  /** Ticks where they shall not be round numbers. */
  readonly ticks?: readonly number[];
  /** Names of the values 0, 1, 2 … instead of numbers. */
  readonly categories?: readonly string[];
}

/** An axis with its ends. */
export interface LaidAxis {
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  /** From 0 at the axis's beginning to 1 at its end; values beyond stay at its ends. */
  placeOf(value: number): number;
  /** Whether a value can be shown: on a logarithmic axis those above 0. */
  shows(value: number): boolean;
}

/** Lays an axis out for values. */
export function layAxis(axis: Axis, values: readonly number[]): LaidAxis {
  const { scale = "linear", percent = false, categories } = axis;
  if (categories !== undefined) {
    const count = categories.length;
    return {
      ticks: categories.map((text, value) => ({ value, text })),
      placeOf: (value) => (value + 0.5) / count,
      shows: () => true,
    };
  }
  const log = scale === "log";
  const shown = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const least = axis.from ?? Math.min(...(shown.length === 0 ? [log ? 1 : 0] : shown));
  const most = axis.to ?? Math.max(...(shown.length === 0 ? [1] : shown));
  const round = axis.ticks ?? (log ? logTicks(least, most) : niceTicks(least, most));
  const [low, high] = log
    ? [axis.from ?? least * 0.9, axis.to ?? most * 1.1]
    : [axis.from ?? Math.min(least, round[0]!), axis.to ?? Math.max(most, round.at(-1)!)];
  const of = log ? Math.log10 : (value: number): number => value;
  const [start, length] = [of(low), of(high) - of(low) || 1];
  const placeOf = (value: number): number =>
    Math.min(1, Math.max(0, (of(Math.max(value, log ? low : value)) - start) / length));
  return {
    ticks: round
      .filter((value) => of(value) >= start - 1e-9 && of(value) <= start + length * (1 + 1e-9))
      .map((value) => ({ value, text: tickText(percent ? value * 100 : value) })),
    placeOf,
    shows: (value) => Number.isFinite(value) && (!log || value > 0),
  };
}

/** Grid, ticks, frame and names of both axes; categories' names in as many lines as they need. */
export function drawAxes(
  area: PlotArea,
  { x, y }: { readonly x: LaidAxis; readonly y: LaidAxis },
  names: { readonly x: Axis; readonly y: Axis },
): { readonly body: readonly string[]; readonly bottom: number } {
  const bottom = area.y + area.height;
  const across = (value: number): number => area.x + x.placeOf(value) * area.width;
  const up = (value: number): number => bottom - y.placeOf(value) * area.height;
  const room = area.width / Math.max(1, x.ticks.length) - 4;
  const wrapped = x.ticks.map(({ text }) =>
    names.x.categories === undefined ? [text] : wrapText(text, room),
  );
  const lines = Math.max(1, ...wrapped.map(({ length }) => length));
  const body = [
    ...x.ticks.flatMap(({ value }, i) => [
      names.x.categories === undefined
        ? element("line", {
            class: "grid",
            x1: across(value),
            x2: across(value),
            y1: area.y,
            y2: bottom,
          })
        : "",
      ...wrapped[i]!.map((line, row) =>
        label(line, { class: "tick middle", x: across(value), y: bottom + 16 + 13 * row }),
      ),
    ]),
    ...y.ticks.flatMap(({ value, text }) => [
      element("line", {
        class: "grid",
        x1: area.x,
        x2: area.x + area.width,
        y1: up(value),
        y2: up(value),
      }),
      label(text, { class: "tick end", x: area.x - 6, y: up(value) + 4 }),
    ]),
    element("rect", { class: "frame", ...area }),
    label(names.x.name, {
      class: "note middle",
      x: area.x + area.width / 2,
      y: bottom + 21 + 13 * lines,
    }),
    label(names.y.name, {
      class: "note middle",
      transform: `translate(18 ${area.y + area.height / 2}) rotate(-90)`,
    }),
  ];
  return { body, bottom: bottom + 21 + 13 * lines };
}
