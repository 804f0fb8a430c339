/**
 * Found objects on their picture: frames, and plates with labels where there is room for all of them.
 * Where there is not, plates become numbers, and a legend beside the picture says what they mean. More
 * than 300 objects have frames alone, and the legend says what their colours mean.
 */
import type { Color, ImageSize, Rectangle } from "../image.ts";
import { chooseColors, mostTold } from "./colors.ts";
import type { Drawing, Plate } from "./drawing.ts";
import { areaOf, clampTo, clipBox, type MarkSizes, markSizes } from "./geometry.ts";
import { type LegendEntry, outerLegend } from "./legend.ts";
import { PlateGround } from "./place-plates.ts";
import { formatShare, type MeasureText, oneLine } from "./text.ts";

/** A found object: what it is, how sure that is, and where, in picture pixels. */
export interface DrawableDetection {
  readonly label: string;
  /** The class, which chooses the colour. */
  readonly index: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Rectangle;
}

/** How a drawing is laid out. */
export interface LayoutStyle {
  readonly measure: MeasureText;
  /** How many times its size the picture is drawn. */
  readonly scale: number;
  /** Whether a legend may make the drawing larger than the picture. */
  readonly legend: boolean;
}

/** An object with its place in the list, its box on the drawing, and what its plate says. */
interface Marked {
  readonly key: string;
  readonly index: number;
  readonly label: string;
  readonly box: Rectangle;
  readonly score: number;
  readonly text: string;
  readonly color: Color;
}

/** More than this share without room for a label, and all get numbers. */
const mostNumbered = 0.25;

/** So many labels are read more quickly than numbers. */
const fewObjects = 4;

/** The same where labels would hide more than this share of the picture. */
const mostPlates = 0.08;

/** Lays out found objects; those outside the picture are left out, and plates of more than 300. */
export function layOutDetections(
  picture: ImageSize,
  detections: readonly DrawableDetection[],
  { measure, scale, legend: mayGrow }: LayoutStyle,
): Drawing {
  const area = { width: picture.width * scale, height: picture.height * scale };
  const sizes = markSizes(area);
  const things = markedThings(detections, area, scale);
  const { plates, entries } =
    things.length > mostTold
      ? { plates: [], entries: mayGrow ? classEntries(things) : [] }
      : placePlates(things, area, { sizes, measure, numbers: mayGrow });
  const around = entries.length > 0 ? outerLegend(entries, area, { sizes, measure }) : undefined;
  return {
    ...(around ?? area),
    ...{ scale, plates, line: sizes.line, legend: around?.legend },
    // The surest on top.
    frames: [...things]
      .sort((a, b) => a.score - b.score)
      .map(({ box, color }) => ({ ...frameOf(box, area, sizes.line), color })),
  };
}

function markedThings(
  detections: readonly DrawableDetection[],
  area: ImageSize,
  scale: number,
): readonly Marked[] {
  const visible = detections.flatMap((found, i) => {
    const { x, y, width, height } = found.box;
    const scaled = { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
    const box = clipBox(scaled, area);
    return box === undefined ? [] : [{ ...found, box, key: `${i + 1}` }];
  });
  const colors = chooseColors(visible);
  return visible.map(({ key, index, label, box, score }, i) => ({
    ...{ key, index, label: oneLine(label), box, score, color: colors[i]! },
    text: `${oneLine(label)} ${formatShare(score)}`,
  }));
}

/** What the colours of a great many objects mean, the most frequent class first; of 300 classes at most. */
function classEntries(things: readonly Marked[]): readonly LegendEntry[] {
  const classes = new Map<number, { readonly of: Marked; count: number }>();
  for (const of of things) {
    const known = classes.get(of.index);
    if (known === undefined) classes.set(of.index, { of, count: 1 });
    else known.count++;
  }
  return [...classes.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, mostTold)
    .map(({ of: { label, color }, count }) => ({ color, text: `${label} × ${count}` }));
}

interface PlateStyle {
  readonly sizes: MarkSizes;
  readonly measure: MeasureText;
  /** Whether a legend can explain numbers. */
  readonly numbers: boolean;
}

/** Labels for all; or for most, and numbers for the others; or numbers for all. */
function placePlates(
  things: readonly Marked[],
  area: ImageSize,
  style: PlateStyle,
): { readonly plates: readonly Plate[]; readonly entries: readonly LegendEntry[] } {
  // Small boxes have the least choice.
  const order = things
    .map((_, i) => i)
    .sort((a, b) => areaOf(things[a]!.box) - areaOf(things[b]!.box));
  const boxes = things.map(({ box }) => box);
  const ground = new PlateGround(area, boxes);
  const plate = (on: PlateGround, of: number, asNumber: boolean): Plate | undefined => {
    const { key, text: label, color } = things[of]!;
    const text = asNumber ? key : label;
    const { font } = style.sizes;
    const placed = on.place({ of, size: plateSize(text, style), away: asNumber });
    return placed && { place: placed.place, leader: placed.leader, text, color, font };
  };
  const labels = order.map((of) => ({ of, plate: plate(ground, of, false) }));
  const without = labels.filter((label) => label.plate === undefined).map(({ of }) => of);
  const present = (found: readonly (Plate | undefined)[]): readonly Plate[] =>
    found.filter((one) => one !== undefined);
  const labelled = present(labels.map((label) => label.plate));
  if (!style.numbers) return { plates: labelled, entries: [] };
  const hidden = labelled.reduce((sum, { place }) => sum + areaOf(place), 0);
  const few =
    without.length <= mostNumbered * things.length &&
    (labelled.length <= fewObjects || hidden <= mostPlates * areaOf(area));
  const numbered = few ? without : order;
  const inLegend = new Set(numbered);
  const numbersOn = few ? ground : new PlateGround(area, boxes);
  const numbers = present(numbered.map((of) => plate(numbersOn, of, true)));
  return {
    plates: few ? [...labelled, ...numbers] : numbers,
    entries: things
      .filter((_, i) => inLegend.has(i))
      .map(({ key, color, text }) => ({ key, color, text })),
  };
}

function plateSize(text: string, { sizes: { font, padding }, measure }: PlateStyle): ImageSize {
  const height = Math.ceil(font * 1.1) + padding;
  return { width: Math.max(Math.ceil(measure(text, font)) + 2 * padding, height), height };
}

/** A line around a box rather than over it, within the picture. */
function frameOf(
  box: Rectangle,
  area: ImageSize,
  widest: number,
): { readonly outline: Rectangle; readonly line: number } {
  const line = Math.max(1, Math.min(widest, Math.round(Math.min(box.width, box.height) / 6)));
  const half = line / 2;
  const edge = (value: number, most: number): number =>
    clampTo(value, Math.min(half, most / 2), Math.max(most - half, most / 2));
  const x = edge(box.x - half, area.width);
  const y = edge(box.y - half, area.height);
  const right = edge(box.x + box.width + half, area.width);
  const bottom = edge(box.y + box.height + half, area.height);
  return { outline: { x, y, width: right - x, height: bottom - y }, line };
}
