/** Precision over recall of single classes, a small plot each: in one plot a dozen lines are a tangle. */
import { element, label, shorten, svgPage } from "../plot/svg.ts";

/** A class's curve. */
export interface ClassCurve {
  readonly label: string;
  /** Objects. */
  readonly count: number;
  /** Average precision at an overlap of one half, 0 to 1. */
  readonly ap50: number;
  /** At recalls from 0 to 1, evenly. */
  readonly precision: readonly number[];
}

const [edge, across, gap, top, left] = [120, 4, 32, 76, 40];

/**
 * The plots.
 *
 * @param all - How many classes there are, of which these are some.
 */
export function plotClassCurves(curves: readonly ClassCurve[], all: number): string {
  const columns = Math.min(across, curves.length);
  const plots = curves.map((curve, i) => {
    const x = left + (i % columns) * (edge + gap);
    const y = top + Math.floor(i / columns) * (edge + gap + 12);
    return drawCurve(curve, x, y);
  });
  const rows = Math.ceil(curves.length / columns);
  const some = all > curves.length ? `; ${curves.length} of ${all} classes, the most frequent` : "";
  return svgPage(
    {
      width: Math.max(420, left + columns * (edge + gap)),
      height: top + rows * (edge + gap + 12) + 8,
      title: "Precision over recall, by class",
      note: `from 0 to 100 %, boxes that overlap by half are right${some}`,
    },
    ...plots,
  );
}

function drawCurve({ label: name, ap50, precision }: ClassCurve, x: number, y: number): string {
  const points = precision.map((value, i) => {
    const right = x + (i / Math.max(1, precision.length - 1)) * edge;
    return `${right.toFixed(1)},${(y + (1 - value) * edge).toFixed(1)}`;
  });
  const middle = y + edge / 2;
  return [
    element("line", { class: "grid", x1: x, x2: x + edge, y1: middle, y2: middle }),
    element("line", { class: "grid", x1: x + edge / 2, x2: x + edge / 2, y1: y, y2: y + edge }),
    element("rect", { class: "frame", x, y, width: edge, height: edge }),
    element("polyline", { class: "line", points: points.join(" ") }),
    label(`${shorten(name, 14)} ${(ap50 * 100).toFixed(1)}`, { x, y: y - 6 }),
  ].join("");
}
