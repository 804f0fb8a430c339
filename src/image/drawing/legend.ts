/**
 * A legend: rows of a colour, perhaps a number, and a text, in columns beside or below a picture,
 * whichever adds less to it; or in one of its corners.
 */
import type { Color, ImageSize, Rectangle } from "../image.ts";
import type { MarkSizes } from "./geometry.ts";
import { fitText, type MeasureText } from "./text.ts";

/** What a row says. */
export interface LegendEntry {
  readonly color: Color;
  /** Stands on the colour: the number of a plate. */
  readonly key?: string | undefined;
  readonly text: string;
}

/** A row and where its parts stand. */
export interface LegendRow {
  readonly color: Color;
  readonly swatch: Rectangle;
  readonly key: string | undefined;
  readonly text: string;
  /** Of the text: its left end and its middle. */
  readonly x: number;
  readonly y: number;
}

/** A legend's place on the drawing. */
export interface Legend {
  readonly place: Rectangle;
  readonly font: number;
  readonly rows: readonly LegendRow[];
}

/** The longest text in letters' heights. */
const longest = 16;

/** Its parts before it has a place. */
interface Measured {
  readonly texts: readonly string[];
  readonly swatch: number;
  readonly column: number;
  readonly line: number;
}

function measured(
  entries: readonly LegendEntry[],
  { font, padding }: MarkSizes,
  measure: MeasureText,
): Measured {
  const texts = entries.map(({ text }) => fitText(text, { width: longest * font, font, measure }));
  const keys = entries.map(({ key }) => (key === undefined ? 0 : measure(key, font)));
  const swatch = Math.ceil(Math.max(font, ...keys.map((width) => width + padding)));
  const widest = Math.max(...texts.map((text) => measure(text, font)));
  return {
    ...{ texts, swatch },
    column: Math.ceil(swatch + 2 * padding + widest + 2 * padding),
    line: Math.ceil(font * 1.5),
  };
}

/** A legend that makes the drawing larger, and the drawing's size with it. */
export function outerLegend(
  entries: readonly LegendEntry[],
  picture: ImageSize,
  style: { readonly sizes: MarkSizes; readonly measure: MeasureText },
): { readonly legend: Legend; readonly width: number; readonly height: number } {
  const parts = measured(entries, style.sizes, style.measure);
  const margin = 2 * style.sizes.padding;
  const grid = (rows: number): ImageSize => ({
    width: Math.ceil(entries.length / rows) * parts.column + 2 * margin,
    height: rows * parts.line + 2 * margin,
  });
  const roomDown = Math.floor((picture.height - 2 * margin) / parts.line);
  const beside = grid(Math.min(Math.max(1, roomDown), entries.length));
  const roomAcross = Math.max(1, Math.floor((picture.width - 2 * margin) / parts.column));
  const below = grid(Math.ceil(entries.length / roomAcross));
  const right = {
    width: picture.width + beside.width,
    height: Math.max(picture.height, beside.height),
  };
  const under = {
    width: Math.max(picture.width, below.width),
    height: picture.height + below.height,
  };
  const isRight = costOf(right) <= costOf(under);
  const size = isRight ? right : under;
  const place = isRight
    ? { x: picture.width, y: 0, width: beside.width, height: right.height }
    : { x: 0, y: picture.height, width: under.width, height: below.height };
  const rows = Math.round(((isRight ? beside : below).height - 2 * margin) / parts.line);
  return { legend: filled(entries, parts, { place, rows, sizes: style.sizes }), ...size };
}

/** Its pixels, and more where it is long and narrow. */
function costOf({ width, height }: ImageSize): number {
  const aspect = Math.max(width, height) / Math.min(width, height);
  return width * height * Math.max(1, aspect / 2);
}

/** A legend of one column within the picture, of the given rows. */
export function innerLegendSize(
  entries: readonly LegendEntry[],
  style: { readonly sizes: MarkSizes; readonly measure: MeasureText },
): ImageSize {
  const { column, line } = measured(entries, style.sizes, style.measure);
  const margin = 2 * style.sizes.padding;
  return { width: column + 2 * margin, height: entries.length * line + 2 * margin };
}

/** The same at its place. */
export function innerLegend(
  entries: readonly LegendEntry[],
  place: Rectangle,
  style: { readonly sizes: MarkSizes; readonly measure: MeasureText },
): Legend {
  const parts = measured(entries, style.sizes, style.measure);
  return filled(entries, parts, { place, rows: entries.length, sizes: style.sizes });
}

function filled(
  entries: readonly LegendEntry[],
  { texts, swatch, column, line }: Measured,
  {
    place,
    rows,
    sizes: { font, padding },
  }: { readonly place: Rectangle; readonly rows: number; readonly sizes: MarkSizes },
): Legend {
  const margin = 2 * padding;
  return {
    ...{ place, font },
    rows: entries.map(({ color, key }, i) => {
      const x = place.x + margin + Math.floor(i / rows) * column;
      const y = place.y + margin + ((i % rows) + 0.5) * line;
      const height = Math.round(font * 1.2);
      return {
        ...{ color, key, text: texts[i]! },
        swatch: { x, y: y - height / 2, width: swatch, height },
        ...{ x: x + swatch + 2 * padding, y },
      };
    }),
  };
}
