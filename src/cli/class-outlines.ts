/**
 * The outlines of what a class map shows, as polygons along the edges of its pixels, for forms that have
 * no masks. Pixels of a class that touch by an edge are one region; what its outline goes round belongs
 * to it, holes too, since a polygon has none.
 */
import type { ImageSize } from "../image/image.ts";

/** A region's outline. */
export interface ClassOutline {
  readonly index: number;
  /** x, y, x, y … of its corners, clockwise, in pixels from the picture's corner. */
  readonly corners: readonly number[];
}

/** East, south, west, north. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** A class map, and of which classes outlines are wanted. */
export interface OutlinedMap extends ImageSize {
  readonly classMap: Uint8Array;
  readonly isOutlined: (index: number) => boolean;
}

/** The outlines of all regions of some classes, in order of their first pixels. */
export function classOutlines({
  classMap,
  width,
  height,
  isOutlined,
}: OutlinedMap): readonly ClassOutline[] {
  // Pixels whose upper edge some outline has.
  const passed = new Uint8Array(classMap.length);
  const outlines: ClassOutline[] = [];
  for (let at = 0; at < classMap.length; at++) {
    const index = classMap[at]!;
    const isTop = at < width || classMap[at - width] !== index;
    if (!isTop || !isOutlined(index) || passed[at] === 1) continue;
    const corners = follow(at % width, Math.floor(at / width), index);
    // The edges of a hole run the other way round.
    if (areaOf(corners) > 0) outlines.push({ index, corners });
  }
  return outlines;

  /** Walks from a pixel's upper left corner along the edges, what is inside on the right, to where it began. */
  function follow(left: number, top: number, index: number): number[] {
    const corners: number[] = [];
    let [x, y, heading] = [left, top, 0];
    do {
      if (heading === 0) passed[y * width + x] = 1;
      const [dx, dy] = steps[heading]!;
      [x, y] = [x + dx, y + dy];
      // Seen in that direction, the pixels ahead on either side of the corner.
      const right = isInside(x + (dx - dy - 1) / 2, y + (dx + dy - 1) / 2, index);
      const before = isInside(x + (dx + dy - 1) / 2, y + (dy - dx - 1) / 2, index);
      const turn = right ? (before ? 3 : 0) : 1;
      if (turn !== 0) corners.push(x, y);
      heading = (heading + turn) % 4;
    } while (x !== left || y !== top || heading !== 0);
    return corners;
  }

  function isInside(x: number, y: number, index: number): boolean {
    const within = x >= 0 && y >= 0 && x < width && y < height;
    return within && classMap[y * width + x] === index;
  }
}

/** Above 0 for corners that go round clockwise. */
function areaOf(corners: readonly number[]): number {
  let doubled = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const next = (i + 2) % corners.length;
    doubled += corners[i]! * corners[next + 1]! - corners[next]! * corners[i + 1]!;
  }
  return doubled / 2;
}
