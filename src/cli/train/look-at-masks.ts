/**
 * What masks hold, before a long run begins: a class that no mask shows is not learnt, and masks of black
 * and white (0 and 255) are read as a background and pixels that do not count.
 */
import type { Pictures } from "../../data/pictures.ts";
import { type MaskLabel, voidClass } from "../../data/samples.ts";
import { describeError, MobileNetError, throwIfAborted } from "../../errors.ts";
import { isDamaged } from "../../train/data/samples.ts";
import { plural } from "../format.ts";

/** Masks that are looked at, evenly over all: the training reads them anyhow. */
const mostLooked = 200;

/** How many classes a note names. */
const mostNamed = 8;

/** The masks to train on and what they are of. */
interface MasksToTrainOn {
  readonly node: string;
  readonly classes: readonly string[];
  readonly training: Pictures<MaskLabel>;
  /** Values that do not count, whatever they are called. */
  readonly voidValues: readonly number[];
  readonly signal: AbortSignal;
}

/**
 * Notes on classes that no mask shows.
 *
 * @throws MobileNetError `invalid-data` where there is nothing to tell apart: most masks cannot be read with
 *   these classes, or all of them show one class alone.
 */
export async function lookAtMasks(masks: MasksToTrainOn): Promise<readonly string[]> {
  const { node, classes, training, voidValues, signal } = masks;
  const judged = classes.filter((_, index) => !voidValues.includes(index));
  if (judged.length < 2) {
    throw new MobileNetError("invalid-data", "a segmenter needs two classes to tell apart", {
      node,
      expected: "the names of at least two, the background among them",
      received: judged.join(", ") || "none that counts",
    });
  }
  const looked = Math.min(training.count, mostLooked);
  const masksWith = new Array<number>(256).fill(0);
  const faults: string[] = [];
  for (let i = 0; i < looked; i++) {
    throwIfAborted(signal);
    try {
      const label = training.label(Math.floor((i * training.count) / looked));
      const { classMap } = await label.readMask();
      for (const value of new Set(classMap)) masksWith[value]! += 1;
    } catch (error) {
      if (!isDamaged(error)) throw error;
      faults.push(describeError(error));
    }
  }
  if (faults.length > looked / 2) {
    throw new MobileNetError("invalid-data", "most masks cannot be read", {
      node,
      expected: `values of ${classes.length} classes`,
      received: `${faults.length} of ${plural(looked, "mask")} that were looked at; the first: ${faults[0]}`,
    });
  }
  const isShown = (name: string): boolean => masksWith[classes.indexOf(name)]! > 0;
  const missing = judged.filter((name) => !isShown(name));
  if (missing.length === 0) return [];
  const isVoid = masksWith[voidClass]! > 0;
  const remedy = isVoid
    ? "What is 255 or named with --void does not count: give what a class is its number, 1 and on, instead of white."
    : "Give each class its number as the masks' value, in the order of their names.";
  if (missing.length > judged.length - 2 && looked === training.count) {
    const only = judged.find(isShown);
    throw new MobileNetError("invalid-data", "the masks have no two classes to tell apart", {
      node,
      expected: `pixels of ${judged.slice(0, mostNamed).join(", ")}${judged.length > mostNamed ? " …" : ""}`,
      received: `${only === undefined ? "none" : `${only} alone`}${isVoid ? " beside pixels that do not count" : ""}`,
      remedy,
    });
  }
  const named = missing.slice(0, mostNamed).join(", ");
  const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : "";
  return [
    `there is nothing to learn of some classes from in ${plural(looked, "mask")} that were looked at: ${named}${more}`,
  ];
}
