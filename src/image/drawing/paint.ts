/**
 * A drawing painted on a canvas, of a page, of a worker or of Node: its frames, plates and legend over
 * whatever picture is there already.
 */
import type { Color, Rectangle } from "../image.ts";
import { inkOn } from "./colors.ts";
import type { BoxFrame, Drawing, Plate } from "./drawing.ts";
import type { Legend } from "./legend.ts";
import { css, type MeasureText } from "./text.ts";

/** What is used of a canvas's 2D context: a page's, a worker's, or Node's from a package. */
export interface DrawingContext {
  readonly canvas: { width: number; height: number };
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  font: string;
  textBaseline: string;
  textAlign: string;
  imageSmoothingEnabled: boolean;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  drawImage(picture: never, x: number, y: number, width: number, height: number): void;
  createImageData(width: number, height: number): CanvasPixels;
  getImageData(x: number, y: number, width: number, height: number): CanvasPixels;
  putImageData(pixels: never, x: number, y: number): void;
}

/** Pixels of a canvas. */
export interface CanvasPixels {
  readonly data: Uint8ClampedArray;
}

const dark = "rgb(24, 26, 30)";
const shade = "rgba(0, 0, 0, 0.65)";

/** Measures texts as they will be painted. */
export function measureOn(context: DrawingContext, family: string): MeasureText {
  return (text, font) => {
    context.font = `${font}px ${family}`;
    return context.measureText(text).width;
  };
}

/** Paints all but the picture itself. */
export function paintMarks(
  context: DrawingContext,
  { frames, plates, legend, line }: Drawing,
  family: string,
): void {
  context.textBaseline = "middle";
  for (const frame of frames) paintFrame(context, frame);
  for (const { leader, color } of plates) {
    if (leader === undefined) continue;
    for (const [style, width] of [
      [shade, line + 2],
      [css(color), line],
    ] as const) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...leader.from);
      context.lineTo(...leader.to);
      context.stroke();
    }
  }
  for (const plate of plates) paintPlate(context, plate, family);
  if (legend !== undefined) paintLegend(context, legend, family);
}

/** A coloured line on a dark one, so that it shows on any ground. */
function paintFrame(context: DrawingContext, { outline, color, line }: BoxFrame): void {
  const { x, y, width, height } = outline;
  context.strokeStyle = shade;
  context.lineWidth = line + 2;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = css(color);
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
}

function paintPlate(context: DrawingContext, plate: Plate, family: string): void {
  const { place, text, color, font } = plate;
  fill(context, place, shade);
  const inset = {
    x: place.x + 1,
    y: place.y + 1,
    width: place.width - 2,
    height: place.height - 2,
  };
  fill(context, inset, css(color));
  paintCentred(context, text, { place, color, font: `${font}px ${family}` });
}

function paintLegend(context: DrawingContext, legend: Legend, family: string): void {
  fill(context, legend.place, dark);
  const font = `${legend.font}px ${family}`;
  for (const { color, swatch, key, text, x, y } of legend.rows) {
    fill(context, swatch, css(color));
    if (key !== undefined) paintCentred(context, key, { place: swatch, color, font });
    context.font = font;
    context.textAlign = "left";
    context.fillStyle = "white";
    context.fillText(text, x, y);
  }
}

function paintCentred(
  context: DrawingContext,
  text: string,
  {
    place,
    color,
    font,
  }: { readonly place: Rectangle; readonly color: Color; readonly font: string },
): void {
  context.font = font;
  context.textAlign = "center";
  context.fillStyle = css(inkOn(color));
  context.fillText(text, place.x + place.width / 2, place.y + place.height / 2);
  context.textAlign = "left";
}

function fill(context: DrawingContext, { x, y, width, height }: Rectangle, style: string): void {
  context.fillStyle = style;
  context.fillRect(x, y, width, height);
}
