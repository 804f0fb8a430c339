/** Rectangles on a drawing, and how large lines and letters are on a picture of some size. */
import type { ImageSize, Rectangle } from "../image.ts";

/** Sizes in pixels of the drawing. */
export interface MarkSizes {
  readonly line: number;
  readonly font: number;
  /** Between a text and the edge of its plate. */
  readonly padding: number;
}

/** Below this many pixels from edge to edge (the root of the area) a picture is drawn enlarged … */
const small = 240;
/** … to about so many, … */
const enough = 400;
/** … at most so many times, … */
const mostScale = 8;
/** … and no longer than this. */
const mostEdge = 2000;

/** How many times its size a picture is drawn: 1, or more where it is too small to write on. */
export function drawingScale({ width, height }: ImageSize): number {
  const edge = Math.sqrt(width * height);
  if (edge >= small) return 1;
  const most = Math.floor(mostEdge / Math.max(width, height));
  return Math.max(1, Math.min(Math.ceil(enough / edge), mostScale, most));
}

/** Sizes that stay legible from thumbnails to panoramas. */
export function markSizes({ width, height }: ImageSize): MarkSizes {
  const edge = Math.sqrt(width * height);
  const shorter = Math.min(width, height);
  const font = Math.round(Math.max(Math.min(edge / 34, shorter / 8), Math.min(13, shorter / 4), 6));
  return {
    line: Math.max(1, Math.round(Math.min(edge / 260, shorter / 40))),
    font,
    padding: Math.max(2, Math.round(font / 4)),
  };
}

/** A box cut to an area; undefined if nothing of it is inside. */
export function clipBox(box: Rectangle, { width, height }: ImageSize): Rectangle | undefined {
  const x = clampTo(box.x, 0, width);
  const y = clampTo(box.y, 0, height);
  const across = clampTo(box.x + box.width, 0, width) - x;
  const down = clampTo(box.y + box.height, 0, height) - y;
  return across > 0 && down > 0 ? { x, y, width: across, height: down } : undefined;
}

/** The area that two rectangles share. */
export function sharedArea(a: Rectangle, b: Rectangle): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, across) * Math.max(0, down);
}

export function areaOf({ width, height }: ImageSize): number {
  return width * height;
}

export function clampTo(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
