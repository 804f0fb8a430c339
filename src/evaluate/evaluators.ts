/** The table of evaluators: how a model of each task is judged, and how its scores are drawn. */
import { having, itemsOf, needed, oneOf, plainText } from "../check-fields.ts";
import type {
  ClassifiedSample,
  DetectedSample,
  MultiLabelSample,
  SegmentedSample,
} from "../data/samples.ts";
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
  type EvaluateMultiLabelOptions,
  evaluateMultiLabel,
  type MultiLabelEvaluation,
  type MultiLabelScores,
} from "./evaluate-multi-label.ts";
import {
  type EvaluateSegmenterOptions,
  evaluateSegmenter,
  type SegmenterEvaluation,
  type SegmenterScores,
} from "./evaluate-segmenter.ts";
import {
  type Plots,
  plotClassifier,
  plotDetector,
  plotMultiLabel,
  plotSegmenter,
} from "./plots.ts";
import type { Samples } from "./run-samples.ts";

/** What is judged in a way of its own: each task, and classifiers that score each class by itself. */
export type EvaluationTask = HeadTask | "multi-label";

/** The types of each task's evaluation. */
export interface EvaluationTypes<Input> {
  readonly classify: {
    readonly model: Loaded<"classify", Input>;
    readonly sample: ClassifiedSample<Input>;
    readonly options: EvaluateClassifierOptions<Input>;
    readonly scores: ClassifierScores;
    readonly evaluation: ClassifierEvaluation;
  };
  readonly "multi-label": {
    readonly model: Loaded<"classify", Input>;
    readonly sample: MultiLabelSample<Input>;
    readonly options: EvaluateMultiLabelOptions<Input>;
    readonly scores: MultiLabelScores;
    readonly evaluation: MultiLabelEvaluation;
  };
  readonly detect: {
    readonly model: Loaded<"detect", Input>;
    readonly sample: DetectedSample<Input>;
    readonly options: EvaluateDetectorOptions<Input>;
    readonly scores: DetectorScores;
    readonly evaluation: DetectorEvaluation;
  };
  readonly segment: {
    readonly model: Loaded<"segment", Input>;
    readonly sample: SegmentedSample<Input>;
    readonly options: EvaluateSegmenterOptions<Input>;
    readonly scores: SegmenterScores;
    readonly evaluation: SegmenterEvaluation;
  };
}

/** The outcome of a task's evaluation. */
export type EvaluationOf<T extends EvaluationTask> = EvaluationTypes<never>[T]["evaluation"];

/** What any of the evaluators gives. */
export type Evaluation =
  | ClassifierEvaluation
  | MultiLabelEvaluation
  | DetectorEvaluation
  | SegmenterEvaluation;

/** One model's scores. */
export type ScoresOf<T extends EvaluationTask> = EvaluationTypes<never>[T]["scores"];

/** How a model of one task is judged. */
interface Evaluator<T extends EvaluationTask> {
  evaluate<Input>(
    model: EvaluationTypes<Input>[T]["model"],
    samples: Samples<EvaluationTypes<Input>[T]["sample"]>,
    options?: EvaluationTypes<Input>[T]["options"],
  ): Promise<EvaluationOf<T>>;
  readonly plot: (scores: ScoresOf<T>) => Plots;
}

/** An evaluator for each task. */
export const evaluators: { readonly [T in EvaluationTask]: Evaluator<T> } = {
  classify: { evaluate: evaluateClassifier, plot: plotClassifier },
  "multi-label": { evaluate: evaluateMultiLabel, plot: plotMultiLabel },
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
 * Draws an evaluation: confusion and reliability of a classifier, average precision of the classes of
 * one that scores each by itself, intersection over union of a segmenter's classes, average precision of
 * a detector's classes and its precision-recall curves.
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

function plotScores<T extends EvaluationTask>(task: T, scores: ScoresOf<T>): Plots {
  return evaluators[task].plot(scores);
}
