/** The table of evaluators: how a model of each task is judged, and how its scores are drawn. */
import { having, itemsOf, needed, oneOf, plainText } from "../check-fields.ts";
import type { ClassifiedSample, DetectedSample, SegmentedSample } from "../data/samples.ts";
import type { HeadTask } from "../models/model.ts";
import type { Loaded } from "../tasks/tasks.ts";
import { wrongArgument } from "../wrong-argument.ts";
import {
  type ClassifierEvaluation,
  type ClassifierScores,
  type EvaluateClassifierOptions,
  evaluateClassifier,
} from "./evaluate-classifier.ts";
import {
  type DetectorEvaluation,
  type DetectorScores,
  type EvaluateDetectorOptions,
  evaluateDetector,
} from "./evaluate-detector.ts";
import {
  type EvaluateSegmenterOptions,
  evaluateSegmenter,
  type SegmenterEvaluation,
  type SegmenterScores,
} from "./evaluate-segmenter.ts";
import { type Plots, plotClassifier, plotDetector, plotSegmenter } from "./plots.ts";
import type { Samples } from "./run-samples.ts";

/** The types of each task's evaluation. */
export interface EvaluationTypes<Input> {
  readonly classify: {
    readonly sample: ClassifiedSample<Input>;
    readonly options: EvaluateClassifierOptions<Input>;
    readonly scores: ClassifierScores;
    readonly evaluation: ClassifierEvaluation;
  };
  readonly detect: {
    readonly sample: DetectedSample<Input>;
    readonly options: EvaluateDetectorOptions<Input>;
    readonly scores: DetectorScores;
    readonly evaluation: DetectorEvaluation;
  };
  readonly segment: {
    readonly sample: SegmentedSample<Input>;
    readonly options: EvaluateSegmenterOptions<Input>;
    readonly scores: SegmenterScores;
    readonly evaluation: SegmenterEvaluation;
  };
}

/** The outcome of a task's evaluation. */
export type EvaluationOf<T extends HeadTask> = EvaluationTypes<never>[T]["evaluation"];

/** What any of the evaluators gives. */
export type Evaluation = ClassifierEvaluation | DetectorEvaluation | SegmenterEvaluation;

/** One model's scores. */
export type ScoresOf<T extends HeadTask> = EvaluationTypes<never>[T]["scores"];

/** How a model of one task is judged. */
interface Evaluator<T extends HeadTask> {
  evaluate<Input>(
    model: Loaded<T, Input>,
    samples: Samples<EvaluationTypes<Input>[T]["sample"]>,
    options?: EvaluationTypes<Input>[T]["options"],
  ): Promise<EvaluationOf<T>>;
  readonly plot: (scores: ScoresOf<T>) => Plots;
}

/** An evaluator for each task. */
export const evaluators: { readonly [T in HeadTask]: Evaluator<T> } = {
  classify: { evaluate: evaluateClassifier, plot: plotClassifier },
  detect: { evaluate: evaluateDetector, plot: plotDetector },
  segment: { evaluate: evaluateSegmenter, plot: plotSegmenter },
};

const evaluationKind = having(
  {
    task: needed(oneOf(...Object.keys(evaluators))),
    classes: needed(itemsOf(having({ label: needed(plainText) }, ""), "")),
  },
  "an evaluation, as evaluateClassifier and the others give",
);

/**
 * Draws an evaluation: confusion and reliability of a classifier, intersection over union of a
 * segmenter's classes, average precision of a detector's classes and its precision-recall curves.
 * Colours follow the reader's preference of light or dark.
 *
 * @returns SVG by file name; those of the second model end in `-compared.svg`
 *
 * @example
 * ```ts
 * const image = { width: 8, height: 8, data: new Uint8Array(192) };
 * const segmenter = await loadSegmenter("deeplabv3-voc");
 * const mask = await segmenter.segment(image);
 * const samples = [{ name: "black", read: () => image, readMask: () => mask }];
 * const plots = evaluationPlots(await evaluateSegmenter(segmenter, samples));
 * [...plots.keys()]; // ["class-iou.svg"]
 * segmenter.dispose();
 * ```
 */
export function evaluationPlots(evaluation: Evaluation): Map<string, string> {
  if (!evaluationKind.fits(evaluation)) {
    throw wrongArgument("evaluationPlots", evaluationKind.expected, evaluation);
  }
  const { task, comparison } = evaluation;
  const second = comparison === undefined ? [] : plotScores(task, comparison);
  const compared = second.map(
    ([file, svg]) => [file.replace(".svg", "-compared.svg"), svg] as const,
  );
  return new Map([...plotScores(task, evaluation), ...compared]);
}

function plotScores<T extends HeadTask>(task: T, scores: ScoresOf<T>): Plots {
  return evaluators[task].plot(scores);
}
