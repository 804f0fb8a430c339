/** All that commands print with `--json`. */
import type { BatchOutput } from "./batch.ts";
import type { ExperimentOutput } from "./experiments.ts";
import type { FailedModel, ModelItems, ModelsListOutput } from "./hub.ts";
import type {
  BenchmarkOutput,
  InspectOutput,
  ProfileOutput,
  ProfileTableOutput,
} from "./measures.ts";
import type { SimilarOutput } from "./similar.ts";
import type { ConvertOutput, EvaluateOutput, QuantizeOutput, TrainOutput } from "./work.ts";

/** What is printed as one document; the verbs print item by item. */
export type JsonOutput =
  | BatchOutput
  | BenchmarkOutput
  | ConvertOutput
  | EvaluateOutput
  | ExperimentOutput
  | InspectOutput
  | ModelsListOutput
  | readonly (ModelItems[keyof ModelItems] | FailedModel<1>)[]
  | ProfileOutput
  | ProfileTableOutput
  | QuantizeOutput
  | SimilarOutput
  | TrainOutput;
