/**
 * A classifier against labelled pictures: how often the best class, or one of the best five, is the
 * right one, what is taken for what, and whether the probabilities can be believed.
 */
import { checkClass, requireTranslated, translateClasses } from "../data/class-names.ts";
import type { ClassifiedSample } from "../data/samples.ts";
import { MobileNetError } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { Classifier, ClassifyOptions, ClassPrediction } from "../tasks/classifier.ts";
import { checkLoaded } from "../tasks/loaded-model.ts";
import {
  addJudgement,
  type ClassScore,
  type Confusion,
  classScores,
  confusionMatrix,
  confusions,
  mean,
} from "./confusion.ts";
import { type Outcome, type Reliability, reliability } from "./reliability.ts";
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

/** How good one classifier is. */
export interface ClassifierScores {
  readonly model: string;
  /** The share of images whose best class is right, 0 to 1. */
  readonly top1: number;
  /** The share of images with the right class among the best five. */
  readonly top5: number;
  /** The mean of the classes' recalls: top-1 as if every class had as many images. */
  readonly meanRecall: number;
  /** Classes that occur or were predicted. */
  readonly classes: ClassScore[];
  /** Mistakes, the most frequent first. */
  readonly confusions: Confusion[];
  readonly reliability: Reliability;
  readonly throughput: Throughput;
}

/** The outcome of `evaluateClassifier`. */
export interface ClassifierEvaluation extends ClassifierScores {
  readonly task: "classify";
  /** Pictures that were judged. */
  readonly images: number;
  readonly skipped: SkippedSample[];
  /** The second model on the same pictures, and the share for which both name the same class. */
  readonly comparison?: ClassifierScores & { readonly agreement: number };
}

export interface EvaluateClassifierOptions<Input> extends EvaluateOptions {
  /** A second model with classes of the same names, say an 8-bit one. */
  readonly compare?: Classifier<Input> | undefined;
}

const optionNames: OptionNames<EvaluateClassifierOptions<unknown>> = {
  ...evaluateOptionNames,
  compare: true,
};

/**
 * Evaluates a classifier.
 *
 * @throws MobileNetError `invalid-argument` where a sample's class is none of the model's, or no
 *   picture could be read; `aborted`; under `stop` whatever a bad picture throws.
 *
 * @example
 * ```ts
 * const classifier = await loadClassifier("nsfw");
 * const classIndex = classifier.labels.indexOf("Neutral");
 * const samples = ["coffee.png", "chelsea.png"].map((name) => ({
 *   name, classIndex, read: () => readFile(`examples/images/${name}`),
 * }));
 * const { images, top5 } = await evaluateClassifier(classifier, samples);
 * [images, top5]; // [2, 1]
 * classifier.dispose();
 * ```
 */
export async function evaluateClassifier<Input>(
  classifier: Classifier<Input>,
  samples: Samples<ClassifiedSample<Input>>,
  options: EvaluateClassifierOptions<Input> = {},
): Promise<ClassifierEvaluation> {
  checkOptions(options, optionNames, "evaluateClassifier");
  const { compare, signal } = options;
  for (const model of compare ? [classifier, compare] : [classifier])
    checkLoaded(model, "classify", "evaluateClassifier");
  const call = { topK: 5, ...pickLimits(options), signal };
  const first = createTally(classifier, call);
  const second = compare && createTally(compare, call);
  const translation = compare && translateClasses(classifier.labels, compare.labels);
  let agreed = 0;
  const report = await runSamples(samples, options, async (sample, image: Input) => {
    const { name, classIndex } = sample;
    checkClass(classIndex, classifier.labels, name);
    const there =
      translation &&
      requireTranslated(translation[classIndex], {
        label: classifier.labels[classIndex],
        second: compare!.name,
      });
    const predictions = await first.predict(image);
    const others = await second?.predict(image);
    first.add(classIndex, predictions);
    if (second === undefined || others === undefined) return;
    second.add(there!, others);
    if (translation![predictions[0]!.index] === others[0]!.index) agreed++;
  });
  return {
    task: "classify",
    images: report.images,
    ...first.scores(report),
    skipped: report.skipped,
    ...(second === undefined
      ? {}
      : { comparison: { agreement: agreed / report.images, ...second.scores(report) } }),
  };
}

/** The best classes of a picture, of which there is at least one. */
type Ranking = readonly Pick<ClassPrediction, "index" | "score">[];

interface Tally<Input> {
  predict(image: Input): Promise<Ranking>;
  add(actual: number, ranking: Ranking): void;
  scores(report: RunReport): ClassifierScores;
}

function createTally<Input>(
  { name, labels, classify }: Classifier<Input>,
  call: ClassifyOptions,
): Tally<Input> {
  const matrix = confusionMatrix([], labels.length);
  const outcomes: Outcome[] = [];
  const stopwatch = createStopwatch();
  let [top1, top5] = [0, 0];
  return {
    async predict(image) {
      const ranking = await stopwatch.time(() => classify(image, call));
      if (ranking.length > 0) return ranking;
      throw new MobileNetError("invalid-model", "the model gives no class any probability", {
        node: name,
      });
    },
    add(actual, ranking) {
      const best = ranking[0]!;
      const correct = best.index === actual;
      if (correct) top1++;
      if (ranking.some(({ index }) => index === actual)) top5++;
      addJudgement(matrix, { actual, predicted: best.index });
      outcomes.push({ score: best.score, correct });
    },
    scores(report) {
      const classes = classScores(matrix, labels);
      return {
        model: name,
        top1: top1 / report.images,
        top5: top5 / report.images,
        meanRecall: mean(classes.map(({ recall }) => recall)) ?? 0,
        classes,
        confusions: confusions(matrix),
        reliability: reliability(outcomes),
        throughput: stopwatch.throughput(report),
      };
    },
  };
}
