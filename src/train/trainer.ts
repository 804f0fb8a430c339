/**
 * The training loop: an async generator that yields what happens, so that the caller shows, stores or
 * stops as it likes. What a step draws at random follows from the seed and the step's number alone;
 * therefore a run that was killed goes on from its checkpoint to the same bits.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { purpose, Random } from "../random.ts";
import { WeightAverage } from "./average.ts";
import { type RunProgress, type RunState, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { MixOptions } from "./data/mix.ts";
import { augmentationKey, isDamaged, type SampleSet } from "./data/samples.ts";
import { evaluateNetwork } from "./evaluate.ts";
import { GradientSum, gradientsOf } from "./gradient-sum.ts";
import { exportWeights, isTrained } from "./network.ts";
import type { NetworkEvaluation } from "./objectives/objective.ts";
import { clipGradients, OptimizerState } from "./optimizers.ts";
import { learningRate } from "./schedules.ts";
import { describeSettings } from "./settings.ts";
import {
  checkTrainOptions,
  type EpochEvent,
  type ExchangeStep,
  type SkippedEvent,
  type TrainEvent,
  type TrainOptions,
  type TrainResult,
} from "./train-options.ts";
import { takeStep } from "./train-step.ts";

/** Below any: the headline figure of a run that nothing was evaluated in yet. */
const unknownHeadline = -Number.MAX_VALUE;

/**
 * Trains a network in place.
 *
 * An epoch's checkpoint is kept when the event after it is asked for, so that a run that ends in between
 * tells of that epoch again.
 *
 * @throws MobileNetError `diverged` where the loss is no number any more, `aborted` where the signal says
 *   so, `invalid-image` for a damaged picture under `stop` or an epoch without a single sound one,
 *   `invalid-argument` for options or labels out of range, `io` where a checkpoint cannot be kept.
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
 * const schedule = { learningRate: 0.1, decay: { kind: "cosine" } } as const;
 * const events = [];
 * const run = { network, training, objective: classification(), epochs: 2, seed: 1 };
 * for await (const event of train({ ...run, optimizer, schedule })) {
 *   events.push(event.kind);
 * }
 * events; // ["step", "step", "epoch", "step", "step", "epoch"]
 * ```
 */
