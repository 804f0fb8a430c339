/** How many pictures of each class are for what, so that the figures of a run add up to what the folder holds. */
import type { DataSet } from "../../data/pictures.ts";
import { printable } from "../../untrusted.ts";
import { formatCount } from "../format.ts";
import { countByClass } from "./describe-data.ts";

/** Pictures of each class, in the order of the classes. */
export interface PictureCounts {
  readonly training: readonly number[];
  readonly testing: readonly number[];
}

/** How many classes a note names. */
const mostNamed = 8;

/** Counts both parts of a data set. */
export function countPictures({ classes, training, validation }: DataSet): PictureCounts {
  return {
    training: countByClass(training, classes.length),
    testing: countByClass(validation, classes.length),
  };
}

/** Says which classes nobody tests; nothing where all are tested. */
export function untestedWords(
  classes: readonly string[],
  { training, testing }: PictureCounts,
): string | undefined {
  const untested = classes.flatMap((_, index) => (testing[index] === 0 ? [index] : []));
  if (untested.length === 0) return undefined;
  if (untested.length === classes.length) {
    return "there are no pictures to test on: the last epoch counts";
  }
  const named = untested
    .slice(0, mostNamed)
    .map((index) => `${printable(classes[index]!)} (${formatCount(training[index]!)})`);
  const more = untested.length > mostNamed ? ` and ${untested.length - mostNamed} more` : "";
  const have = untested.length === 1 ? "one class has" : `${untested.length} classes have`;
  return `${have} too few pictures to test on, and no figure counts them: ${named.join(", ")}${more}`;
}
