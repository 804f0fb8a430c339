/**
 * Which detection found which object, by the rules of the COCO evaluation: detections choose in order
 * of score, each the object it overlaps most of those still free. Objects that do not count (crowds,
 * PASCAL VOC's difficult ones, sizes outside the range) make what they match not count either.
 */
import type { TrueObject } from "../data/samples.ts";
import type { Rectangle } from "../image/image.ts";

/** A detection as it is judged. */
export interface ScoredBox {
  readonly classIndex: number;
  readonly score: number;
  readonly box: Rectangle;
}

/** Sizes of objects that count, in square pixels, both included. */
export type AreaRange = readonly [from: number, to: number];

/** What became of one detection at each threshold. */
export interface JudgedDetection {
  readonly score: number;
  /** By threshold: 1 where it found an object. */
  readonly matched: Uint8Array;
  /** By threshold: 1 where it counts neither as right nor as wrong. */
  readonly ignored: Uint8Array;
}

/** One picture's objects and detections of one class. */
export interface ClassInImage {
  readonly objects: readonly TrueObject[];
  /** Most certain first. */
  readonly detections: readonly ScoredBox[];
  /** `[detections, objects]` */
  readonly overlaps: Float64Array;
}

/** Joins a picture's objects and detections of one class with how much they overlap. */
export function classInImage(
  objects: readonly TrueObject[],
  detections: readonly ScoredBox[],
): ClassInImage {
  const overlaps = new Float64Array(detections.length * objects.length);
  detections.forEach(({ box }, d) => {
    objects.forEach((object, o) => {
      overlaps[d * objects.length + o] = overlap(box, object.box, object.crowd === true);
    });
  });
  return { objects, detections, overlaps };
}

/** Intersection over union, 0 to 1; with a crowd, over the detection's own area. */
export function overlap(detected: Rectangle, actual: Rectangle, crowd = false): number {
  const width =
    Math.min(detected.x + detected.width, actual.x + actual.width) - Math.max(detected.x, actual.x);
  const height =
    Math.min(detected.y + detected.height, actual.y + actual.height) -
    Math.max(detected.y, actual.y);
  if (!(width > 0 && height > 0)) return 0;
  const intersection = width * height;
  const own = detected.width * detected.height;
  return intersection / (crowd ? own : own + actual.width * actual.height - intersection);
}

/** Whether an object does not count: a crowd, a difficult one, or of a size that is not asked for. */
function isIgnored(object: TrueObject, range: AreaRange): boolean {
  const { box, area = box.width * box.height, crowd = false, difficult = false } = object;
  return crowd || difficult || outside(area, range);
}

/** Whether several detections may match it: a crowd, and by VOC's rule a difficult object. */
function takesMore({ crowd, difficult }: TrueObject): boolean {
  return crowd === true || difficult === true;
}

function outside(area: number, [from, to]: AreaRange): boolean {
  return area < from || area > to;
}

/** How many of the objects count. */
export function countObjects(objects: readonly TrueObject[], range: AreaRange): number {
  return objects.filter((object) => !isIgnored(object, range)).length;
}

/** Judges a picture's detections of one class at every threshold. */
export function judge(
  { objects, detections, overlaps }: ClassInImage,
  { thresholds, range }: { readonly thresholds: readonly number[]; readonly range: AreaRange },
): JudgedDetection[] {
  const ignored = objects.map((object) => isIgnored(object, range));
  // Objects that count are chosen before those that do not.
  const order = objects.map((_, o) => o).sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
  const judged = detections.map(({ score }) => ({
    score,
    matched: new Uint8Array(thresholds.length),
    ignored: new Uint8Array(thresholds.length),
  }));
  thresholds.forEach((threshold, t) => {
    const taken = new Set<number>();
    detections.forEach(({ box }, d) => {
      let best = -1;
      let least = Math.min(threshold, 1 - 1e-10);
      for (const o of order) {
        if (taken.has(o) && !takesMore(objects[o]!)) continue;
        if (best >= 0 && !ignored[best]! && ignored[o]!) break;
        const value = overlaps[d * objects.length + o]!;
        if (value < least) continue; // of equal overlaps the last object is chosen
        least = value;
        best = o;
      }
      if (best >= 0) {
        taken.add(best);
        judged[d]!.matched[t] = 1;
        judged[d]!.ignored[t] = ignored[best]! ? 1 : 0;
      } else if (outside(box.width * box.height, range)) {
        judged[d]!.ignored[t] = 1;
      }
    });
  });
  return judged;
}
