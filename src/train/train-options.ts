/** What a training run takes and what it says: options, events and the result. */
import {
  anyObject,
  anything,
  belowOne,
  callable,
  checkFields,
  checkSettings,
  having,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  oneOf,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn } from "../untrusted.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { MixOptions } from "./data/mix.ts";
import { checkSamples, type SampleSet } from "./data/samples.ts";
import type { NetworkEvaluation } from "./evaluate.ts";
import { isLoss, type Loss } from "./loss.ts";
import { checkNetwork, type TrainingNetwork } from "./network.ts";
import { checkOptimizer, type DecayOptions, type OptimizerOptions } from "./optimizers.ts";
import { checkSchedule, type Schedule } from "./schedules.ts";

/** How a run is kept, watched and stopped. */
type RunControl = Pick<
  TrainOptions,
  "clipNorm" | "patience" | "damaged" | "checkpoint" | "checkpointSteps" | "resume" | "signal"
>;

/** What a run is made of. */
export interface TrainOptions extends MixOptions {
  readonly network: TrainingNetwork;
  readonly training: SampleSet;
  /** Without it every epoch counts as the best so far. */
  readonly validation?: SampleSet | undefined;
  readonly epochs: number;
  readonly optimizer: OptimizerOptions & DecayOptions;
  readonly schedule: Schedule;
  readonly seed: number;
  /** Augmented versions of each sample, which come again and again; absent for new ones every epoch. */
  readonly views?: number | undefined;
  /** What gradients are taken of. Default: softmax cross entropy. */
  readonly loss?: Loss | undefined;
  /** Passes of the network's batch whose gradients are averaged into one step. Default 1. */
  readonly accumulate?: number | undefined;
  /** The largest norm of all gradients together; absent for any. */
  readonly clipNorm?: number | undefined;
  /** Decay of the weights' moving average, which is then what is evaluated and kept; 0 for none. */
  readonly averageDecay?: number | undefined;
  /** Epochs without a better evaluation after which the run ends; absent for never. */
  readonly patience?: number | undefined;
  /** Default: a damaged picture is reported and left out. */
  readonly damaged?: "skip" | "stop" | undefined;
  readonly checkpoint?: CheckpointStore | undefined;
  /** Also after so many steps, besides every epoch. */
  readonly checkpointSteps?: number | undefined;
  /** Go on from the checkpoint, if there is one. */
  readonly resume?: boolean | undefined;
  /** What else a resumed run must share, such as the augmentation; compared as JSON. */
  readonly settings?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** One optimizer step. */
export interface StepEvent {
  readonly kind: "step";
  readonly epoch: number;
  readonly epochs: number;
  /** In the epoch, from 1 on, and how many the epoch has. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** Of the epoch's samples so far, as they were while the weights changed. */
  readonly accuracy: number;
  readonly learningRate: number;
  readonly samples: number;
}

/** The end of an epoch; the first is 1. */
export interface EpochEvent {
  readonly kind: "epoch";
  readonly epoch: number;
  readonly epochs: number;
  readonly trainingLoss: number;
  /** Of the augmented samples, as they were while the weights changed. */
  readonly trainingAccuracy: number;
  /** Absent where no validation picture was there or could be read. */
  readonly validation: NetworkEvaluation | undefined;
  /**
   * Whether all earlier epochs were less accurate, or as accurate with a greater loss; true where this
   * one was not evaluated.
   */
  readonly best: boolean;
  /** The best epoch's weights and statistics. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** A picture that could not be read and is left out; told when a run first meets it. */
export interface SkippedEvent {
  readonly kind: "skipped";
  readonly name: string;
  readonly error: string;
}

/** What a run yields. */
export type TrainEvent = StepEvent | EpochEvent | SkippedEvent;

/** What a run returns. */
export interface TrainResult {
  /** The best epoch's weights and statistics by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly bestEpoch: number;
  /** Absent where nothing was evaluated. */
  readonly bestAccuracy: number | undefined;
  /** Why it ended. */
  readonly reason: "epochs" | "patience";
}

const checkpointKind: Kind = having(
  { load: needed(callable), save: needed(callable) },
  "a store with functions load and save, such as fileCheckpoint gives",
);

/** How a run is resumed, watched and stopped: what a session takes as well. */
export const runKinds: Kinds<RunControl> = {
  clipNorm: {
    expected: "a number above 0",
    fits: (norm) => isNumberIn(norm, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  },
  patience: wholeFrom(1),
  damaged: oneOf("skip", "stop"),
  checkpoint: checkpointKind,
  checkpointSteps: wholeFrom(1),
  resume: truthValue,
  signal: anything,
};

const optionKinds: Kinds<TrainOptions> = {
  ...runKinds,
  network: needed(anyObject),
  training: needed(anyObject),
  validation: anyObject,
  epochs: needed(wholeFrom(1)),
  optimizer: needed(anyObject),
  schedule: needed(anyObject),
  seed: needed(wholeFrom(0)),
  views: wholeFrom(1),
  loss: { expected: "a loss, such as softmaxCrossEntropy gives", fits: isLoss },
  accumulate: wholeFrom(1),
  averageDecay: belowOne,
  mixup: numberFrom(0),
  cutmix: numberFrom(0),
  settings: anything,
};

/**
 * Refuses options that nobody reads and numbers that make no sense, by name.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkTrainOptions(options: TrainOptions): void {
  checkSettings(options, optionKinds, "train");
  const { network, training, validation, optimizer, schedule, signal } = options;
  throwIfAborted(signal);
  checkNetwork(network, "train");
  checkSamples(training, "train");
  if (validation !== undefined) checkSamples(validation, "train");
  checkFields(training, { count: wholeFrom(1) }, "the training data");
  checkOptimizer(optimizer);
  checkSchedule(schedule);
}
