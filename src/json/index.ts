/**
 * The entry `mobilenetv2/json`: types of what the command line prints with `--json`, and of what its
 * server answers. Both print values of these types, and the JSON Schemas of the package
 * (`mobilenetv2/schemas/NAME.vN.json`) are made of them. A type carries its version, `schemaVersion`; whoever changes what it says raises it, and the
 * build sees to that.
 */

export type { Verb } from "../tasks/task-names.ts";
export type { BatchedEmbedding, BatchItems, BatchLine, BatchOutput } from "./batch.ts";
export type { ExperimentOutput, ListedExperiment } from "./experiments.ts";
export type {
  ExportedFile,
  ExportedFiles,
  FailedModel,
  ListedModel,
  ListedWeights,
  ModelPath,
  ModelsExportOutput,
  ModelsListOutput,
  ModelsPathOutput,
  ModelsPullOutput,
  ModelsRemoveOutput,
  ModelsVerifyOutput,
  PulledModel,
  RemovedModel,
  VerifiedModel,
} from "./hub.ts";
export type {
  BenchmarkOutput,
  InspectedModel,
  InspectOutput,
  LayerTiming,
  Measurement,
  PictureTiming,
  ProfiledNetwork,
  ProfileOutput,
  ProfileTableOutput,
  TimedPicture,
  Timing,
} from "./measures.ts";
export type {
  ClassifiedPicture,
  ClassifyOutput,
  DetectedPicture,
  DetectOutput,
  EmbeddedPicture,
  EmbedOutput,
  FailedPicture,
  PictureItems,
  SegmentedPicture,
  SegmentOutput,
  WithAssumptions,
} from "./pictures.ts";
export type {
  ServedItems,
  ServedModel,
  ServedSegmentation,
  ServeModelsOutput,
  ServeSegmentOutput,
} from "./serve.ts";
export type {
  ComparedPictures,
  GroupedPicture,
  LeftOutPicture,
  NeighbourPicture,
  PictureGroups,
  PictureNeighbours,
  SimilarOutput,
} from "./similar.ts";
export type {
  ChosenSettings,
  ConvertOutput,
  EpochMetrics,
  EvaluatedClassifier,
  EvaluatedDetector,
  EvaluatedMultiLabel,
  EvaluatedSegmenter,
  EvaluateOutput,
  EvaluationFacts,
  QuantizedPart,
  QuantizeOutput,
  TakenAnnotations,
  TestPart,
  TrainedPictures,
  TrainedRun,
  TrainOutput,
} from "./work.ts";
