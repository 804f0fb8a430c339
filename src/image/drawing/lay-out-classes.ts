/**
 * A class map on its picture: the classes' colours, and a legend with their shares, in a corner that has
 * no class's pixels, else beside the picture.
 */
import { isForeground } from "../background-label.ts";
import type { Color, ImageSize, Rectangle } from "../image.ts";
import { chooseColors } from "./colors.ts";
import type { Drawing } from "./drawing.ts";
import { type MarkSizes, markSizes } from "./geometry.ts";
import type { LayoutStyle } from "./lay-out-detections.ts";
import {
  innerLegend,
  innerLegendSize,
  type Legend,
  type LegendEntry,
  outerLegend,
} from "./legend.ts";
import { formatShare, oneLine } from "./text.ts";

/** A class map and the names of its classes. */
export interface DrawableClassMap extends ImageSize {
  /** `height × width`: a class a pixel. */
  readonly classMap: Uint8Array;
  /** By index; class 0 is the background where its label says so, or nothing. */
  readonly labels: readonly string[];
}

/** A legend in the picture may cover so much of it. */
const mostCovered = 0.12;

/** Lays out a class map. */
export function layOutClasses(
  map: DrawableClassMap,
  style: LayoutStyle,
): { readonly drawing: Drawing; readonly colors: ReadonlyMap<number, Color> } {
  const { scale, measure, legend: mayGrow } = style;
  const area = { width: map.width * scale, height: map.height * scale };
  const sizes = markSizes(area);
  const present = presentClasses(map);
  const chosen = chooseColors(present);
  const entries: LegendEntry[] = present.map(({ share, index }, i) => ({
    color: chosen[i]!,
    text: `${oneLine(map.labels[index] ?? `class ${index}`)} ${formatShare(share)}`,
  }));
  const placed = placeLegend(entries, map, { area, scale, mayGrow, sizes, measure });
  return {
    drawing: {
      ...(placed ?? area),
      ...{ scale, line: sizes.line, frames: [], plates: [], legend: placed?.legend },
    },
    colors: new Map(present.map(({ index }, i) => [index, chosen[i]!])),
  };
}

interface LegendRequest extends Pick<LayoutStyle, "measure" | "scale"> {
  readonly area: ImageSize;
  readonly mayGrow: boolean;
  readonly sizes: MarkSizes;
}

function placeLegend(
  entries: readonly LegendEntry[],
  map: DrawableClassMap,
  { area, scale, mayGrow, sizes, measure }: LegendRequest,
): (ImageSize & { readonly legend: Legend }) | undefined {
  if (entries.length === 0) return undefined;
  const size = innerLegendSize(entries, { sizes, measure });
  const fits =
    size.width <= area.width &&
    size.height <= area.height &&
    size.width * size.height <= mostCovered * area.width * area.height;
  const [right, bottom] = [area.width - size.width, area.height - size.height];
  const corners = [
    [0, bottom],
    [right, bottom],
    [0, 0],
    [right, 0],
  ] as const;
  const free = corners
    .map(([x, y]) => ({ x, y, ...size }))
    .find((place) => fits && isClear(map, place, scale));
  if (free !== undefined) {
    return { ...area, legend: innerLegend(entries, free, { sizes, measure }) };
  }
  return mayGrow ? outerLegend(entries, area, { sizes, measure }) : undefined;
}

/** The classes that have pixels, but for the background, the largest first. */
function presentClasses({
  classMap,
  labels,
}: DrawableClassMap): readonly { index: number; share: number }[] {
  const counts = new Uint32Array(256);
  for (const index of classMap) counts[index]! += 1;
  return Array.from(counts, (count, index) => ({ index, share: count / classMap.length }))
    .filter(({ index, share }) => share > 0 && isForeground(index, labels[index]))
    .sort((a, b) => b.share - a.share);
}

/** Whether a place on the drawing has no class's pixels. */
function isClear(
  { classMap, width, labels }: DrawableClassMap,
  place: Rectangle,
  scale: number,
): boolean {
  const [top, left] = [Math.floor(place.y / scale), Math.floor(place.x / scale)];
  const bottom = Math.ceil((place.y + place.height) / scale);
  const right = Math.ceil((place.x + place.width) / scale);
  for (let y = top; y < bottom; y++) {
    const row = classMap.subarray(y * width + left, y * width + right);
    if (row.some((index) => isForeground(index, labels[index]))) return false;
  }
  return true;
}
