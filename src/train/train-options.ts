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
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { fieldsOf } from "../wrong-argument.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { MixOptions } from "./data/mix.ts";
import { checkSamples, type SampleSet } from "./data/samples.ts";
import { checkNetwork, type TrainingNetwork } from "./network.ts";
import type { ClassifierTrainingEvaluation } from "./objectives/classification.ts";
import { isObjective, type NetworkEvaluation, type Objective } from "./objectives/objective.ts";
import { checkOptimizer, type DecayOptions, type OptimizerOptions } from "./optimizers.ts";
import { checkSchedule, type Schedule } from "./schedules.ts";
import type { Values } from "./values.ts";

/** How a run is kept, watched and stopped. */
type RunControl = Pick<
  TrainOptions,
  | "clipNorm"
  | "patience"
  | "damaged"
  | "checkpoint"
  | "checkpointSteps"
  | "checkpointMinutes"
  | "resume"
  | "shard"
  | "exchange"
  | "localSteps"
  | "signal"
>;

/** Which part of each step's samples a process takes, of several that train the same network. */
export interface Shard {
  /** From 0 on. */
  readonly index: number;
  readonly count: number;
}

/** What there is at a step's exchange besides gradients. */
export interface ExchangeStep {
  /** The epoch from 1 on, and the step in it from 1 on: the same in every shard. */
  readonly epoch: number;
  readonly step: number;
  /** How many of this shard's samples could be read. */
  readonly samples: number;
  /**
   * The moving statistics of batch norms by name, the network's own memory. Where batch norms are
   * trained, each shard's are of its own samples until they are averaged as well.
   */
  readonly statistics: ReadonlyMap<string, Values>;
}

/**
 * Replaces a shard's gradients by those that all shards step with, mostly their mean, in place.
 *
 * @param gradients - The mean over this shard's samples, by parameter; the network's own memory.
 */
export type GradientExchange = (
  gradients: ReadonlyMap<string, Values>,
  step: ExchangeStep,
) => Promise<void> | void;

/** What a run is made of. */
export interface TrainOptions<
  Label = number,
  Target = unknown,
  Evaluation extends NetworkEvaluation = ClassifierTrainingEvaluation,
> extends MixOptions {
  readonly network: TrainingNetwork;
  readonly training: SampleSet<Label>;
  /** Without it every epoch counts as the best so far. */
  readonly validation?: SampleSet<Label> | undefined;
  readonly epochs: number;
  readonly optimizer: OptimizerOptions & DecayOptions;
  readonly schedule: Schedule;
  readonly seed: number;
  /** Augmented versions of each sample, which come again and again; absent for new ones every epoch. */
  readonly views?: number | undefined;
  /** What is learnt: targets, loss and evaluation, such as `classification()`. */
  readonly objective: Objective<Label, Target, Evaluation>;
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
  /** Also after so many minutes, at the end of the step that is under way then; besides every epoch. */
  readonly checkpointMinutes?: number | undefined;
  /** Go on from the checkpoint, if there is one. */
  readonly resume?: boolean | undefined;
  /**
   * Trains on a part of each step's samples, where others train the same network on the rest: a step has
   * `network.batch × accumulate × count` samples of the epoch's order, and shard `index` takes the
   * `index`-th part. Every shard evaluates all of `validation`. Default: `{ index: 0, count: 1 }`.
   */
  readonly shard?: Shard | undefined;
  /**
   * Is waited for before gradients are clipped and the optimizer steps. Shards whose gradients become
   * the mean of all, added in the order of the shards and then divided by their number, train the same
   * network to the same bits; with frozen batch norms and `accumulate` 1 to those of one process with
   * `accumulate` set to `count`. A shard that fails does not tell the others: end them by their `signal`.
   */
  readonly exchange?: GradientExchange | undefined;
  /**
   * Makes the run one round of many (local SGD): it goes on from the checkpoint, takes so many steps of the
   * shard's own, at most those that the epoch has left, keeps the state and ends, without an evaluation. Of a
   * state whose epoch has no steps left it does what ends the epoch, and nothing else. `trainInRounds` calls
   * it so. States between rounds do not say which shard they are of.
   */
  readonly localSteps?: number | undefined;
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
  /**
   * The share of the epoch's samples so far that were right, as they were while the weights changed;
   * absent where the objective does not say.
   */
  readonly accuracy: number | undefined;
  readonly learningRate: number;
  readonly samples: number;
}

