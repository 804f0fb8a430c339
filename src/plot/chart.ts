/**
 * The one chart: series over two axes as lines with bands, as marks with whiskers and words beside
 * them, or as bars over categories. It is 400 pixels wide with letters of 11 pixels and more, so that it
 * reads on a telephone as it is; nothing of it waits for a pointer.
 */
import { type Axis, drawAxes, type LaidAxis, layAxis } from "./axes.ts";
import { drawLegend, type PlotPage, plotPage, textLength } from "./frame.ts";
import { element, type PlotArea } from "./svg.ts";
import { bar, mark, stroke, toneOf } from "./tones.ts";
import { drawWords, type MarkWord } from "./words.ts";

/** A value of a series. */
export interface ChartPoint {
  /** Of categories their index. */
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around `y`. */
  readonly low?: number;
  readonly high?: number;
  /** A word beside its mark. */
  readonly label?: string;
}

/** Values that belong together. */
export interface ChartSeries {
  readonly name: string;
  /** A line with its interval as a band, marks with whiskers, or bars. */
  readonly kind: "line" | "dots" | "bars";
  readonly points: readonly ChartPoint[];
  /** From 1 to 6: of a series that is to look like another; else its place in the list. */
  readonly tone?: number;
  /** Whether the legend leaves it out. */
  readonly unnamed?: boolean;
}

/** What a chart shows. */
export interface Chart extends PlotPage {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly ChartSeries[];
  /** Of the plot alone, in pixels; 230 where absent. */
  readonly height?: number;
}

type Toned = ChartSeries & { readonly tone: number };

/** Where values lie on the page. */
interface Places {
  readonly area: PlotArea;
  readonly x: LaidAxis;
  readonly y: LaidAxis;
  across(x: number): number;
  up(y: number): number;
}

/**
 * Draws a chart as an SVG document.
 *
 * @example
 * ```ts
 * const points = [{ x: 2, y: 0.75 }, { x: 30, y: 0 }];
 * const svg = plotChart({
 *   title: "Collapse", note: "by dimension", x: { name: "n", scale: "log" }, y: { name: "%", percent: true },
 *   series: [{ name: "measured", kind: "line", points }],
 * });
 * svg.startsWith("<svg"); // true
 * ```
 */
export function plotChart(chart: Chart): string {
  const { x, y, height = 230 } = chart;
  const series = chart.series.map((one, i): Toned => ({ ...one, tone: one.tone ?? toneOf(i) }));
  const points = series.flatMap((one) => one.points);
  const laid = {
    x: layAxis(
      x,
      points.map((point) => point.x),
    ),
    y: layAxis(y, [
      ...points.flatMap(({ y: value, low = value, high = value }) => [value, low, high]),
      // Bars stand on the ground.
      ...(series.some(({ kind }) => kind === "bars") && y.scale !== "log" ? [0] : []),
    ]),
  };
  return plotPage(chart, (top, width) => {
    const ticks = Math.max(...laid.y.ticks.map(({ text }) => textLength(text)), 12);
    const left = 34 + ticks;
    const area = { x: left, y: top, width: width - left - 20, height };
    const places: Places = {
      ...{ area, ...laid },
      across: (value) => area.x + laid.x.placeOf(value) * area.width,
      up: (value) => area.y + area.height - laid.y.placeOf(value) * area.height,
    };
    const axes = drawAxes(area, laid, { x, y });
    const bars = series.filter(({ kind }) => kind === "bars");
    const drawn = series.map((one) => {
      if (one.kind === "bars") return drawBars(one, bars.indexOf(one), bars.length, places);
      return one.kind === "line" ? drawLine(one, places) : drawDots(one, places);
    });
    const named = series.filter(({ unnamed = false }) => !unnamed);
    const entries = named.length > 1 || named[0]?.kind === "dots" ? named : [];
    const legend = drawLegend(entries, { x: 24, y: axes.bottom + 22, width: width - 40 });
    return {
      body: [...axes.body, ...drawn, drawLabels(series, places), ...legend.body],
      bottom: legend.bottom,
    };
  });
}

function drawLine({ points, tone }: Toned, places: Places): string {
  const { across, up } = places;
  const shown = points.filter((point) => places.x.shows(point.x) && places.y.shows(point.y));
  const path = (list: readonly (readonly [number, number])[]): string =>
    list.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(" ");
  const banded = shown.filter(({ low, high }) => low !== undefined && high !== undefined);
  const upper = banded.map(({ x, high }) => [x, high!] as const);
  const lower = banded.map(({ x, low }) => [x, low!] as const).reverse();
  const band = path([...upper, ...lower]);
  return [
    banded.length < 2
      ? ""
      : element("polygon", { class: `p${tone}`, "fill-opacity": 0.18, points: band }),
    element("polyline", { ...stroke(tone), points: path(shown.map(({ x, y }) => [x, y])) }),
  ].join("");
}

function drawDots({ points, tone }: Toned, places: Places): string {
  const { across, up } = places;
  return points
    .filter((point) => places.x.shows(point.x) && places.y.shows(point.y))
    .map(({ x, y, low, high }) => {
      const ends = { x1: across(x), x2: across(x) };
      const whisker =
        low === undefined || high === undefined
          ? ""
          : element("line", { class: `s s${tone}`, ...ends, y1: up(low), y2: up(high) });
      return whisker + mark(tone, across(x), up(y));
    })
    .join("");
}

function drawBars({ points, tone }: Toned, place: number, of: number, places: Places): string {
  const { area, across, up } = places;
  const slot = area.width / Math.max(1, places.x.ticks.length);
  const width = Math.min(46, (slot * 0.8) / of);
  return points
    .filter((point) => places.y.shows(point.y))
    .map(({ x, y, low, high }) => {
      const left = across(x) + (place - of / 2) * width;
      const middle = left + width / 2;
      const box = {
        x: left + 0.5,
        y: up(y),
        width: Math.max(1, width - 1),
        height: Math.max(0, area.y + area.height - up(y)),
      };
      const whisker =
        low === undefined || high === undefined
          ? ""
          : element("line", { class: "ideal", x1: middle, x2: middle, y1: up(low), y2: up(high) });
      return bar(tone, box, { "fill-opacity": 0.85 }) + whisker;
    })
    .join("");
}

/** Words beside marks and over bars. */
function drawLabels(series: readonly Toned[], { area, across, up, x, y }: Places): string {
  const shown = series.map((one) => ({
    ...one,
    points: one.points.filter((point) => x.shows(point.x) && y.shows(point.y)),
  }));
  const placesOf = (
    kind: ChartSeries["kind"],
  ): readonly (readonly (readonly [number, number])[])[] =>
    shown
      .filter((one) => one.kind === kind)
      .map(({ points }) => points.map((point) => [across(point.x), up(point.y)] as const));
  const words = shown.flatMap(({ points, kind }) =>
    points.flatMap(({ x: valueX, y: valueY, label: text }): readonly MarkWord[] =>
      text === undefined
        ? []
        : [{ text, at: [across(valueX), up(valueY)], above: kind === "bars" }],
    ),
  );
  const whiskers = shown
    .filter(({ kind }) => kind === "dots")
    .flatMap(({ points }) => points)
    .flatMap(({ x: valueX, low, high }): readonly (readonly (readonly [number, number])[])[] => {
      if (low === undefined || high === undefined) return [];
      return [[low, high].map((end) => [across(valueX), up(end)] as const)];
    });
  const lines = [...placesOf("line"), ...whiskers];
  return drawWords(words, { marks: placesOf("dots").flat(), lines }, area);
}
