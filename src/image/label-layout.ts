/**
 * Where text goes on a picture: pure geometry, no drawing. Sizes follow the picture's shorter edge, and
 * every plate stays inside the picture and off the plates before it where there is room.
 */
import type { Rectangle } from "./image.ts";

/** Line and text sizes in pixels. */
export interface MarkSizes {
  readonly line: number;
  readonly font: number;
  /** Between a text and the edge of its plate. */
  readonly padding: number;
}

/** Sizes that stay legible from thumbnails to full photographs. */
export function markSizes(width: number, height: number): MarkSizes {
  const edge = Math.min(width, height);
  const font = Math.round(Math.min(Math.max(edge / 32, 12), Math.max(edge / 4, 6)));
  return {
    line: Math.max(1, Math.round(edge / 240)),
    font,
    padding: Math.max(2, Math.round(font / 4)),
  };
}

/** A plate to be placed near a box. */
export interface PlateRequest {
  readonly box: Rectangle;
  readonly plate: { readonly width: number; readonly height: number };
  readonly picture: { readonly width: number; readonly height: number };
  /** Plates already placed. */
  readonly taken: readonly Rectangle[];
}

/**
 * The place of a plate: above its box, inside its top, inside its bottom, or below, whichever is first
 * to lie in the picture and clear of other plates; otherwise the one that is covered least. Undefined
 * if the picture is smaller than the plate.
 */
export function placePlate(request: PlateRequest): Rectangle | undefined {
  const { box, plate, picture, taken } = request;
  if (plate.width > picture.width || plate.height > picture.height) return undefined;
  const right = box.x + box.width - plate.width;
  const bottom = box.y + box.height;
  const rows = [box.y - plate.height, box.y, bottom - plate.height, bottom];
  const candidates = [box.x, right].flatMap((x) => rows.map((y) => ({ x, y })));
  let best: { place: Rectangle; cost: number } | undefined;
  for (const candidate of candidates) {
    const place = {
      x: clamp(candidate.x, 0, picture.width - plate.width),
      y: clamp(candidate.y, 0, picture.height - plate.height),
      ...plate,
    };
    const moved = Math.abs(place.y - candidate.y) * plate.width;
    const cost = taken.reduce((sum, other) => sum + sharedArea(place, other), moved);
    if (best === undefined || cost < best.cost) best = { place, cost };
  }
  return best?.place;
}

/** A box cut to the picture; undefined if nothing of it is inside. */
export function clipBox(
  box: Rectangle,
  picture: { readonly width: number; readonly height: number },
): Rectangle | undefined {
  const x = clamp(box.x, 0, picture.width);
  const y = clamp(box.y, 0, picture.height);
  const width = clamp(box.x + box.width, 0, picture.width) - x;
  const height = clamp(box.y + box.height, 0, picture.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** The area that two rectangles share. */
export function sharedArea(a: Rectangle, b: Rectangle): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, across) * Math.max(0, down);
}

/** The four corners of a picture where a rectangle of the given size may stand. */
export function cornerPlaces(
  size: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
  margin: number,
): Rectangle[] {
  const [right, bottom] = [picture.width - size.width, picture.height - size.height];
  const inset = (room: number): number => Math.min(margin, Math.max(0, Math.floor(room / 2)));
  const [dx, dy] = [inset(right), inset(bottom)];
  return [
    { x: dx, y: bottom - dy, ...size },
    { x: right - dx, y: bottom - dy, ...size },
    { x: dx, y: dy, ...size },
    { x: right - dx, y: dy, ...size },
  ];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