export async function* train<Label, Target, Evaluation extends NetworkEvaluation>(
  options: TrainOptions<Label, Target, Evaluation>,
): AsyncGenerator<TrainEvent<Evaluation>, TrainResult> {
  checkTrainOptions(options);
  const { network, training, validation, epochs, seed, signal } = options;
  const { accumulate = 1, patience, localSteps } = options;
  const objective = options.objective.prepare(network.plan);
  checkMixing(options, objective);
  const state = beginningOf(options);
  const settings = describeSettings(options);
  const saved = options.resume ? await options.checkpoint?.load() : undefined;
  const { shard = { index: 0, count: 1 } } = options;
  const shardSize = network.batch * accumulate;
  const stepSize = shardSize * shard.count;
  const steps = stepsOfEpoch(training.count, stepSize);
  if (saved !== undefined) readCheckpoint(saved, state, { settings, epochs, steps });
  const { progress } = state;
  const keep = async (): Promise<void> => {
    requireFinite(state);
    if (options.checkpoint === undefined) return;
    await options.checkpoint.save(writeCheckpoint(state, settings));
    keptAt = performance.now();
  };
  const sum = new GradientSum(network);
  const before = shard.index * shardSize;
  const exchanged = exchangeOf(options);
  let keptAt = performance.now();
  const isDue = (): boolean => {
    const { checkpointSteps, checkpointMinutes = Number.POSITIVE_INFINITY } = options;
    if (progress.step % (checkpointSteps ?? steps) === 0) return true;
    return performance.now() - keptAt >= 60_000 * checkpointMinutes;
  };
  const skipped: SkippedEvent[] = [];
  // Every epoch comes across the same ones.
  const told = new Set<string>();
  const skip = (samples: SampleSet<Label>) => (index: number, error: unknown) => {
    if (!isDamaged(error)) throw error;
    const name = samples.name(index);
    const reason = error.message.replace(`${name}: `, "");
    if (options.damaged === "stop") {
      throw new MobileNetError(error.code, "the picture cannot be used", {
        ...{ node: name, cause: error, received: reason },
        remedy: "Repair or remove it, or leave such pictures out (damaged `skip`, --damaged skip).",
      });
    }
    if (!told.has(name)) skipped.push({ kind: "skipped", name, error: reason });
    told.add(name);
  };
  const accuracyOf = ({ correct, samples }: RunProgress): number | undefined =>
    objective.correct && correct / Math.max(1, samples);
  const isOverdue = (): boolean =>
    patience !== undefined &&
    progress.step === 0 &&
    progress.epoch - progress.bestEpoch >= patience &&
    progress.epoch > 0;
  let taken = 0;
  while (progress.epoch < epochs) {
    // Rounds ask at the end of an epoch alone: shards do not know how good the epochs were.
    if (localSteps === undefined && isOverdue()) return resultOf(state, "patience");
    const order = new Random(seed, purpose.order, progress.epoch).permutation(training.count);
    while (progress.step < steps) {
      const rate = learningRate(options.schedule, progress.epoch + progress.step / steps, epochs);
      const own = (step: number): Uint32Array => {
        const first = step * stepSize + before;
        return order.subarray(first, first + shardSize);
      };
      const indices = own(progress.step);
      // This step's samples and, while it computes, the next two steps'; not those of the epoch's rest.
      const soon = [progress.step, progress.step + 1, progress.step + 2].filter((n) => n < steps);
      training.prefetch?.(
        soon.flatMap((step) =>
          Array.from(own(step), (index) => {
            return { index, key: augmentationKey(options, progress.epoch, index) };
          }),
        ),
      );
      const outcome = await takeStep({
        options,
        objective,
        ...{ indices, before, sum, progress },
        skip: skip(training),
      });
      yield* skipped.splice(0);
      await exchanged?.({ epoch: progress.epoch + 1, step: progress.step + 1, ...outcome });
      // Other shards may have samples where this one has none.
      if (outcome.samples > 0 || exchanged !== undefined) {
        if (options.clipNorm !== undefined) clipGradients(network, options.clipNorm);
        state.optimizer.step(rate);
        state.average?.update(network, state.optimizer.steps);
      }
      progress.step++;
      taken++;
      const isRound = localSteps !== undefined && (taken === localSteps || progress.step === steps);
      if (isRound || (progress.step < steps && isDue())) await keep();
      yield {
        kind: "step",
        epoch: progress.epoch + 1,
        epochs,
        step: progress.step,
        steps,
        loss: outcome.loss,
        accuracy: accuracyOf(progress),
        learningRate: rate,
        samples: outcome.samples,
      };
      if (isRound) return resultOf(state, "round");
    }
    if (progress.samples === 0) throw nothingRead(progress.epoch + 1);
    requireFinite(state);
    const assess = async (): Promise<Evaluation | undefined> => {
      if (validation === undefined) return undefined;
      const how = { objective: options.objective, signal, onSkipped: skip(validation) };
      const evaluation = await evaluateNetwork(network, validation, how);
      return evaluation.samples > 0 ? evaluation : undefined;
    };
    const finish = async (): Promise<EpochEvent<Evaluation>> => {
      const evaluation = await assess();
      const { headline, loss } = evaluation ?? { headline: unknownHeadline, loss: 0 };
      // A loss beyond all numbers is the worst, and can still be written down.
      const comparable = Number.isFinite(loss) ? loss : Number.MAX_VALUE;
      // Without an evaluation the last epoch counts, as long as no epoch had one.
      const best =
        evaluation === undefined
          ? progress.bestHeadline === unknownHeadline
          : headline > progress.bestHeadline ||
            (headline === progress.bestHeadline && comparable < progress.bestLoss);
      if (best) {
        progress.bestHeadline = headline;
        progress.bestLoss = comparable;
        progress.bestEpoch = progress.epoch + 1;
        state.best = exportWeights(network);
      }
      const { lossSum, samples } = progress;
      return {
        kind: "epoch",
        epoch: progress.epoch + 1,
        epochs,
        trainingLoss: lossSum / Math.max(1, samples),
        trainingAccuracy: accuracyOf(progress),
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
    // Whoever follows the run has dealt with the epoch before the checkpoint says that it is over.
    yield event;
    await keep();
    if (localSteps !== undefined && progress.epoch < epochs) {
      return resultOf(state, isOverdue() ? "patience" : "round");
    }
  }
  return resultOf(state, "epochs");
}

/** Optimizer steps of an epoch. */
export function stepsOfEpoch(samples: number, stepSize: number): number {
  return Math.max(1, Math.floor(samples / stepSize));
}

/**
 * The state of a run before its first step, as a checkpoint: what the first round goes on from.
 *
 * @throws MobileNetError `invalid-argument` for options out of range.
 */
export function firstCheckpoint<Label, Target, Evaluation extends NetworkEvaluation>(
  options: TrainOptions<Label, Target, Evaluation>,
): Uint8Array {
  checkTrainOptions(options);
  return writeCheckpoint(beginningOf(options), describeSettings(options));
}

/** A run that has taken no step; its network is as it is now. */
function beginningOf({
  network,
  optimizer,
  averageDecay = 0,
}: Pick<TrainOptions, "network" | "optimizer" | "averageDecay">): RunState {
  return {
    network,
    optimizer: new OptimizerState(network, optimizer),
    average: averageDecay > 0 ? new WeightAverage(network, averageDecay) : undefined,
    progress: {
      epoch: 0,
      step: 0,
      lossSum: 0,
      correct: 0,
      samples: 0,
      bestHeadline: unknownHeadline,
      bestLoss: 0,
      bestEpoch: 0,
    },
    best: undefined,
  };
}

/** The exchange of a step, if there is one. */
function exchangeOf({
  network,
  exchange,
  signal,
}: Pick<TrainOptions, "network" | "exchange" | "signal">):
  | ((step: Omit<ExchangeStep, "statistics">) => Promise<void>)
  | undefined {
  if (exchange === undefined) return undefined;
  const gradients = gradientsOf(network);
  const statistics = new Map(
    [...network.parameters.values()]
      .filter(({ role }) => !isTrained(role))
      .map(({ name, values }) => [name, values]),
  );
  return async ({ epoch, step, samples }) => {
    await exchange(gradients, { epoch, step, samples, statistics });
    throwIfAborted(signal);
  };
}

/** Refuses to mix pictures whose targets cannot be. */
function checkMixing(
  {
    mixup = 0,
    cutmix = 0,
    objective: { name },
  }: MixOptions & {
    readonly objective: { readonly name: string };
  },
  { blend }: { readonly blend?: unknown },
): void {
  if (blend !== undefined || (mixup <= 0 && cutmix <= 0)) return;
  throw new MobileNetError("invalid-argument", "these pictures cannot be mixed", {
    node: name,
    expected: "mixup and cutmix of 0",
    received: `mixup ${mixup}, cutmix ${cutmix}`,
  });
}

function resultOf(
  { best, network, progress }: RunState,
  reason: TrainResult["reason"],
): TrainResult {
  const { bestEpoch, bestHeadline } = progress;
  return {
    weights: best ?? exportWeights(network),
    bestEpoch,
    bestHeadline: bestHeadline === unknownHeadline ? undefined : bestHeadline,
    reason,
  };
}

function nothingRead(epoch: number): MobileNetError {
  return new MobileNetError("invalid-image", "not one picture to train on could be read", {
    node: `epoch ${epoch}`,
    expected: "pictures in a format that is decoded here",
    remedy: "See why each was left out: stop at the first with damaged `stop` (--damaged stop).",
  });
}

/** No checkpoint keeps numbers that are none: neither as weights nor in what the optimizer remembers. */
function requireFinite({ network, optimizer, average }: RunState): void {
  const weights = [...network.parameters].map(([name, { values }]) => [name, values] as const);
  for (const [name, values] of [...weights, ...optimizer.slots, ...(average?.values ?? [])]) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
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
