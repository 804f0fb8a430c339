/** Small plots side by side, each with a frame of its own and the same drawing inside: curves and marks. */
import { type ChartLegendEntry, drawLegend, type PlotPage, plotPage } from "./frame.ts";
import { element, label, shorten } from "./svg.ts";
import { areaFill } from "./tones.ts";

type Point = readonly [x: number, y: number];

/** A part of a panel's drawing. */
export interface PanelCurve {
  readonly points: readonly Point[];
  /** An area is what its line encloses. */
  readonly kind: "line" | "dots" | "area";
  /** From 1 to 6. */
  readonly tone: number;
}

/** One of the plots. Its drawing is scaled to fill the frame, both axes alike. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly PanelCurve[];
}

/** Plots side by side. */
export interface Panels extends PlotPage {
  readonly columns: number;
  readonly panels: readonly Panel[];
  readonly legend: readonly ChartLegendEntry[];
}

/** Draws them as an SVG document. */
export function plotPanels({ columns, panels, legend, ...page }: Panels): string {
  return plotPage(page, (top, width) => {
    const gap = 12;
    const edge = (width - 32 - gap * (columns - 1)) / columns;
    const rows = Math.ceil(panels.length / columns);
    const body = panels.map((panel, i) => {
      const x = 16 + (i % columns) * (edge + gap);
      const y = top + 14 + Math.floor(i / columns) * (edge + 26);
      return drawPanel(panel, { x, y, edge });
    });
    const below = top + rows * (edge + 26) + 10;
    const named = drawLegend(legend, { x: 16, y: below, width: width - 32 });
    return { body: [...body, ...named.body], bottom: named.bottom };
  });
}

function drawPanel(
  { title, curves }: Panel,
  { x, y, edge }: { readonly x: number; readonly y: number; readonly edge: number },
): string {
  const all = curves.flatMap(({ points }) => points);
  const extent = (axis: 0 | 1): readonly [middle: number, length: number] => {
    const values = all.map((point) => point[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [(low + high) / 2, high - low];
  };
  const [[middleX, lengthX], [middleY, lengthY]] = [extent(0), extent(1)];
  const scale = (edge - 14) / (Math.max(lengthX, lengthY) || 1);
  const place = ([px, py]: Point): Point => [
    x + edge / 2 + (px - middleX) * scale,
    y + edge / 2 - (py - middleY) * scale,
  ];
  const drawn = curves.map(({ points, kind, tone }) => {
    const places = points.map(place);
    if (kind === "dots") {
      // Thousands of them: one path of round points is a tenth of as many circles.
      const path = places.map(([px, py]) => `M${px.toFixed(1)} ${py.toFixed(1)}h0`).join("");
      return element("path", {
        ...{ class: `s s${tone}`, "stroke-linecap": "round", d: path },
        style: "stroke-width:3.6px",
      });
    }
    if (kind === "area") {
      const corners = places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
      return element("polygon", { ...areaFill(tone), points: corners });
    }
    const list = places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
    return element("polyline", { class: `s s${tone}`, style: "stroke-width:1.4px", points: list });
  });
  return [
    label(shorten(title, Math.floor(edge / 6)), { x, y: y - 5 }),
    element("rect", { class: "frame", x, y, width: edge, height: edge }),
    ...drawn,
  ].join("");
}
