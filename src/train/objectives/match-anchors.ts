/**
 * Which anchors answer for which objects (SSD, Liu et al., 2016, section 2.2): every object gets the anchor
 * that overlaps it best, and every other anchor that overlaps an object by enough answers for it, too. All
 * choices are made in order of overlap, then of the object, then of the anchor, so that equal pictures have
 * equal targets.
 */

/** A box, `[ymin, xmin, ymax, xmax]` in fractions of the input. */
export type Corners = readonly [ymin: number, xmin: number, ymax: number, xmax: number];

/** An object as anchors are matched with it. */
export interface MatchedObject {
  readonly box: Corners;
  readonly kind: "object" | "crowd" | "difficult";
}

/** What an anchor has in place of an object: that it shows none, or that nobody judges what it says. */
export const background = -1;
export const ignored = -2;

/**
 * Matches anchors with objects.
 *
 * Anchors of no object are not judged where they overlap a difficult object by enough or best of all, or
 * have enough of their own area in a crowd.
 *
 * @param anchors - `[anchors, 4]`: centre y, centre x, height, width, in fractions of the input.
 * @param threshold - The overlap (intersection over union) that is enough, above 0 to 1.
 * @returns By anchor: the number of its object, `background` or `ignored`.
 */
export function matchAnchors(
  anchors: Float32Array,
  objects: readonly MatchedObject[],
  threshold: number,
): Int32Array {
  const count = anchors.length / 4;
  const matched = new Int32Array(count).fill(background);
  if (objects.length === 0) return matched;
  const overlaps = objects.map(({ box, kind }) => overlapsWith(anchors, box, kind === "crowd"));
  const wanted = numbersOf(objects, "object");
  for (let anchor = 0; anchor < count; anchor++) {
    let best = background;
    let most = threshold;
    for (const o of wanted) {
      const overlap = overlaps[o]![anchor]!;
      if (overlap < most || (best !== background && overlap === most)) continue;
      most = overlap;
      best = o;
    }
    matched[anchor] = best;
  }
  for (const [object, anchor] of bestAnchors(overlaps, wanted)) matched[anchor] = object;
  const difficult = numbersOf(objects, "difficult");
  const hard = bestAnchors(overlaps, difficult).map(([, anchor]) => anchor);
  for (const anchor of hard) if (matched[anchor] === background) matched[anchor] = ignored;
  for (const o of [...difficult, ...numbersOf(objects, "crowd")]) {
    for (let anchor = 0; anchor < count; anchor++) {
      if (matched[anchor] === background && overlaps[o]![anchor]! >= threshold) {
        matched[anchor] = ignored;
      }
    }
  }
  return matched;
}

function numbersOf(objects: readonly MatchedObject[], kind: MatchedObject["kind"]): number[] {
  return objects.flatMap((object, o) => (object.kind === kind ? [o] : []));
}

/**
 * An anchor for each object, no two the same: of all pairs that are still free the one that overlaps most
 * comes first. An object that no free anchor touches gets none.
 */
function bestAnchors(
  overlaps: readonly Float64Array[],
  objects: readonly number[],
): readonly (readonly [object: number, anchor: number])[] {
  const taken = new Set<number>();
  const waiting = new Set(objects);
  const pairs: (readonly [number, number])[] = [];
  // An object's best free anchor changes only when another object takes it.
  const favourites = new Map(objects.map((o) => [o, favourite(overlaps[o]!, taken)]));
  while (waiting.size > 0) {
    let first = -1;
    let most = 0;
    for (const o of waiting) {
      if (taken.has(favourites.get(o)!)) favourites.set(o, favourite(overlaps[o]!, taken));
      const overlap = overlaps[o]![favourites.get(o)!] ?? 0;
      if (overlap > most) [first, most] = [o, overlap];
    }
    if (first < 0) break;
    const anchor = favourites.get(first)!;
    pairs.push([first, anchor]);
    waiting.delete(first);
    taken.add(anchor);
  }
  return pairs;
}

/** The anchor that overlaps most among those that are free, the first of equal ones; −1 where none does. */
function favourite(overlaps: Float64Array, taken: ReadonlySet<number>): number {
  let best = -1;
  let most = 0;
  for (let anchor = 0; anchor < overlaps.length; anchor++) {
    if (overlaps[anchor]! > most && !taken.has(anchor)) {
      most = overlaps[anchor]!;
      best = anchor;
    }
  }
  return best;
}

/** By anchor: intersection over union with a box; of a crowd, over the anchor's own area. */
function overlapsWith(anchors: Float32Array, box: Corners, crowd: boolean): Float64Array {
  const [top, left, bottom, right] = box;
  const area = (bottom - top) * (right - left);
  const overlaps = new Float64Array(anchors.length / 4);
  for (let anchor = 0; anchor < overlaps.length; anchor++) {
    const i = anchor * 4;
    const [y, x, height, width] = [anchors[i]!, anchors[i + 1]!, anchors[i + 2]!, anchors[i + 3]!];
    const rows = Math.min(bottom, y + height / 2) - Math.max(top, y - height / 2);
    const columns = Math.min(right, x + width / 2) - Math.max(left, x - width / 2);
    if (rows <= 0 || columns <= 0) continue;
    const intersection = rows * columns;
    const own = height * width;
    overlaps[anchor] = intersection / (crowd ? own : own + area - intersection);
  }
  return overlaps;
}
