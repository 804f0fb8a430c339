/**
 * Figures of classes that do not exclude each other: each class is a question of its own to every picture,
 * answered by a score. Average precision reads off the scores' order alone; all else counts a score of at
 * least a threshold as a yes.
 */
import { unusedLabel } from "../models/labels.ts";
import { labelOf } from "../tasks/loaded-model.ts";
import { mean, presentFigures, ratio } from "./confusion.ts";
import { rankedPrecision } from "./ranked-precision.ts";

/** How well a classifier knows one class. A figure without a denominator is absent. */
export interface MultiLabelClassScore {
  readonly label: string;
  readonly index: number;
  /** Pictures that have the class. */
  readonly actual: number;
  /** Those that it was found in: with a score of at least the threshold. */
  readonly predicted: number;
  /** Both. */
  readonly correct: number;
  /**
   * Average precision, 0 to 1: over the pictures that have the class, by falling score, the mean of the
   * shares of right ones up to each.
   */
  readonly ap?: number;
  /** `correct / predicted`, 0 to 1. */
  readonly precision?: number;
  /** `correct / actual`, 0 to 1. */
  readonly recall?: number;
  /** `2 correct / (actual + predicted)`, 0 to 1: the harmonic mean of precision and recall. */
  readonly f1?: number;
}

/** How well a classifier knows all of its classes. A figure without a denominator is absent. */
export interface MultiLabelFigures {
  /** The mean of the average precisions of the classes that a picture has, 0 to 1; absent where none has any. */
  readonly meanAp?: number;
  /** F1 of all classes' counts added up; absent where nothing is there nor found. */
  readonly microF1?: number;
  /** The mean F1 of the classes that a picture has or that were found. */
  readonly macroF1?: number;
  /** The share of pictures of which exactly their classes were found, 0 to 1. */
  readonly exactMatch: number;
  /** The share whose most likely class is one of theirs, of the pictures that have any. */
  readonly top1?: number;
  /** Classes that a picture has or that were found. */
  readonly classes: MultiLabelClassScore[];
  /** The names of the classes that no picture has, which `meanAp` leaves out. */
  readonly withoutPictures: string[];
}

/** What a model says of a picture. */
export interface MultiLabelAnswer {
  /** Of each class, 0 to 1. */
  readonly scores: Float32Array;
  /** The most likely class; none where all have the probability 0. */
  readonly best: number | undefined;
}

/** The same with what is true. */
export interface JudgedPicture extends MultiLabelAnswer {
  /** The picture's classes, each once. */
  readonly actual: readonly number[];
}

/** The figures of at least one picture. */
export function multiLabelFigures(
  pictures: readonly JudgedPicture[],
  { labels, threshold }: { readonly labels: readonly string[]; readonly threshold: number },
): MultiLabelFigures {
  const all = labels.map((_, index) => ({
    label: labelOf(labels, index),
    index,
    ...figuresOfClass(pictures, index, threshold),
  }));
  const total = (field: "actual" | "predicted" | "correct"): number =>
    all.reduce((sum, score) => sum + score[field], 0);
  const without = all.filter(({ actual, label }) => actual === 0 && label !== unusedLabel);
  const ofAny = pictures.filter(({ actual }) => actual.length > 0);
  const best = ofAny.filter((one) => one.best !== undefined && one.actual.includes(one.best));
  return {
    ...presentFigures({
      meanAp: mean(all.map(({ ap }) => ap)),
      microF1: f1(total("actual"), total("predicted"), total("correct")),
      macroF1: mean(all.map((score) => score.f1)),
    }),
    exactMatch: pictures.filter((one) => isExact(one, threshold)).length / pictures.length,
    ...presentFigures({ top1: ratio(best.length, ofAny.length) }),
    classes: all.filter(({ actual, predicted }) => actual + predicted > 0),
    withoutPictures: without.map(({ label }) => label),
  };
}

function figuresOfClass(
  pictures: readonly JudgedPicture[],
  index: number,
  threshold: number,
): Omit<MultiLabelClassScore, "label" | "index"> {
  const scores = pictures.map((picture) => picture.scores[index]!);
  const truths = pictures.map(({ actual }) => (actual.includes(index) ? 1 : 0));
  let [actual, predicted, correct] = [0, 0, 0];
  for (const [at, score] of scores.entries()) {
    const [isThere, found] = [truths[at] === 1, score >= threshold];
    if (isThere) actual++;
    if (found) predicted++;
    if (isThere && found) correct++;
  }
  return {
    ...{ actual, predicted, correct },
    ...presentFigures({
      ap: rankedPrecision(scores, truths) ?? undefined,
      precision: ratio(correct, predicted),
      recall: ratio(correct, actual),
      f1: f1(actual, predicted, correct),
    }),
  };
}

/** Whether exactly the picture's classes are found. */
function isExact({ scores, actual }: JudgedPicture, threshold: number): boolean {
  const found = scores.reduce((sum, score) => sum + (score >= threshold ? 1 : 0), 0);
  return found === actual.length && actual.every((index) => scores[index]! >= threshold);
}

function f1(actual: number, predicted: number, correct: number): number | undefined {
  return ratio(2 * correct, actual + predicted);
}
