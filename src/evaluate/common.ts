/** What both entries export of evaluation: everything but the readers of datasets on a disk. */
export type {
  ClassifiedSample,
  ClassMask,
  DetectedSample,
  MultiLabelSample,
  Sample,
  SegmentedSample,
  TrueObject,
} from "../data/samples.ts";
export {
  type AveragePrecision,
  type AveragePrecisionOptions,
  averagePrecision,
  type ClassAveragePrecision,
  type DetectionImage,
  type DetectionScores,
  type PrecisionRecall,
} from "./average-precision.ts";
export {
  type ActivationMap,
  classActivation,
  overlayActivation,
  type PooledHead,
  pooledHead,
} from "./class-activation.ts";
export {
  type ClassScore,
  type Confusion,
  type ConfusionMatrix,
  classScores,
  confusionMatrix,
  type Judgement,
  meanIou,
} from "./confusion.ts";
export {
  type ClassifierEvaluation,
  type ClassifierScores,
  type EvaluateClassifierOptions,
  evaluateClassifier,
} from "./evaluate-classifier.ts";
export {
  type DetectorEvaluation,
  type DetectorScores,
  type EvaluateDetectorOptions,
  evaluateDetector,
} from "./evaluate-detector.ts";
export {
  type EvaluateMultiLabelOptions,
  evaluateMultiLabel,
  type MultiLabelEvaluation,
  type MultiLabelScores,
} from "./evaluate-multi-label.ts";
export {
  type EvaluateSegmenterOptions,
  evaluateSegmenter,
  type SegmenterEvaluation,
  type SegmenterScores,
} from "./evaluate-segmenter.ts";
export { type Evaluation, evaluationPlots } from "./evaluators.ts";
export type { ScoredBox } from "./match-boxes.ts";
export type { MultiLabelClassScore, MultiLabelFigures } from "./multi-label-figures.ts";
export { type Outcome, type Reliability, type ReliabilityBin, reliability } from "./reliability.ts";
export type {
  EvaluateOptions,
  EvaluationProgress,
  Samples,
  SkippedSample,
  Throughput,
} from "./run-samples.ts";
