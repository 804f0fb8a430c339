/**
 * A drawing painted over whatever picture is there already: its frames, plates and legend, in their order
 * and colours. What they are painted with is a brush: that of a canvas, or that of pixels.
 */
import type { Color, Rectangle } from "../image.ts";
import { inkOn } from "./colors.ts";
import type { BoxFrame, Drawing, Plate } from "./drawing.ts";
import type { Legend } from "./legend.ts";
import type { Line } from "./place-plates.ts";

/** A colour, and how much it covers, 0 to 1. */
export interface Paint {
  readonly color: Color;
  readonly opacity: number;
}

/** A text's ink, size and place. */
export interface TextPlace {
  readonly color: Color;
  /** The letters' height in pixels. */
  readonly font: number;
  /** Its left end or its middle. */
  readonly x: number;
  /** Its middle. */
  readonly y: number;
  readonly align: "left" | "center";
}

/** What a drawing is painted with, in pixels of the drawing. */
export interface Brush {
  fill(place: Rectangle, paint: Paint): void;
  /** A line of some width, half of it on either side of the outline. */
  frame(outline: Rectangle, width: number, paint: Paint): void;
  line(line: Line, width: number, paint: Paint): void;
  text(text: string, place: TextPlace): void;
}

const dark: Paint = { color: [24, 26, 30], opacity: 1 };
const shade: Paint = { color: [0, 0, 0], opacity: 0.65 };

/** Paints all but the picture itself. */
export function paintMarks(brush: Brush, { frames, plates, legend, line }: Drawing): void {
  for (const frame of frames) paintFrame(brush, frame);
  for (const { leader, color } of plates) {
    if (leader === undefined) continue;
    brush.line(leader, line + 2, shade);
    brush.line(leader, line, solid(color));
  }
  for (const plate of plates) paintPlate(brush, plate);
  if (legend !== undefined) paintLegend(brush, legend);
}

/** A coloured line on a dark one, so that it shows on any ground. */
function paintFrame(brush: Brush, { outline, color, line }: BoxFrame): void {
  brush.frame(outline, line + 2, shade);
  brush.frame(outline, line, solid(color));
}

function paintPlate(brush: Brush, { place, text, color, font }: Plate): void {
  brush.fill(place, shade);
  const { x, y, width, height } = place;
  brush.fill({ x: x + 1, y: y + 1, width: width - 2, height: height - 2 }, solid(color));
  brush.text(text, { font, ...centreOf(place, color) });
}

function paintLegend(brush: Brush, { place, font, rows }: Legend): void {
  brush.fill(place, dark);
  for (const { color, swatch, key, text, x, y } of rows) {
    brush.fill(swatch, solid(color));
    if (key !== undefined) brush.text(key, { font, ...centreOf(swatch, color) });
    brush.text(text, { font, x, y, color: [255, 255, 255], align: "left" });
  }
}

/** The middle of a coloured place, and what shows on it. */
function centreOf({ x, y, width, height }: Rectangle, ground: Color): Omit<TextPlace, "font"> {
  return { x: x + width / 2, y: y + height / 2, color: inkOn(ground), align: "center" };
}

function solid(color: Color): Paint {
  return { color, opacity: 1 };
}
