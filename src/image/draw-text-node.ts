/**
 * Text on pictures: how small or short it must become to fit, and colours as a canvas names them.
 */
import type { PictureCanvas } from "./canvas-node.ts";
import type { Color } from "./image.ts";
import type { MarkSizes } from "./label-layout.ts";

/** Text that fits its room: as it is, or smaller. */
export interface FittedText {
  readonly text: string;
  readonly font: number;
  /** Of the plate, with padding. */
  readonly width: number;
}

const smallestFont = 6;

/** The text shrunk, then shortened, until its plate is no wider than the room; undefined if hopeless. */
export function fitText(
  { context, fontFamily }: PictureCanvas,
  text: string,
  room: { readonly width: number; readonly sizes: MarkSizes },
): FittedText | undefined {
  const { sizes, width } = room;
  const measure = (candidate: string, font: number): FittedText => {
    context.font = `${font}px ${fontFamily}`;
    const plate = Math.ceil(context.measureText(candidate).width) + 2 * sizes.padding;
    return { text: candidate, font, width: plate };
  };
  for (let { font } = sizes; font >= smallestFont; font--) {
    const fitted = measure(text, font);
    if (fitted.width <= width) return fitted;
  }
  const characters = Array.from(text);
  for (let kept = Math.min(characters.length - 1, width); kept > 0; kept--) {
    const fitted = measure(`${characters.slice(0, kept).join("").trimEnd()}…`, smallestFont);
    if (fitted.width <= width) return fitted;
  }
  return undefined;
}

/** Text without line breaks. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A colour as a canvas takes it. */
export function css([red, green, blue]: Color): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
