/** What stands about a plot: the page with its title and notes, wrapped to its width, and the legend. */
import { element, label, shorten, svgPage } from "./svg.ts";
import { areaFill, bar, mark, stroke, toneStyle } from "./tones.ts";

/** The width that plots are drawn for: they read on a telephone as they are. */
export const plotWidth = 400;

/** A letter of 12 and of 15 pixels, about. */
const [letter, titleLetter] = [6.7, 8.4];

/** How wide a text of 11 or 12 pixels is, about. */
export function textLength(text: string): number {
  return Array.from(text).length * letter;
}

/** Words in lines of at most so many pixels. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textLength(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Title and notes of a page. */
export interface PlotPage {
  readonly title: string;
  readonly note: string;
  /** In pixels; 400 where absent. */
  readonly width?: number;
}

/** A page around what is drawn from a height on; `draw` gives markup and how far down it goes. */
export function plotPage(
  { title, note, width = plotWidth }: PlotPage,
  draw: (
    top: number,
    width: number,
  ) => { readonly body: readonly string[]; readonly bottom: number },
): string {
  const lines = wrapText(note, width - 32);
  const { body, bottom } = draw(44 + 16 * lines.length, width);
  const short = shorten(title, Math.floor((width - 32) / titleLetter));
  const page = {
    width,
    height: bottom + 12,
    title: short,
    note: lines.join("\n"),
    style: toneStyle,
  };
  return svgPage(page, ...body);
}

/** An entry of a legend. */
export interface ChartLegendEntry {
  readonly name: string;
  readonly tone: number;
  /** A `line` has its tone's dash, an `outline` none. */
  readonly kind: "line" | "outline" | "dots" | "bars" | "area";
}

/** The legend in as many rows as it needs. */
export function drawLegend(
  entries: readonly ChartLegendEntry[],
  { x: left, y: top, width }: { readonly x: number; readonly y: number; readonly width: number },
): { readonly body: readonly string[]; readonly bottom: number } {
  let [x, y] = [left, top];
  const body = entries.map(({ name, tone, kind }) => {
    const length = 32 + textLength(name);
    if (x > left && x + length > left + width) [x, y] = [left, y + 18];
    const entry = drawSample(kind, tone, { x, y }) + label(name, { x: x + 30, y });
    x += length + 14;
    return entry;
  });
  return { body, bottom: entries.length === 0 ? top - 14 : y };
}

function drawSample(
  kind: ChartLegendEntry["kind"],
  tone: number,
  { x, y }: { readonly x: number; readonly y: number },
): string {
  const ends = { x1: x, x2: x + 24, y1: y - 4, y2: y - 4 };
  const square = { x: x + 6, y: y - 10, width: 12, height: 12 };
  switch (kind) {
    case "line":
      return element("line", { ...stroke(tone), ...ends });
    case "outline":
      return element("line", { class: `s s${tone}`, ...ends });
    case "dots":
      return mark(tone, x + 12, y - 4);
    case "bars":
      return bar(tone, square);
    case "area":
      return element("rect", { ...areaFill(tone), ...square });
  }
}
