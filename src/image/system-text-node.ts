/**
 * Texts in the system's fonts, which sharp renders as SVG: scripts other than Latin, with their directions
 * and joined letters, and emoji.
 */
import type { Color } from "./image.ts";
import { sharpFor } from "./sharp-node.ts";

/** A text in RGBA pixels. */
export interface TextPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Where the text begins in them. */
  readonly x: number;
  readonly baseline: number;
}

/** A text to be rendered. */
export interface TextRequest {
  /** The letters' height in pixels. */
  readonly font: number;
  /** Room for the text in pixels; what goes beyond is cut off. */
  readonly width: number;
  readonly color: Color;
}

/** The longest edge that the renderer has. */
const longestEdge = 32_767;

/** Renders a text that has no control characters. */
export async function renderText(text: string, request: TextRequest): Promise<TextPixels> {
  const { font, color } = request;
  const sharp = await sharpFor("letters other than Latin are drawn");
  const x = Math.ceil(font / 2);
  const width = Math.min(Math.ceil(request.width) + 2 * x, longestEdge);
  const [baseline, height] = [Math.ceil(1.5 * font), Math.ceil(2.25 * font)];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<text x="${x}" y="${baseline}" font-family="sans-serif" font-weight="bold" font-size="${font}"` +
    ` fill="rgb(${color.join(", ")})">${escapeXml(text)}</text></svg>`;
  const picture = sharp(Buffer.from(svg), { limitInputPixels: false });
  const { data } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width, height, data, x, baseline };
}

/** Letters of this height are measured, … */
const measuredFont = 32;
/** … at most so many, which stand for the rest. */
const mostMeasured = 200;

/** Widths that are known: labels come again and again. */
const widths = new Map<string, number>();
const mostWidths = 1000;

/** The width of a text in letters of height 1. */
export async function measureText(text: string): Promise<number> {
  const width = widths.get(text) ?? (await measureAnew(text));
  if (widths.size >= mostWidths) widths.clear();
  widths.set(text, width);
  return width;
}

async function measureAnew(text: string): Promise<number> {
  const characters = [...text];
  const measured = characters.slice(0, mostMeasured);
  const room = { font: measuredFont, width: measured.length * measuredFont * 1.5 };
  const pixels = await renderText(measured.join(""), { ...room, color: [0, 0, 0] });
  const ink = inkEnd(pixels) - pixels.x;
  return (Math.max(0, ink) / measuredFont) * (characters.length / measured.length);
}

/** The column behind the last that is not empty. */
function inkEnd({ width, height, data }: TextPixels): number {
  for (let column = width - 1; column >= 0; column--) {
    for (let row = 0; row < height; row++) {
      if (data[(row * width + column) * 4 + 3] !== 0) return column + 1;
    }
  }
  return 0;
}

/** Whether there is any font: without one, all letters are the same box. */
export async function hasSystemFont(): Promise<boolean> {
  return (await measureText("i")) !== (await measureText("W"));
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character]!);
}
