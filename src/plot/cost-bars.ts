/**
 * Where multiply-adds and parameters go: two bars for each stage of a network, or for each of several
 * networks.
 */
import { formatLarge } from "../scaled-number.ts";
import { drawLegend, type PlotPage, plotPage, textLength } from "./frame.ts";
import { label, shorten } from "./svg.ts";
import { bar } from "./tones.ts";

/** A row of bars. */
export interface CostRow {
  readonly name: string;
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/** A network's rows, or networks as rows. */
export interface CostPanel {
  /** Empty where the page's title says it. */
  readonly title: string;
  /** Whether the rows are parts of a whole, whose shares are told. */
  readonly isWhole: boolean;
  readonly rows: readonly CostRow[];
}

const kinds = [
  { what: "multiplyAdds", tone: 1, name: "multiply-adds" },
  { what: "parameters", tone: 2, name: "parameters" },
] as const;

const [thickness, pitch, nameHeight, left] = [9, 13, 16, 16];

/** The bars as an SVG document; those of a panel's parts are on one scale, those of wholes on one each. */
export function plotCostBars(page: PlotPage, panels: readonly CostPanel[]): string {
  return plotPage(page, (top, width) => {
    const legend = drawLegend(
      kinds.map(({ name, tone }) => ({ name, tone, kind: "bars" as const })),
      { x: left, y: top + 10, width: width - 2 * left },
    );
    let y = legend.bottom + 18;
    const body = panels.flatMap((panel) => {
      const drawn = drawPanel(panel, { y, width: width - 2 * left });
      y = drawn.bottom + 10;
      return drawn.body;
    });
    return { body: [...legend.body, ...body], bottom: y - 10 };
  });
}

function drawPanel(
  { title, isWhole, rows }: CostPanel,
  { y: top, width }: { readonly y: number; readonly width: number },
): { readonly body: readonly string[]; readonly bottom: number } {
  const most = kinds.map(({ what }) => Math.max(...rows.map((row) => row[what])));
  const sums = kinds.map(({ what }) => rows.reduce((sum, row) => sum + row[what], 0) || 1);
  const longest = Math.max(...most.map((value, kind) => value / sums[kind]!));
  const room = textLength(isWhole ? "000 M, 00.0 %" : "000 M") + 8;
  const heading =
    title === ""
      ? []
      : [label(shorten(title, 60), { style: "font-weight:600", x: left, y: top + 4 })];
  let y = top + (title === "" ? 0 : 18);
  const body = rows.flatMap((row) => {
    const name = label(shorten(row.name, Math.floor(width / 6)), { x: left, y: y + 10 });
    y += nameHeight;
    const bars = kinds.flatMap(({ what, tone }, kind) => {
      const value = row[what];
      const share = value / sums[kind]!;
      const whole = isWhole ? longest : most[kind]! / sums[kind]!;
      const length = whole === 0 ? 0 : (share / whole) * (width - room);
      const percent = share < 0.0005 ? "< 0.1 %" : `${(share * 100).toFixed(1)} %`;
      const told = isWhole && value > 0 ? `${formatLarge(value)}, ${percent}` : formatLarge(value);
      y += pitch;
      return [
        bar(tone, { x: left, y: y - pitch, width: length, height: thickness }),
        label(told, { class: "tick", x: left + length + 5, y: y - pitch + thickness }),
      ];
    });
    y += 5;
    return [name, ...bars];
  });
  return { body: [...heading, ...body], bottom: y };
}