/** The end of an epoch; the first is 1. */
export interface EpochEvent<Evaluation extends NetworkEvaluation = ClassifierTrainingEvaluation> {
  readonly kind: "epoch";
  readonly epoch: number;
  readonly epochs: number;
  readonly trainingLoss: number;
  /** Of the augmented samples, as they were while the weights changed; absent as a step's. */
  readonly trainingAccuracy: number | undefined;
  /** Absent where no validation picture was there or could be read. */
  readonly validation: Evaluation | undefined;
  /**
   * Whether all earlier epochs had a lower headline figure, or the same with a greater loss; true where
   * this one was not evaluated.
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
export type TrainEvent<Evaluation extends NetworkEvaluation = ClassifierTrainingEvaluation> =
  | StepEvent
  | EpochEvent<Evaluation>
  | SkippedEvent;

/** What a run returns. */
export interface TrainResult {
  /** The best epoch's weights and statistics by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly bestEpoch: number;
  /** The best epoch's headline figure; absent where nothing was evaluated. */
  readonly bestHeadline: number | undefined;
  /** Why it ended; `round` where there are others to come (`localSteps`). */
  readonly reason: "epochs" | "patience" | "round";
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return isNumberIn(value, least, most) && Number.isInteger(value);
}

/** Where a run's state is kept. */
export const checkpointKind: Kind = having(
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
  checkpointMinutes: {
    expected: "a number above 0",
    fits: (minutes) => isNumberIn(minutes, Number.MIN_VALUE, Number.MAX_VALUE),
  },
  resume: truthValue,
  shard: {
    expected: "an index from 0 on, below a count",
    fits: (shard) => {
      const { index, count } = fieldsOf(shard);
      return isWhole(count, 1, 65_536) && isWhole(index, 0, count - 1);
    },
  },
  exchange: callable,
  localSteps: wholeFrom(1),
  signal: anything,
};

const optionKinds: Kinds<TrainOptions<unknown, unknown, NetworkEvaluation>> = {
  ...runKinds,
  network: needed(anyObject),
  training: needed(anyObject),
  validation: anyObject,
  epochs: needed(wholeFrom(1)),
  optimizer: needed(anyObject),
  schedule: needed(anyObject),
  seed: needed(wholeFrom(0)),
  views: wholeFrom(1),
  objective: needed({ expected: "an objective, such as classification gives", fits: isObjective }),
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
export function checkTrainOptions<Label, Target, Evaluation extends NetworkEvaluation>(
  options: TrainOptions<Label, Target, Evaluation>,
): void {
  checkSettings(options, optionKinds, "train");
  const { network, training, validation, optimizer, schedule, signal } = options;
  throwIfAborted(signal);
  checkNetwork(network, "train");
  checkSamples(training, "train");
  if (validation !== undefined) checkSamples(validation, "train");
  checkFields(training, { count: wholeFrom(1) }, "the training data");
  checkOptimizer(optimizer);
  checkSchedule(schedule);
  const { shard, accumulate = 1 } = options;
  const whole = network.batch * accumulate * (shard?.count ?? 1);
  if (shard !== undefined && shard.count > 1 && training.count < whole) {
    throw new MobileNetError("invalid-argument", "there are too few samples for so many shards", {
      expected: `at least ${whole}, a batch for each`,
      received: quote(training.count),
      remedy: "Take fewer shards, or a smaller batch.",
    });
  }
}
