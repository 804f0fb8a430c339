/** Charts are checked by a renderer (librsvg) and by where on the page the values come to lie. */
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type Chart, plotChart } from "./chart.ts";
import { wrapText } from "./frame.ts";
import { plotPanels } from "./panels.ts";
import { logTicks, niceTicks, tickText } from "./ticks.ts";

const base: Chart = {
  title: "A chart",
  note: "what it shows",
  x: { name: "size" },
  y: { name: "time" },
  series: [],
};

async function sizeOf(svg: string): Promise<readonly [number, number]> {
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  return [width, height];
}

/** The corners of the first element of a kind. */
function cornersOf(svg: string, name: string): readonly (readonly number[])[] {
  const [, points = ""] = new RegExp(`<${name} [^>]*points="([^"]*)"`).exec(svg) ?? [];
  return points.split(" ").map((point) => point.split(",").map(Number));
}

describe("ticks", () => {
  it("stand around a single value, each with a text of its own", () => {
    for (const value of [0.777122, 0, -40, 1e-4]) {
      for (const high of [value, value + Math.abs(value) * 1e-12]) {
        const ticks = niceTicks(value, high);
        expect(ticks.length).toBeGreaterThan(2);
        expect(new Set(ticks.map(tickText)).size).toBe(ticks.length);
        expect(ticks[0]).toBeLessThan(value);
        expect(ticks.at(-1)).toBeGreaterThan(high);
      }
    }
  });

  it("are round, and reach at least to both ends", () => {
    expect(niceTicks(0, 1).map(tickText)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    expect(niceTicks(13, 87).at(-1)).toBeGreaterThanOrEqual(87);
    expect(logTicks(1, 1e6).map(tickText)).toEqual([
      "1",
      "10",
      "100",
      "1000",
      "10 k",
      "100 k",
      "1 M",
    ]);
    expect(logTicks(2, 60)).toEqual([2, 5, 10, 20, 50]);
    expect([0.25, 5000, 12_345, 3e8, 2e9].map(tickText)).toEqual([
      ...["0.25", "5000", "12.345 k", "300 M", "2 G"],
    ]);
  });
});

describe("a chart", () => {
  it("puts equal steps of a linear axis and equal factors of a logarithmic one equally far", () => {
    const points = [1, 10, 100].map((x, i) => ({ x, y: i }));
    const series = [{ name: "a", kind: "line", points }] as const;
    const svg = plotChart({ ...base, x: { name: "size", scale: "log" }, series });
    const [[x0, y0], [x1, y1], [x2, y2]] = cornersOf(svg, "polyline") as [
      number[],
      number[],
      number[],
    ];
    expect(x1! - x0!).toBeCloseTo(x2! - x1!, 0);
    expect(y0! - y1!).toBeCloseTo(y1! - y2!, 0);
    expect(y0!).toBeGreaterThan(y1!);
  });

  it("draws intervals as a band, whiskers or both ends of bars", () => {
    const points = [
      { x: 0, y: 2, low: 1, high: 3 },
      { x: 1, y: 4, low: 3, high: 5 },
    ];
    const draw = (kind: "line" | "dots" | "bars") =>
      plotChart({ ...base, series: [{ name: "a", kind, points }] });
    expect(cornersOf(draw("line"), "polygon")).toHaveLength(4);
    expect(draw("dots").match(/<line class="s s1"/g)).toHaveLength(2);
    expect(draw("bars").match(/<line class="ideal"/g)).toHaveLength(2);
  });

  it("stands bars on the ground, groups side by side, over names of categories", () => {
    const categories = ["MobileNetV1 at 224", "MobileNetV2"];
    const series = [1, 2].map((factor) => ({
      ...{ name: `${factor} threads`, kind: "bars" as const },
      points: [10, 20].map((y, x) => ({ x, y: y * factor, label: `${y * factor}` })),
    }));
    const svg = plotChart({ ...base, x: { name: "", categories }, series });
    const bars = [
      ...svg.matchAll(
        /<rect class="p(\d)[^>]* x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
      ),
    ]
      // The legend's follow.
      .slice(0, 4)
      .map(([, tone, x, y, width, height]) => ({
        tone,
        x: +x!,
        width: +width!,
        end: +y! + +height!,
        height: +height!,
      }));
    expect(bars.map(({ tone }) => tone)).toEqual(["1", "1", "2", "2"]);
    expect(new Set(bars.map(({ end }) => Math.round(end))).size).toBe(1);
    expect(bars[1]!.height / bars[0]!.height).toBeCloseTo(2, 1);
    expect(bars[0]!.x + bars[0]!.width).toBeLessThanOrEqual(bars[2]!.x);
    expect(svg).toContain("MobileNetV1");
    expect(svg).toContain(">40</text>");
  });

  it("puts words beside crowded marks where they cover no other", () => {
    const points = Array.from({ length: 12 }, (_, i) => ({
      x: i % 4,
      y: i / 40,
      label: `net ${i}`,
    }));
    const svg = plotChart({
      ...base,
      y: { name: "y", to: 1 },
      series: [{ name: "a", kind: "dots", points }],
    });
    const words = [...svg.matchAll(/x="([\d.]+)" y="([\d.]+)">(net \d+)</g)].map(
      ([, x, y, text]) => ({
        ...{ x: +x!, y: +y!, width: text!.length * 6 },
      }),
    );
    expect(words).toHaveLength(12);
    const covered = words.flatMap((a, i) =>
      words
        .slice(i + 1)
        .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && Math.abs(a.y - b.y) < 10),
    );
    expect(covered).toEqual([]);
  });

  it("puts words beside the whiskers of near marks", () => {
    const intervals = { low: 0.1, high: 0.9 };
    const named = { x: 1.1, y: 0.5, ...intervals, label: "between them" };
    const points = [{ x: 1, y: 0.2, ...intervals }, named, { x: 1.2, y: 0.8, ...intervals }];
    const svg = plotChart({
      ...base,
      x: { name: "x", from: 0, to: 4 },
      y: { name: "y", to: 1 },
      series: [{ name: "a", kind: "dots", points: [...points] }],
    });
    const word = / (?:class="tick ?(?<anchor>\w*)" )?x="(?<x>[\d.]+)" y="[\d.]+">between them</;
    const { anchor, x = "" } = word.exec(svg)?.groups ?? {};
    const width = "between them".length * 6;
    const left = anchor === "end" ? +x - width : anchor === "middle" ? +x - width / 2 : +x;
    const whiskers = [...svg.matchAll(/<line class="s s\d" x1="([\d.]+)"/g)].map(([, at]) => +at!);
    expect(whiskers).toHaveLength(3);
    expect(whiskers.filter((at) => at > left && at < left + width)).toEqual([]);
  });

  it("leaves out what a logarithmic axis cannot show, and draws nothing of nothing", async () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 1 },
      { x: 5, y: Number.NaN },
    ];
    const svg = plotChart({
      ...base,
      x: { name: "size", scale: "log" },
      series: [{ name: "a", kind: "line", points }],
    });
    expect(cornersOf(svg, "polyline")).toHaveLength(1);
    for (const empty of [plotChart(base), plotChart({ ...base, y: { name: "y", scale: "log" } })]) {
      expect(empty).not.toMatch(/NaN|Infinity/);
      expect((await sizeOf(empty))[0]).toBe(400);
    }
  });

  it("tells series apart by dash and mark as well as by colour, in light and in dark", () => {
    const points = [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ];
    const six = (kind: "line" | "dots") =>
      plotChart({
        ...base,
        series: Array.from({ length: 6 }, (_, i) => ({ name: `s${i}`, kind, points })),
      });
    const dashes = [...six("line").matchAll(/<polyline[^>]*stroke-dasharray="([^"]*)"/g)];
    expect(new Set(dashes.map(([, dash]) => dash)).size).toBe(6);
    const style = six("dots");
    for (let tone = 1; tone <= 6; tone++)
      expect(style.match(new RegExp(`\\.p${tone}\\{`, "g"))).toHaveLength(2);
  });

  it("takes names of others as they are", async () => {
    const nasty = `<script>&"`;
    const series = [1, 2].map(() => ({
      name: nasty,
      kind: "dots" as const,
      points: [{ x: 1, y: 1, label: nasty }],
    }));
    const svg = plotChart({
      title: nasty,
      note: nasty,
      x: { name: nasty },
      y: { name: nasty },
      series,
    });
    expect(svg).not.toContain("<script>");
    await sizeOf(svg);
  });
});

