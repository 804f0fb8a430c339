/** Training as a library, wherever it runs: a whole session, or its parts for a loop, a loss or data of one's own. */
export { keepMasks } from "../data/kept-masks.ts";
export { type DataSet, type Pictures, somePictures, type TargetFile } from "../data/pictures.ts";
export type { MaskLabel } from "../data/samples.ts";
export { type TrainedModel, writeTrainedModel } from "../formats/own-model.ts";
export type { MobileNetV2Architecture } from "../graph/architecture.ts";
export type { Op, ParameterRole } from "../graph/ir.ts";
export { cifarStrides } from "../models/mobilenet-v2.ts";
export { ssdliteDetection } from "../models/ssdlite.ts";
export type { WeightScales } from "../quantize/affine.ts";
export { Random } from "../random.ts";
export type { SegmenterChoice } from "./base-segmenter.ts";
export type { CheckpointStore } from "./checkpoint.ts";
export type { Augmentation } from "./data/augment.ts";
export type { AxisMap, Geometry } from "./data/geometry.ts";

export type { MixOptions } from "./data/mix.ts";
export { pictureSamples } from "./data/picture-samples.ts";
export type { Policy } from "./data/policy.ts";
export type { SamplePool, SampleRequest, SampleSet } from "./data/samples.ts";
export type { SampleOptions } from "./data/working-copy.ts";
export { evaluateNetwork } from "./evaluate.ts";
export { floatNetwork } from "./float-network.ts";
export { type SplitGraph, splitGraph } from "./freeze.ts";
export { type Initialization, initialize } from "./initialize.ts";
export {
  clearGradients,
  exportWeights,
  type ForwardMode,
  importWeights,
  type NetworkOptions,
  type NetworkSettings,
  type Outputs,
  type TrainedParameter,
  type TrainingNetwork,
} from "./network.ts";
export {
  inverseFrequencyWeights,
  type MaskCounting,
  medianFrequencyWeights,
} from "./objectives/class-weights.ts";
export {
  type ClassificationOptions,
  type ClassifierTrainingEvaluation,
  type ClassTarget,
  classification,
} from "./objectives/classification.ts";
export { type DetectionTarget, detection } from "./objectives/detection.ts";
export type {
  DetectedClass,
  DetectorTrainingEvaluation,
} from "./objectives/detection-evaluation.ts";
export type { ClassLoss } from "./objectives/detection-loss.ts";
export type { DetectionObjectiveOptions } from "./objectives/detection-options.ts";
export {
  type MultiLabelOptions,
  type MultiLabelTrainingEvaluation,
  multiLabelClassification,
} from "./objectives/multi-label.ts";
export type {
  EvaluationSum,
  LabelledSample,
  NetworkEvaluation,
  Objective,
  ObjectiveBatch,
  PreparedObjective,
} from "./objectives/objective.ts";
export { expectRareObjects } from "./objectives/rare-objects.ts";
export {
  type SegmentationOptions,
  type SegmentationTarget,
  type SegmenterTrainingEvaluation,
  segmentation,
} from "./objectives/segmentation.ts";
export {
  type AdamwOptions,
  type DecayOptions,
  type OptimizerOptions,
  OptimizerState,
  type RmspropOptions,
  type SgdOptions,
} from "./optimizers.ts";
export {
  type DropoutNode,
  type FakeQuantizeNode,
  type OperationOf,
  type PlannedOperation,
  type PlannedOutput,
  planTraining,
  type QuantizationSimulation,
  type RoundedLayer,
  type TrainedNode,
  type TrainedNodeOf,
  type TrainedOp,
  type TrainingPlan,
  type UntrainedOp,
} from "./plan.ts";
export type { QuantizeAware } from "./quantize-aware.ts";
export { type Recipe, type RecipeName, recipes } from "./recipes.ts";
export { createReferenceNetwork } from "./reference-network.ts";
export {
  doRound,
  doShard,
  type Round,
  type RoundPart,
  type RoundRun,
  type RoundsOptions,
  trainInRounds,
} from "./rounds.ts";
export { type Decay, learningRate, type Schedule } from "./schedules.ts";
export { openSession, type Session, type SessionOptions } from "./session.ts";
export type { TrainingTask, TrainingTypes } from "./session-tasks.ts";
export type { StepMemory } from "./step-memory.ts";
export type {
  EpochEvent,
  ExchangeStep,
  GradientExchange,
  Shard,
  SkippedEvent,
  StepEvent,
  TrainEvent,
  TrainOptions,
  TrainResult,
} from "./train-options.ts";
export { train } from "./trainer.ts";
export type { Precision, Values } from "./values.ts";
export { createWasmNetwork } from "./wasm/network.ts";
