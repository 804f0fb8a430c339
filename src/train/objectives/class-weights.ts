/** How much each class counts in a loss: checked against a network's classes, or made of masks. */
import {
  checkSettings,
  itemsOf,
  type Kind,
  type Kinds,
  needed,
  wholeFrom,
} from "../../check-fields.ts";
import { type ClassMask, voidClass } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { fieldsOf, wrongArgument } from "../../wrong-argument.ts";

export const classWeightsKind: Kind = {
  expected: "a number of at least 0 for each class",
  fits: (weights) =>
    Array.isArray(weights) &&
    weights.every((weight) => isNumberIn(weight, 0, Number.MAX_VALUE)) &&
    weights.some((weight) => weight > 0),
};

/**
 * Refuses weights that are not one for each class.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkClassWeights(weights: readonly number[] | undefined, classes: number): void {
  if (weights === undefined || weights.length === classes) return;
  throw new MobileNetError("invalid-argument", "the class weights are for another network", {
    expected: `${classes} weights, one for each class`,
    received: `${weights.length}`,
  });
}

/**
 * Weights that let rare classes count as much as frequent ones, by how often each comes: all samples,
 * divided by the number of classes and by the class's own. Over the samples they have a mean of 1, so that
 * the rate need not change. A class that never comes gets 1 and is not counted among the classes.
 *
 * @param counts - Samples of each class.
 * @throws MobileNetError `invalid-argument` for what are no counts.
 *
 * @example
 * ```ts
 * inverseFrequencyWeights([30, 10]); // [0.6666666666666666, 2]
 * ```
 */
export function inverseFrequencyWeights(counts: readonly number[]): number[] {
  const { expected, fits } = itemsOf(wholeFrom(0), "whole numbers from 0 on, one for each class");
  if (!fits(counts)) throw wrongArgument("inverseFrequencyWeights", expected, counts);
  const classes = counts.filter((count) => count > 0).length;
  const samples = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 1 : samples / (classes * count)));
}

/** What masks are counted by. */
export interface MaskCounting {
  /** How many classes there are. */
  readonly classes: number;
  /** The value of pixels that are not judged. Default 255. */
  readonly ignore?: number | undefined;
}

const countingKinds: Kinds<MaskCounting> = {
  classes: needed(wholeFrom(1, 256)),
  ignore: wholeFrom(0, 255),
};

/**
 * Weights that let rare classes count as much as frequent ones, by the median of the frequencies (Eigen
 * and Fergus, 2015): a class's frequency is its share of the judged pixels of the masks that it is in, its
 * weight the median of all frequencies divided by its own. A class that no mask has gets 1.
 *
 * @param masks - Those of the pictures to train on, one after another.
 * @returns A weight for each class.
 * @throws MobileNetError `invalid-argument` for what are no masks or a class beyond `classes`.
 *
 * @example
 * ```ts
 * const mask = { width: 4, height: 1, classMap: Uint8Array.of(0, 0, 0, 1) };
 * await medianFrequencyWeights([mask], { classes: 2 }); // [0.6666666666666666, 2]
 * ```
 */
export async function medianFrequencyWeights(
  masks: Iterable<ClassMask> | AsyncIterable<ClassMask>,
  counting: MaskCounting,
): Promise<number[]> {
  const call = "medianFrequencyWeights";
  checkSettings(counting, countingKinds, call);
  const { classes, ignore = voidClass } = counting;
  const fields = fieldsOf(masks);
  if (
    ![fields[Symbol.iterator], fields[Symbol.asyncIterator]].some((of) => typeof of === "function")
  ) {
    throw wrongArgument(call, "masks, one after another", masks);
  }
  const pixels = new Float64Array(classes);
  const beside = new Float64Array(classes);
  for await (const mask of masks) {
    if (!(mask?.classMap instanceof Uint8Array)) throw wrongArgument(call, "masks", mask);
    const counts = countClasses(mask.classMap);
    counts[ignore] = 0;
    const judged = counts.reduce((sum, count) => sum + count, 0);
    const beyond = counts.findLastIndex((count) => count > 0);
    if (beyond >= classes) {
      throw new MobileNetError("invalid-argument", "a mask has a class beyond the others", {
        node: call,
        expected: `0 to ${classes - 1}, or ${ignore} for pixels that do not count`,
        received: quote(beyond),
      });
    }
    for (let c = 0; c < classes; c++) {
      if (counts[c] === 0) continue;
      pixels[c]! += counts[c]!;
      beside[c]! += judged;
    }
  }
  const frequencies = pixels.map((count, c) => count / Math.max(1, beside[c]!));
  const sorted = frequencies.filter((frequency) => frequency > 0).sort();
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? sorted[middle]!
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return Array.from(frequencies, (frequency) => (frequency > 0 ? median / frequency : 1));
}

/** How many pixels have each of the 256 values. */
export function countClasses(classMap: Uint8Array): Float64Array {
  const counts = new Float64Array(256);
  for (let i = 0; i < classMap.length; i++) counts[classMap[i]!]! += 1;
  return counts;
}
