/**
 * A classifier that scores each class by itself, against pictures that have several classes, one or
 * none: how well each class's pictures come before all others, whatever score is taken for yes, and how
 * often yes and no are right where a score of at least the threshold is a yes.
 */
import { checkFields, numberFrom } from "../check-fields.ts";
import { checkClass, requireTranslated, translateClasses } from "../data/class-names.ts";
import type { MultiLabelSample } from "../data/samples.ts";
import { MobileNetError } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { Classifier, ClassifyOptions } from "../tasks/classifier.ts";
import { checkLoaded } from "../tasks/loaded-model.ts";
import { wrongArgument } from "../wrong-argument.ts";
import { presentFigures, ratio } from "./confusion.ts";
import {
  type JudgedPicture,
  type MultiLabelAnswer,
  type MultiLabelFigures,
  multiLabelFigures,
} from "./multi-label-figures.ts";
import {
  createStopwatch,
  type EvaluateOptions,
  evaluateOptionNames,
  type RunReport,
  runSamples,
  type Samples,
  type SkippedSample,
  type Throughput,
} from "./run-samples.ts";

/** How good one classifier of several labels is. */
export interface MultiLabelScores extends MultiLabelFigures {
  readonly model: string;
  readonly throughput: Throughput;
}

/** The outcome of `evaluateMultiLabel`. */
export interface MultiLabelEvaluation extends MultiLabelScores {
  readonly task: "multi-label";
  /** Pictures that were judged. */
  readonly images: number;
  /** The score from which on a class is found. */
  readonly threshold: number;
  readonly skipped: SkippedSample[];
  /**
   * The second model on the same pictures, and how often both say the same, yes or no, of a picture and
   * a class that both know.
   */
  readonly comparison?: MultiLabelScores & { readonly agreement?: number };
}

export interface EvaluateMultiLabelOptions<Input> extends EvaluateOptions {
  /** The score from which on a class is found, 0 to 1. Default: 0.5. */
  readonly threshold?: number | undefined;
  /** A second model with classes of the same names, say an 8-bit one. */
  readonly compare?: Classifier<Input> | undefined;
}

const optionNames: OptionNames<EvaluateMultiLabelOptions<unknown>> = {
  ...evaluateOptionNames,
  threshold: true,
  compare: true,
};

/**
 * Evaluates a classifier that scores each class by itself (`multiLabel`), by pictures of which each may
 * have several classes or none.
 *
 * @throws MobileNetError `invalid-argument` where a model's classes exclude each other, a sample's class
 *   is none of the model's, or no picture could be read; `aborted`; under `stop` whatever a bad picture
 *   throws.
 *
 * @example
 * ```ts
 * const shape = { width: 0.1, resolution: 32, classes: 2, scores: "sigmoid" };
 * const preprocess = { width: 32, height: 32, fit: { kind: "stretch" }, centers: "half-pixel",
 *   scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] };
 * const model = { name: "tags", task: "classify", multiLabel: true, labels: ["cat", "indoors"],
 *   graph: withRandomWeights(mobilenetV2(shape)), preprocess };
 * const classifier = await loadClassifier(model);
 * const read = () => ({ width: 8, height: 8, data: new Uint8Array(192) });
 * const samples = [
 *   { name: "a cat indoors", classIndices: [0, 1], read },
 *   { name: "a cat", classIndices: [0], read },
 * ];
 * // Every score is at least 0, so that both classes are found in both pictures.
 * const found = await evaluateMultiLabel(classifier, samples, { threshold: 0 });
 * [found.exactMatch, found.classes[1].precision, found.microF1 === 6 / 7]; // [0.5, 0.5, true]
 * classifier.dispose();
 * ```
 */
export async function evaluateMultiLabel<Input>(
  classifier: Classifier<Input>,
  samples: Samples<MultiLabelSample<Input>>,
  options: EvaluateMultiLabelOptions<Input> = {},
): Promise<MultiLabelEvaluation> {
  checkOptions(options, optionNames, "evaluateMultiLabel");
  checkFields(options, { threshold: numberFrom(0, 1) }, "evaluateMultiLabel");
  const { compare, threshold = 0.5, signal } = options;
  for (const model of compare ? [classifier, compare] : [classifier]) checkMultiLabel(model);
  const call = { ...pickLimits(options), signal };
  const first = createTally(classifier, threshold, call);
  const second = compare && createTally(compare, threshold, call);
  const translation = compare && translateClasses(classifier.labels, compare.labels);
  let [agreed, judged] = [0, 0];
  const report = await runSamples(samples, options, async (sample, image: Input) => {
    const actual = classesOf(sample, classifier.labels);
    const there =
      translation &&
      actual.map((index) => {
        const label = classifier.labels[index];
        return requireTranslated(translation[index], { label, second: compare!.name });
      });
    const answer = await first.predict(image);
    const other = await second?.predict(image);
    first.add(actual, answer);
    if (second === undefined || other === undefined) return;
    second.add(there!, other);
    for (const [index, place] of translation!.entries()) {
      if (place === undefined) continue;
      judged++;
      if (answer.scores[index]! >= threshold === other.scores[place]! >= threshold) agreed++;
    }
  });
  return {
    task: "multi-label",
    images: report.images,
    threshold,
    ...first.scores(report),
    skipped: report.skipped,
    ...(second === undefined
      ? {}
      : {
          comparison: {
            ...presentFigures({ agreement: ratio(agreed, judged) }),
            ...second.scores(report),
          },
        }),
  };
}

function checkMultiLabel(model: Classifier<never>): void {
  checkLoaded(model, "classify", "evaluateMultiLabel");
  if (model.multiLabel) return;
  throw new MobileNetError("invalid-argument", "the classes of a model exclude each other", {
    node: model.name,
    expected: "a classifier that scores each class by itself (multiLabel: true)",
    remedy: "Evaluate it with evaluateClassifier, on pictures of one class each.",
  });
}

/** A sample's classes, each once. */
function classesOf<Input>(
  sample: MultiLabelSample<Input>,
  labels: readonly string[],
): readonly number[] {
  const { name, classIndices } = sample;
  if (!Array.isArray(classIndices)) {
    const expected = "samples with classIndices, a list of the model's classes";
    throw wrongArgument("evaluateMultiLabel", expected, sample);
  }
  for (const index of classIndices) checkClass(index, labels, name);
  return [...new Set(classIndices)];
}

interface Tally<Input> {
  predict(image: Input): Promise<MultiLabelAnswer>;
  add(actual: readonly number[], answer: MultiLabelAnswer): void;
  scores(report: RunReport): MultiLabelScores;
}

function createTally<Input>(
  { name, labels, classify }: Classifier<Input>,
  threshold: number,
  call: ClassifyOptions,
): Tally<Input> {
  const judged: JudgedPicture[] = [];
  const stopwatch = createStopwatch();
  return {
    async predict(image) {
      const found = await stopwatch.time(() => classify(image, { ...call, topK: labels.length }));
      const scores = new Float32Array(labels.length);
      for (const { index, score } of found) scores[index] = score;
      return { scores, best: found[0]?.index };
    },
    add: (actual, answer) => judged.push({ ...answer, actual }),
    scores: (report) => ({
      model: name,
      ...multiLabelFigures(judged, { labels, threshold }),
      throughput: stopwatch.throughput(report),
    }),
  };
}
