/** How right the boxes that were found in a picture are: pictures are ordered by it. */
import type { TrueObject } from "../../data/samples.ts";
import { overlap } from "../../evaluate/match-boxes.ts";
import type { Detection } from "../../tasks/detector.ts";

/** Twice the boxes that are right over all, the true and the found: 1 where both are the same. */
export function shareRight(objects: readonly TrueObject[], found: readonly Detection[]): number {
  const counted = objects.filter(({ crowd, difficult }) => crowd !== true && difficult !== true);
  const free = new Set(counted);
  let right = 0;
  for (const { index, box } of found) {
    const own = [...free].find((one) => one.classIndex === index && overlap(box, one.box) >= 0.5);
    if (own === undefined) continue;
    free.delete(own);
    right++;
  }
  const all = counted.length + found.length;
  return all === 0 ? 1 : (2 * right) / all;
}
