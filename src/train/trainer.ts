/**
 * The training loop: an async generator that yields what happens, so that the caller shows, stores or
 * stops as it likes. What a step draws at random follows from the seed and the step's number alone;
 * therefore a run that was killed goes on from its checkpoint to the same bits.
 */
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { WeightAverage } from "./average.ts";
import {
  type CheckpointStore,
  type RunState,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { type MixOptions, mixBatch } from "./data/mix.ts";
import type { Samples } from "./data/samples.ts";
import { type Evaluation, evaluateNetwork, largest } from "./evaluate.ts";
import { type Loss, softmaxCrossEntropy } from "./loss.ts";
import { clearGradients, exportWeights, type TrainingNetwork } from "./network.ts";
import {
  clipGradients,
  type DecayOptions,
  type OptimizerOptions,
  OptimizerState,
} from "./optimizers.ts";
import { sampleSize } from "./plan.ts";
import { purpose, Random } from "./random.ts";
import { learningRate, type Schedule } from "./schedules.ts";

/** What a run is made of. */
export interface TrainOptions extends MixOptions {
  readonly network: TrainingNetwork;
  readonly training: Samples;
  /** Without it every epoch counts as the best so far. */
  readonly validation?: Samples | undefined;
  readonly epochs: number;
  readonly optimizer: OptimizerOptions & DecayOptions;
  readonly schedule: Schedule;
  readonly seed: number;
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
  readonly onDamaged?: "skip" | "stop" | undefined;
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
  /** In the epoch, from 1 on, and how many the epoch has. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
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
  readonly validation: Evaluation | undefined;
  /** Whether all earlier epochs were less accurate, or as accurate with a greater loss. */
  readonly best: boolean;
  /** The best epoch's weights and statistics. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** A picture that could not be read and was left out. */
export interface SkippedEvent {
  readonly kind: "skipped";
  readonly name: string;
  readonly reason: string;
}

/** What a run yields. */
export type TrainEvent = StepEvent | EpochEvent | SkippedEvent;

/** What a run returns. */
export interface TrainResult {
  /** The best epoch's weights and statistics by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly bestEpoch: number;
  readonly bestAccuracy: number;
  /** Why it ended. */
  readonly reason: "epochs" | "patience";
}

/**
 * Trains a network in place.
 *
 * @throws MobileNetError `diverged` where the loss is no number any more, `aborted` where the signal says
 *   so, `invalid-image` for a damaged picture under `stop`, `io` where a checkpoint cannot be kept.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 2, strides: cifarStrides }));
 * const network = await createWasmNetwork(plan, { batch: 4 });
 * initialize(network, { seed: 1 });
 * // Dark and bright pictures.
 * const training = {
 *   count: 8,
 *   name: String,
 *   label: (index: number) => index % 2,
 *   read: async (index: number, into: Float32Array) => void into.fill(index % 2),
 * };
 * const optimizer = { kind: "sgd" } as const;
 * const schedule = { rate: 0.1, decay: { kind: "cosine" } } as const;
 * const events = [];
 * for await (const event of train({ network, training, epochs: 2, seed: 1, optimizer, schedule })) {
 *   events.push(event.kind);
 * }
 * events; // ["step", "step", "epoch", "step", "step", "epoch"]
 * ```
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, TrainResult> {
  const { network, training, validation, epochs, seed, signal } = options;
  const { loss = softmaxCrossEntropy(), accumulate = 1, patience, averageDecay = 0 } = options;
  checkOptions(options, accumulate);
  const state: RunState = {
    network,
    optimizer: new OptimizerState(network, options.optimizer),
    average: averageDecay > 0 ? new WeightAverage(network, averageDecay) : undefined,
    progress: {
      epoch: 0,
      step: 0,
      lossSum: 0,
      correct: 0,
      samples: 0,
      bestAccuracy: -1,
      bestLoss: 0,
      bestEpoch: 0,
    },
    best: undefined,
  };
  const settings = describeSettings(options);
  const saved = options.resume ? await options.checkpoint?.load() : undefined;
  if (saved !== undefined) readCheckpoint(saved, state, settings);
  const { progress } = state;
  const keep = async (): Promise<void> => {
    requireFinite(network);
    if (options.checkpoint === undefined) return;
    await options.checkpoint.save(writeCheckpoint(state, settings));
  };
  const skipped: SkippedEvent[] = [];
  const skip = (samples: Samples) => (index: number, error: unknown) => {
    const damaged = error instanceof MobileNetError && error.code === "invalid-image";
    if (!damaged || options.onDamaged === "stop") throw error;
    skipped.push({ kind: "skipped", name: samples.name(index), reason: describeError(error) });
  };
  const stepSize = network.batch * accumulate;
  const steps = Math.max(1, Math.floor(training.count / stepSize));
  while (progress.epoch < epochs) {
    if (
      patience !== undefined &&
      progress.step === 0 &&
      progress.epoch - progress.bestEpoch >= patience &&
      progress.epoch > 0
    ) {
      return resultOf(state, "patience");
    }
    const order = new Random(seed, purpose.order, progress.epoch).permutation(training.count);
    while (progress.step < steps) {
      throwIfAborted(signal);
      const rate = learningRate(options.schedule, progress.epoch + progress.step / steps, epochs);
      const indices = order.subarray(progress.step * stepSize, (progress.step + 1) * stepSize);
      const outcome = await takeStep({ options, loss, indices, progress, skip: skip(training) });
      yield* skipped.splice(0);
      if (outcome.samples > 0) {
        if (options.clipNorm !== undefined) clipGradients(network, options.clipNorm);
        state.optimizer.step(rate);
        state.average?.update(network, state.optimizer.steps);
      }
      progress.step++;
      if (progress.step % (options.checkpointSteps ?? steps) === 0 && progress.step < steps)
        await keep();
      yield {
        kind: "step",
        epoch: progress.epoch + 1,
        step: progress.step,
        steps,
        loss: outcome.loss,
        learningRate: rate,
        samples: outcome.samples,
      };
    }
    const assess = async (): Promise<Evaluation | undefined> =>
      validation &&
      evaluateNetwork(network, validation, { loss, signal, onDamaged: skip(validation) });
    const finish = async (): Promise<EpochEvent> => {
      const evaluation = await assess();
      const accuracy = evaluation?.accuracy ?? progress.epoch;
      const loss = evaluation?.loss ?? 0;
      const best =
        accuracy > progress.bestAccuracy ||
        (accuracy === progress.bestAccuracy && loss < progress.bestLoss);
      if (best) {
        progress.bestAccuracy = accuracy;
        progress.bestLoss = loss;
        progress.bestEpoch = progress.epoch + 1;
        state.best = exportWeights(network);
      }
      const { lossSum, correct, samples } = progress;
      return {
        kind: "epoch",
        epoch: progress.epoch + 1,
        epochs,
        trainingLoss: lossSum / Math.max(1, samples),
        trainingAccuracy: correct / Math.max(1, samples),
        validation: evaluation,
        best,
        weights: state.best ?? exportWeights(network),
      };
    };
    const event = state.average ? await state.average.during(network, finish) : await finish();
    yield* skipped.splice(0);
    Object.assign(progress, {
      epoch: progress.epoch + 1,
      step: 0,
      lossSum: 0,
      correct: 0,
      samples: 0,
    });
    await keep();
    yield event;
  }
  return resultOf(state, "epochs");
}

interface StepInput {
  readonly options: TrainOptions;
  readonly loss: Loss;
  /** The samples of this step. */
  readonly indices: Uint32Array;
  readonly progress: RunState["progress"];
  readonly skip: (index: number, error: unknown) => void;
}

/** Gradients of one step, added up over its passes; gives the mean loss. */
async function takeStep(
  input: StepInput,
): Promise<{ readonly loss: number; readonly samples: number }> {
  const { options, loss, indices, progress, skip } = input;
  const { network, training, seed } = options;
  const { classes } = network.plan.classifier;
  const size = sampleSize(network.plan.input);
  clearGradients(network);
  let [lossSum, samples] = [0, 0];
  const values = new Float32Array(size);
  for (let first = 0; first < indices.length; first += network.batch) {
    const targets = new Float32Array(network.batch * classes);
    let count = 0;
    for (const index of indices.subarray(first, first + network.batch)) {
      const random = new Random(seed, purpose.augmentation, progress.epoch, index);
      try {
        await training.read(index, values, random);
      } catch (error) {
        skip(index, error);
        continue;
      }
      network.input.set(values, count * size);
      targets[count * classes + training.label(index)] = 1;
      count++;
    }
    if (count === 0) continue;
    const key = [progress.epoch, progress.step, first] as const;
    mixBatch(network, targets, {
      count,
      random: new Random(seed, purpose.mixing, ...key),
      options,
    });
    const random = new Random(seed, purpose.dropout, ...key);
    const logits = network.forward(count, { training: true, random });
    const gradient = logits.slice();
    const value = loss.compute({ logits, targets, count, classes }, gradient);
    if (!Number.isFinite(value)) throw diverged(value, progress);
    // Each pass weighs as many samples as it has, of all that the step was to have.
    for (let i = 0; i < gradient.length; i++)
      gradient[i] = ((gradient[i] as number) * count) / indices.length;
    for (let n = 0; n < count; n++) {
      const at = n * classes;
      if (largest(logits, at, classes) === largest(targets, at, classes)) progress.correct++;
    }
    network.backward(gradient);
    lossSum += value * count;
    samples += count;
  }
  progress.lossSum += lossSum;
  progress.samples += samples;
  return { loss: samples === 0 ? 0 : lossSum / samples, samples };
}

function resultOf(
  { best, network, progress }: RunState,
  reason: TrainResult["reason"],
): TrainResult {
  const { bestEpoch, bestAccuracy } = progress;
  return { weights: best ?? exportWeights(network), bestEpoch, bestAccuracy, reason };
}

/** What a resumed run must share with the one that was interrupted. */
function describeSettings({ network, training, validation, ...options }: TrainOptions): string {
  const { optimizer, schedule, epochs, seed, accumulate = 1, clipNorm, mixup, cutmix } = options;
  const { averageDecay = 0, loss, settings } = options;
  return JSON.stringify({
    network: network.plan.graph.name,
    batch: network.batch,
    samples: [training.count, validation?.count ?? 0],
    ...{ optimizer, schedule, epochs, seed, accumulate, clipNorm, averageDecay, mixup, cutmix },
    ...{ loss: loss?.name, settings },
  });
}

function diverged(value: number, { epoch, step }: RunState["progress"]): MobileNetError {
  return new MobileNetError("diverged", "the training went out of bounds", {
    node: `epoch ${epoch + 1}, step ${step + 1}`,
    expected: "a finite loss",
    received: `${value}`,
    remedy: "Lower the learning rate, lengthen the warm-up, or clip the gradients.",
  });
}

/** No checkpoint keeps numbers that are none. */
function requireFinite(network: TrainingNetwork): void {
  for (const { name, values } of network.parameters.values()) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += (values[i] as number) * 0;
    if (sum !== 0) {
      throw new MobileNetError("diverged", "the training went out of bounds", {
        node: name,
        expected: "finite numbers",
        received: "infinity, or no number",
        remedy: "Lower the learning rate, lengthen the warm-up, or clip the gradients.",
      });
    }
  }
}

function checkOptions(
  { training, epochs, seed, clipNorm }: TrainOptions,
  accumulate: number,
): void {
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const fault =
    training.count < 1
      ? ["training data", "at least one sample", "none"]
      : !whole(epochs)
        ? ["epochs", "a whole number from 1 on", epochs]
        : !whole(accumulate)
          ? ["accumulate", "a whole number from 1 on", accumulate]
          : !(Number.isSafeInteger(seed) && seed >= 0)
            ? ["seed", "a whole number from 0 on", seed]
            : clipNorm !== undefined && !(clipNorm > 0)
              ? ["clipNorm", "a number above 0", clipNorm]
              : undefined;
  if (fault === undefined) return;
  const [name, expected, received] = fault;
  throw new MobileNetError("invalid-argument", `bad ${name}`, {
    expected: `${expected}`,
    received: `${received}`,
  });
}
