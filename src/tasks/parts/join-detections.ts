/**
 * Objects found in tiles and in the whole picture, put together: of boxes that speak for one object the
 * surest stays, one that a seam has cut yields to one that is whole, and two halves become one.
 */
import type { ImageSize, Rectangle } from "../../image/image.ts";
import type { Detection } from "../detector.ts";

/** What was found in a part of a picture. */
export interface FoundInPart {
  /** The part, in pixels of the picture. */
  readonly part: Rectangle;
  /** With boxes in pixels of the part. */
  readonly detections: readonly Detection[];
}

/** How objects are told from each other. */
export interface JoinOptions {
  readonly iouThreshold: number;
  readonly maxDetections: number;
  readonly classAgnostic?: boolean | undefined;
}

interface Candidate {
  found: Detection;
  readonly source: number;
  /** Which of the part's edges inside the picture it reaches. */
  readonly cut: Cut;
}

interface Cut {
  readonly left: boolean;
  readonly right: boolean;
  readonly top: boolean;
  readonly bottom: boolean;
}

/** Boxes from different parts fit each other less well than neighbouring anchors' do. */
const mostOverlap = 0.5;

/** A box that lies within another, of another part, by more than this is the same object … */
const within = 0.8;

/** … and by more than this where a seam has cut it. */
const cutWithin = 0.5;

/** Two halves are of one object where their other extents overlap by more than this. */
const alike = 0.6;

/** The objects of a picture, surest first. */
export function joinDetections(
  parts: readonly FoundInPart[],
  size: ImageSize,
  { iouThreshold, maxDetections, classAgnostic = false }: JoinOptions,
): Detection[] {
  const candidates = parts
    .flatMap(({ part, detections }, source) =>
      detections.map((found): Candidate => {
        const { x, y, width, height } = found.box;
        const box = { x: x + part.x, y: y + part.y, width, height };
        return { found: { ...found, box }, source, cut: cutOf(box, part, size) };
      }),
    )
    .sort((a, b) => Number(isCut(a.cut)) - Number(isCut(b.cut)) || b.found.score - a.found.score);
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const rivals = kept.filter(
      ({ found }) => classAgnostic || found.index === candidate.found.index,
    );
    const same = rivals.find((rival) => isSame(candidate, rival, iouThreshold));
    if (same !== undefined && !isCut(same.cut)) continue;
    const half = rivals.find((rival) => isOtherHalf(candidate, rival));
    if (half !== undefined) {
      half.found = { ...half.found, box: union(half.found.box, candidate.found.box) };
    } else if (same === undefined) kept.push(candidate);
  }
  return kept
    .map(({ found }) => found)
    .sort((a, b) => b.score - a.score)
    .slice(0, maxDetections);
}

/** Which inner edges of its part a box reaches, within a fiftieth of the part. */
function cutOf(box: Rectangle, part: Rectangle, size: ImageSize): Cut {
  const [dx, dy] = [Math.max(1, part.width / 50), Math.max(1, part.height / 50)];
  const [right, bottom] = [part.x + part.width, part.y + part.height];
  return {
    left: part.x > 0 && box.x <= part.x + dx,
    right: right < size.width && box.x + box.width >= right - dx,
    top: part.y > 0 && box.y <= part.y + dy,
    bottom: bottom < size.height && box.y + box.height >= bottom - dy,
  };
}

function isCut({ left, right, top, bottom }: Cut): boolean {
  return left || right || top || bottom;
}

function isSame(candidate: Candidate, kept: Candidate, iouThreshold: number): boolean {
  const [a, b] = [candidate.found.box, kept.found.box];
  const shared = extentOver(a.x, a.width, b.x, b.width) * extentOver(a.y, a.height, b.y, b.height);
  if (shared === 0) return false;
  const [areaA, areaB] = [a.width * a.height, b.width * b.height];
  const iou = shared / (areaA + areaB - shared);
  // What one run of the network keeps apart are two.
  if (candidate.source === kept.source) return iou > iouThreshold;
  if (iou > Math.min(iouThreshold, mostOverlap)) return true;
  const least = isCut(candidate.cut) ? cutWithin : within;
  return shared / Math.min(areaA, areaB) > least;
}

/** Whether two boxes end at each other's seam and continue each other. */
function isOtherHalf(a: Candidate, b: Candidate): boolean {
  if (a.source === b.source) return false;
  const [one, other] = [a.found.box, b.found.box];
  const across = extentOver(one.x, one.width, other.x, other.width);
  const down = extentOver(one.y, one.height, other.y, other.height);
  const facesAcross = (a.cut.left && b.cut.right) || (a.cut.right && b.cut.left);
  if (facesAcross && across > 0) return down > alike * Math.max(one.height, other.height);
  const facesDown = (a.cut.top && b.cut.bottom) || (a.cut.bottom && b.cut.top);
  return facesDown && down > 0 && across > alike * Math.max(one.width, other.width);
}

/** How long two intervals overlap. */
function extentOver(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b));
}

function union(a: Rectangle, b: Rectangle): Rectangle {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
