/** What a training run takes and what it says: options, events and the result. */
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { MixOptions } from "./data/mix.ts";
import type { SampleSet } from "./data/samples.ts";
import type { NetworkEvaluation } from "./evaluate.ts";
import type { Loss } from "./loss.ts";
import type { TrainingNetwork } from "./network.ts";
import type { DecayOptions, OptimizerOptions } from "./optimizers.ts";
import { checkSchedule, type Schedule } from "./schedules.ts";

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

/** A picture that could not be read and was left out. */
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

/**
 * Refuses numbers that make no sense, by name.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkTrainOptions(options: TrainOptions): void {
  const { training, epochs, seed, schedule, accumulate, clipNorm, patience } = options;
  const { averageDecay, checkpointSteps, views, mixup, cutmix, damaged } = options;
  const positive = (value: unknown): boolean => isNumberIn(value, 0, Number.MAX_VALUE);
  const share = "a number from 0 on";
  requireOption("training data", training.count, whole, "at least one sample");
  requireOption("epochs", epochs, whole, count);
  requireOption("seed", seed, (n) => Number.isSafeInteger(n) && n >= 0, "a whole number from 0 on");
  requireOption("accumulate", accumulate ?? 1, whole, count);
  requireOption("patience", patience ?? 1, whole, count);
  requireOption("checkpointSteps", checkpointSteps ?? 1, whole, count);
  requireOption(
    "clipNorm",
    clipNorm ?? 1,
    (n) => isNumberIn(n, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
    "a number above 0",
  );
  checkViews(views);
  requireOption(
    "averageDecay",
    averageDecay ?? 0,
    (n) => isNumberIn(n, 0, 1) && n < 1,
    "0 or more and below 1",
  );
  requireOption("mixup", mixup ?? 0, positive, share);
  requireOption("cutmix", cutmix ?? 0, positive, share);
  const reactions: readonly unknown[] = ["skip", "stop"];
  requireOption("damaged", damaged ?? "skip", (word) => reactions.includes(word), "skip or stop");
  checkSchedule(schedule);
}

const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const count = "a whole number from 1 on";

/** Refuses a number of augmented versions that is none. */
export function checkViews(views: number | undefined): void {
  requireOption("views", views ?? 1, whole, count);
}

function requireOption<T>(
  name: string,
  value: T,
  fits: (value: T) => boolean,
  expected: string,
): void {
  if (fits(value)) return;
  throw new MobileNetError("invalid-argument", `bad ${name}`, { expected, received: quote(value) });
}