describe("panels", () => {
  it("fill their frames, both axes alike", async () => {
    const points = [
      [0, 0],
      [4, 0],
      [4, 2],
    ] as const;
    const panel = { title: "p", curves: [{ points, kind: "line", tone: 1 }] } as const;
    const panels = Array.from({ length: 5 }, () => panel);
    const svg = plotPanels({ ...base, columns: 2, panels, legend: [] });
    expect(svg.match(/class="frame"/g)).toHaveLength(5);
    const [[x0, y0], [x1], [, y2]] = cornersOf(svg, "polyline") as [number[], number[], number[]];
    expect((x1! - x0!) / (y0! - y2!)).toBeCloseTo(2, 1);
    expect((await sizeOf(svg))[0]).toBe(400);
  });
});

describe("without colours", () => {
  /** What is left of an element without the names of its colours. */
  const withoutColors = (tag: string): string =>
    tag.replace(/\b([ps])\d\b/g, "$1").replace(/ (?:x|y|width|height|points)="[^"]*"/g, "");

  it("bars of two series differ, in the chart as in its legend", () => {
    const points = [{ x: 0, y: 1 }];
    const series = ["a", "b", "c"].map((name) => ({ name, kind: "bars" as const, points }));
    const svg = plotChart({
      ...base,
      x: { name: "x", categories: ["one"] },
      y: { name: "y" },
      series,
    });
    const bars = svg.match(/<rect class="p\d[^>]*>/g)!.map(withoutColors);
    // Three bars, three entries of the legend.
    expect(bars).toHaveLength(6);
    expect(new Set(bars.slice(0, 3)).size).toBe(3);
    expect(new Set(bars.slice(3)).size).toBe(3);
  });

  it("an area and a line of a panel differ, in the panel as in the legend", () => {
    const points = [
      [0, 0],
      [1, 2],
      [2, 0],
    ] as const;
    const curves = (["area", "line"] as const).map((kind, i) => ({ kind, tone: i + 1, points }));
    const legend = [
      { name: "a", tone: 1, kind: "area" },
      { name: "b", tone: 2, kind: "outline" },
    ] as const;
    const svg = plotPanels({ ...base, columns: 1, panels: [{ title: "p", curves }], legend });
    expect(svg).toMatch(/<polygon class="p1" fill-opacity="0.4"/);
    expect(svg).toMatch(/<polyline class="s s2"/);
    expect(svg).toMatch(/<rect class="p1" fill-opacity="0.4"/);
    // As it is drawn: without a dash.
    expect(svg).toMatch(/<line class="s s2" x1/);
  });
});

it("notes are wrapped at words, and a long word stays whole", () => {
  expect(wrapText("one two three", 50)).toEqual(["one two", "three"]);
  expect(wrapText("incomprehensibilities", 20)).toEqual(["incomprehensibilities"]);
});
