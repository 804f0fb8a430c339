/**
 * Where plates go on a picture: pure geometry. A plate never lies on another plate nor on a box that is
 * not much larger than it, and hides little of any other; what finds no such place gets none.
 */
import type { ImageSize, Rectangle } from "../image.ts";
import { areaOf, clampTo, sharedArea } from "./geometry.ts";

/** A plate that belongs to a box. */
export interface PlateRequest {
  /** Which of the boxes. */
  readonly of: number;
  readonly size: ImageSize;
  /** Whether it may stand away from its box, with a line to it. */
  readonly away: boolean;
}

/** A plate's place. */
export interface PlacedPlate {
  readonly place: Rectangle;
  /** From the plate to its box, where they do not touch. */
  readonly leader?: Line | undefined;
}

export interface Line {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

/** A box that is not larger than so many plates is hidden by none. */
const spared = 4;

/** The most of a larger box that one plate may hide. */
const mostHidden = 0.15;

/** Where plates may go. */
export class PlateGround {
  readonly #area: ImageSize;
  readonly #boxes: readonly Rectangle[];
  readonly #taken: Rectangle[] = [];

  /** @param area - The picture, from 0, 0; boxes lie inside. */
  constructor(area: ImageSize, boxes: readonly Rectangle[]) {
    this.#area = area;
    this.#boxes = boxes;
  }

  /** Takes the best place there is, if any. */
  place({ of, size, away }: PlateRequest): PlacedPlate | undefined {
    const { width, height } = this.#area;
    if (size.width > width || size.height > height) return undefined;
    const box = this.#boxes[of]!;
    const best = (candidates: Iterable<Rectangle>, reach: number): Rectangle | undefined =>
      this.#best(candidates, this.#within(reach, { of, size }));
    const near = best(beside(box, size), 0);
    const found =
      near ??
      (away ? best(around(box, size, this.#area), farthestOf(size, this.#area)) : undefined);
    if (found === undefined) return undefined;
    this.#taken.push(found);
    return { place: found, leader: leaderOf(found, box) };
  }

  /** What a plate may meet that stands so far from its box at most. */
  #within(reach: number, { of, size }: Pick<PlateRequest, "of" | "size">): Neighbours {
    const box = this.#boxes[of]!;
    // A pixel more, for rounding.
    const [across, down] = [reach + size.width + 1, reach + size.height + 1];
    const region = {
      x: box.x - across,
      y: box.y - down,
      width: box.width + 2 * across,
      height: box.height + 2 * down,
    };
    const isNear = (other: Rectangle): boolean => sharedArea(region, other) > 0;
    return { own: box, boxes: this.#boxes.filter(isNear), taken: this.#taken.filter(isNear) };
  }

  /** The candidate that hides the least of other boxes, the earlier among equals. */
  #best(candidates: Iterable<Rectangle>, neighbours: Neighbours): Rectangle | undefined {
    let best: Rectangle | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
      const place = {
        ...candidate,
        x: clampTo(candidate.x, 0, this.#area.width - candidate.width),
        y: clampTo(candidate.y, 0, this.#area.height - candidate.height),
      };
      const cost = costOf(place, neighbours);
      if (cost >= least) continue;
      [best, least] = [place, cost];
      if (cost === 0) break;
    }
    return best;
  }
}

/** A plate's own box, and what lies around it: boxes, its own among them, and plates. */
interface Neighbours {
  readonly own: Rectangle;
  readonly boxes: readonly Rectangle[];
  readonly taken: readonly Rectangle[];
}

/** What a plate hides there, in its own areas; infinite where it may not stand. */
function costOf(place: Rectangle, { own, boxes, taken }: Neighbours): number {
  if (taken.some((other) => sharedArea(place, other) > 0)) return Number.POSITIVE_INFINITY;
  const plate = areaOf(place);
  let cost = 0;
  for (const box of boxes) {
    const hidden = sharedArea(place, box);
    if (hidden === 0) continue;
    const area = areaOf(box);
    if (area < spared * plate || hidden > mostHidden * area) return Number.POSITIVE_INFINITY;
    // Inside its own box it is where one looks for it; an eighth keeps it outside where that is free.
    cost += (hidden / plate) * (box === own ? 0.125 : 1);
  }
  return cost;
}

/** How far from its box a plate stands at most. */
function farthestOf(size: ImageSize, area: ImageSize): number {
  return Math.min(10 * size.height, Math.max(area.width, area.height));
}

/** Against a box: above and below, then left and right of it, then inside its corners. */
function* beside(box: Rectangle, size: ImageSize): Generator<Rectangle> {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  const [above, left] = [box.y - size.height, box.x - size.width];
  const across = [box.x, right - size.width, box.x + (box.width - size.width) / 2, left, right];
  const down = [box.y, bottom - size.height, box.y + (box.height - size.height) / 2];
  for (const y of [above, bottom]) for (const x of across) yield { x, y, ...size };
  for (const x of [left, right]) for (const y of down) yield { x, y, ...size };
  for (const y of [box.y, bottom - size.height]) {
    for (const x of [box.x, right - size.width]) yield { x, y, ...size };
  }
}

/** Farther and farther from a box, in sixteen directions. */
function* around(box: Rectangle, size: ImageSize, area: ImageSize): Generator<Rectangle> {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const farthest = farthestOf(size, area);
  for (let distance = size.height / 2; distance < farthest; distance += size.height / 2) {
    for (let turn = 0; turn < 16; turn++) {
      const [dx, dy] = [Math.cos((turn * Math.PI) / 8), Math.sin((turn * Math.PI) / 8)];
      yield {
        x: x + dx * (box.width / 2 + distance + size.width / 2) - size.width / 2,
        y: y + dy * (box.height / 2 + distance + size.height / 2) - size.height / 2,
        ...size,
      };
    }
  }
}

/** The shortest line between a plate and a box that it does not touch. */
function leaderOf(plate: Rectangle, box: Rectangle): Line | undefined {
  const nearest = (a: number, aLength: number, b: number, bLength: number) => {
    if (a + aLength < b) return [a + aLength, b] as const;
    if (b + bLength < a) return [a, b + bLength] as const;
    const middle = (Math.max(a, b) + Math.min(a + aLength, b + bLength)) / 2;
    return [middle, middle] as const;
  };
  const [fromX, toX] = nearest(plate.x, plate.width, box.x, box.width);
  const [fromY, toY] = nearest(plate.y, plate.height, box.y, box.height);
  if (Math.hypot(fromX - toX, fromY - toY) < 1) return undefined;
  return { from: [fromX, fromY], to: [toX, toY] };
}
