/** Training as a library, wherever it runs: a whole session, or its parts for a loop, a loss or data of one's own. */
export { type DataSet, type Pictures, somePictures } from "../data/pictures.ts";
export { type TrainedModel, writeTrainedModel } from "../formats/own-model.ts";
export type { MobileNetV2Architecture } from "../graph/architecture.ts";
export { cifarStrides } from "../models/mobilenet-v2.ts";
export { Random } from "../random.ts";
export type { CheckpointStore } from "./checkpoint.ts";
export type { Augmentation } from "./data/augment.ts";
export type { MixOptions } from "./data/mix.ts";
export { pictureSamples } from "./data/picture-samples.ts";
export type { Policy } from "./data/policy.ts";
export type { SamplePool, SampleRequest, SampleSet } from "./data/samples.ts";
export type { SampleOptions } from "./data/working-copy.ts";
export { evaluateNetwork, type NetworkEvaluation } from "./evaluate.ts";
export { type SplitGraph, splitGraph } from "./freeze.ts";
export { type Initialization, initialize } from "./initialize.ts";
export { type Loss, type LossInput, softmaxCrossEntropy } from "./loss.ts";
export {
  clearGradients,
  exportWeights,
  type ForwardMode,
  importWeights,
  type NetworkOptions,
  type NetworkSettings,
  type ParameterRole,
  type TrainedParameter,
  type TrainingNetwork,
} from "./network.ts";
export {
  type AdamwOptions,
  type DecayOptions,
  type OptimizerOptions,
  OptimizerState,
  type RmspropOptions,
  type SgdOptions,
} from "./optimizers.ts";
export { planTraining, type TrainingLayer, type TrainingPlan } from "./plan.ts";
export { type Recipe, type RecipeName, recipes } from "./recipes.ts";
export { createReferenceNetwork } from "./reference-network.ts";
export { type Decay, learningRate, type Schedule } from "./schedules.ts";
export { openSession, type Session, type SessionOptions } from "./session.ts";
export type {
  EpochEvent,
  SkippedEvent,
  StepEvent,
  TrainEvent,
  TrainOptions,
  TrainResult,
} from "./train-options.ts";
export { train } from "./trainer.ts";
export type { Precision, Values } from "./values.ts";
export { createWasmNetwork } from "./wasm/network.ts";
