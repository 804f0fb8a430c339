/**
 * What was taken for what. One matrix of counts serves classification (of images) and segmentation
 * (of pixels); precision, recall and intersection over union are all read off it.
 */
import { checkFields, needed, requireSequence, wholeFrom } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { wrongArgument } from "../wrong-argument.ts";

/** Counts of what was taken for what. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** `[classes, classes]`: row the true class, column the predicted one. */
  readonly counts: Float64Array;
}

/** One image or pixel: what it is and what it was taken for. */
export interface Judgement {
  readonly actual: number;
  readonly predicted: number;
}

/** What the matrix says of one class. A figure without a denominator is absent. */
export interface ClassScore {
  readonly label: string;
  readonly index: number;
  /** Images or pixels that are of the class. */
  readonly actual: number;
  /** Those that were taken for it. */
  readonly predicted: number;
  /** Both. */
  readonly correct: number;
  /** `correct / predicted`, 0 to 1. */
  readonly precision?: number;
  /** `correct / actual`, 0 to 1. */
  readonly recall?: number;
  /** `correct / (actual + predicted − correct)`, 0 to 1. */
  readonly iou?: number;
}

/** A true class and another that was predicted for it. */
export interface Confusion {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
}

/**
 * Counts judgements.
 *
 * @param classes - How many classes there are; judgements name them from 0.
 * @throws MobileNetError `invalid-argument` for a class outside of them.
 *
 * @example
 * ```ts
 * const { counts } = confusionMatrix([{ actual: 0, predicted: 1 }, { actual: 1, predicted: 1 }], 2);
 * Array.from(counts); // [0, 1, 0, 1]
 * ```
 */
export function confusionMatrix(judgements: Iterable<Judgement>, classes: number): ConfusionMatrix {
  checkFields({ classes }, { classes: needed(wholeFrom(1, 65_536)) }, "confusionMatrix");
  requireSequence(judgements, "confusionMatrix", "judgements, each with actual and predicted");
  const matrix = { classes, counts: new Float64Array(classes * classes) };
  for (const judgement of judgements) addJudgement(matrix, judgement);
  return matrix;
}

/** Counts one judgement in place. */
export function addJudgement({ classes, counts }: ConfusionMatrix, judgement: Judgement): void {
  const { actual, predicted } = judgement ?? {};
  if (!isClass(actual, classes) || !isClass(predicted, classes)) {
    throw new MobileNetError("invalid-argument", "no such class", {
      expected: `whole numbers from 0 to ${classes - 1}`,
      received: `actual ${quote(actual)}, predicted ${quote(predicted)}`,
    });
  }
  counts[actual * classes + predicted]! += 1;
}

function isClass(index: number, classes: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < classes;
}

/**
 * The scores of every class that occurs or was predicted, in order of index.
 *
 * @param labels - The name of each class.
 *
 * @example
 * ```ts
 * const matrix = confusionMatrix([{ actual: 0, predicted: 0 }, { actual: 1, predicted: 0 }], 2);
 * const [cat, dog] = classScores(matrix, ["cat", "dog"]);
 * [cat.precision, cat.recall, cat.iou]; // [0.5, 1, 0.5]
 * [dog.precision, dog.recall]; // [undefined, 0]
 * ```
 */
export function classScores(matrix: ConfusionMatrix, labels: readonly string[]): ClassScore[] {
  const { classes, counts } = matrix ?? {};
  if (!(counts instanceof Float64Array) || counts.length !== classes ** 2) {
    throw wrongArgument("classScores", "a matrix, as confusionMatrix gives", matrix);
  }
  if (!Array.isArray(labels)) throw wrongArgument("classScores", "a list of labels", labels);
  const actuals = new Float64Array(classes);
  const predictions = new Float64Array(classes);
  for (let row = 0; row < classes; row++) {
    for (let column = 0; column < classes; column++) {
      const count = counts[row * classes + column]!;
      actuals[row]! += count;
      predictions[column]! += count;
    }
  }
  const scores: ClassScore[] = [];
  for (let index = 0; index < classes; index++) {
    const [actual, predicted] = [actuals[index]!, predictions[index]!];
    const correct = counts[index * classes + index]!;
    const union = actual + predicted - correct;
    if (union === 0) continue;
    scores.push({
      label: labels[index] ?? `class ${index}`,
      index,
      actual,
      predicted,
      correct,
      ...(predicted > 0 ? { precision: correct / predicted } : {}),
      ...(actual > 0 ? { recall: correct / actual } : {}),
      iou: correct / union,
    });
  }
  return scores;
}

/**
 * The mean of intersection over union, over the classes that occur or were predicted (mIoU).
 *
 * @returns 0 to 1; undefined where the matrix is empty
 *
 * @example
 * ```ts
 * meanIou(confusionMatrix([{ actual: 0, predicted: 0 }, { actual: 1, predicted: 0 }], 3)); // 0.25
 * ```
 */
export function meanIou(matrix: ConfusionMatrix): number | undefined {
  return mean(classScores(matrix, []).map(({ iou }) => iou));
}

/** The share of all judgements that are right; undefined where there is none. */
export function accuracy({ classes, counts }: ConfusionMatrix): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let correct = 0;
  for (let index = 0; index < classes; index++) correct += counts[index * classes + index]!;
  return all === 0 ? undefined : correct / all;
}

/** The mistakes, the most frequent first, then by class. */
export function confusions({ classes, counts }: ConfusionMatrix): Confusion[] {
  const found: Confusion[] = [];
  counts.forEach((count, at) => {
    const [actual, predicted] = [Math.floor(at / classes), at % classes];
    if (count > 0 && actual !== predicted) found.push({ actual, predicted, count });
  });
  return found.sort((a, b) => b.count - a.count);
}

/** The mean of what is there; undefined where nothing is. */
export function mean(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  if (present.length === 0) return undefined;
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}

/** A share; undefined where there is nothing to have a share of. */
export function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** Without the figures that do not exist. */
export function presentFigures<Name extends string>(
  values: Readonly<Record<Name, number | undefined>>,
): Partial<Record<Name, number>> {
  const entries = Object.entries<number | undefined>(values);
  const present = entries.filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Partial<Record<Name, number>>;
}
