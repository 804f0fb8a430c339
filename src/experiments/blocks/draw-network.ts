/**
 * Table 2 of the paper drawn as the network: each row in numbers, below it its blocks as slabs, as high as
 * the map's edge and as wide as its channels (roots of both), and what shares of the whole it costs.
 */

import { drawLegend, type PlotPage, plotPage } from "../../plot/frame.ts";
import { element, label } from "../../plot/svg.ts";
import { bar } from "../../plot/tones.ts";
import { formatLarge } from "../../scaled-number.ts";

/** A row of the table. */
export type Table2Row = {
  readonly input: string;
  readonly operator: string;
  readonly t: number | null;
  readonly c: number | null;
  readonly n: number;
  readonly s: number | null;
  /** Of what each of its blocks gives. */
  readonly edge: number;
  readonly channels: number;
  readonly parameters: number;
  readonly multiplyAdds: number;
};

/** The columns: where each stands, and whether numbers end there. */
const columns = [
  { heading: "input", x: 16, isEnd: false },
  { heading: "operator", x: 82, isEnd: false },
  { heading: "t", x: 180, isEnd: true },
  { heading: "c", x: 218, isEnd: true },
  { heading: "n", x: 240, isEnd: true },
  { heading: "s", x: 262, isEnd: true },
  { heading: "Params", x: 322, isEnd: true },
  { heading: "MAdds", x: 384, isEnd: true },
] as const;

const [rowHeight, slabsWidth] = [50, 124];

/** Draws the rows; the bars below are shares of the sums. */
export function drawNetwork(page: PlotPage, rows: readonly Table2Row[]): string {
  return plotPage(page, (top, width) => {
    const body: string[] = [];
    const sum = (what: "parameters" | "multiplyAdds"): number =>
      rows.reduce((total, row) => total + row[what], 0);
    const [parameters, multiplyAdds] = [sum("parameters"), sum("multiplyAdds")];
    const most = Math.max(
      ...rows.flatMap((row) => [row.parameters / parameters, row.multiplyAdds / multiplyAdds]),
    );
    const legend = drawLegend(
      [
        { name: "share of MAdds", tone: 1, kind: "bars" },
        { name: "share of Params", tone: 2, kind: "bars" },
      ],
      { x: 16, y: top + 10, width: width - 32 },
    );
    body.push(...legend.body);
    let y = legend.bottom + 26;
    const line = (texts: readonly string[], style: string): void => {
      for (const [i, { x, isEnd }] of columns.entries()) {
        body.push(label(texts[i] ?? "", { class: isEnd ? "cell end" : "cell", x, y, style }));
      }
    };
    line(
      columns.map(({ heading }) => heading),
      "font-weight:600",
    );
    const barWidth = width - 16 - 16 - slabsWidth;
    for (const row of rows) {
      body.push(element("line", { class: "grid", x1: 16, x2: width - 16, y1: y + 8, y2: y + 8 }));
      y += 24;
      line(
        [
          ...[row.input, row.operator, dash(row.t), dash(row.c), `${row.n}`, dash(row.s)],
          ...[costText(row.parameters), costText(row.multiplyAdds)],
        ],
        "",
      );
      body.push(...drawSlabs(row, y + 20));
      const bars = [row.multiplyAdds / multiplyAdds, row.parameters / parameters];
      for (const [i, share] of bars.entries()) {
        const length = (share / most) * barWidth;
        body.push(bar(i + 1, { x: 16 + slabsWidth, y: y + 10 + 10 * i, width: length, height: 7 }));
      }
      y += rowHeight - 24;
    }
    y += 22;
    line(
      ["all", "", "", "", "", "", formatLarge(parameters), formatLarge(multiplyAdds)],
      "font-weight:600",
    );
    return { body, bottom: y };
  });
}

/** A slab for each block of a row, about a middle line. */
function drawSlabs({ n, edge, channels }: Table2Row, middle: number): readonly string[] {
  const [width, height] = [Math.sqrt(channels) * 0.8, Math.max(2, Math.sqrt(edge) * 2)];
  return Array.from({ length: n }, (_, i) =>
    element("rect", {
      ...{ class: "s s3", x: 18 + i * (width + 5), y: middle - height / 2, width, height },
    }),
  );
}

function dash(value: number | null): string {
  return value === null ? "–" : `${value}`;
}

function costText(value: number): string {
  return value === 0 ? "–" : formatLarge(value);
}
