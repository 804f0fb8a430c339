/** Boxes that somebody drew: around points, and held against their pictures. */
import type { ImageSize, Rectangle } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";

/** So far a box may reach out, in pixels, before it counts as cut: rounding does no more. */
const slack = 1;

/**
 * The part of a box that lies in the picture.
 *
 * @param place - The object, for the message.
 * @throws MobileNetError `invalid-data` where the box has no size, or nothing of it is in the picture.
 */
export function boxInPicture(
  box: Rectangle,
  { width, height }: ImageSize,
  place: string,
): { readonly box: Rectangle; readonly clipped: boolean } {
  if (!(box.width > 0 && box.height > 0)) throw badBox(place, "the box has no size", box);
  const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const inside = { x, y, width: Math.min(width, right) - x, height: Math.min(height, bottom) - y };
  if (!(inside.width > 0 && inside.height > 0)) {
    throw badBox(place, "the box lies outside the picture", box, `within ${width} x ${height}`);
  }
  const out = Math.max(-box.x, -box.y, right - width, bottom - height);
  // As it was given where it fits: cutting takes the last bits of its edges.
  return { box: out > 0 ? inside : box, clipped: out > slack };
}

/** The smallest box around some points, at least one. */
export function boxAround(points: readonly (readonly [x: number, y: number])[]): Rectangle {
  const [[firstX, firstY]] = points as readonly [readonly [number, number]];
  let [left, top, right, bottom] = [firstX, firstY, firstX, firstY];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function badBox(place: string, summary: string, box: Rectangle, where?: string): Error {
  const { x, y, width, height } = box;
  return invalidData(place, summary, {
    expected: `a box of some width and height${where === undefined ? "" : ` ${where}`}`,
    received: quote({ x, y, width, height }),
  });
}
