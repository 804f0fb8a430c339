/**
 * The training loop: an async generator that yields what happens, so that the caller shows, stores or
 * stops as it likes. What a step draws at random follows from the seed and the step's number alone;
 * therefore a run that was killed goes on from its checkpoint to the same bits.
 */
import { MobileNetError } from "../errors.ts";
import { purpose, Random } from "../random.ts";
import { WeightAverage } from "./average.ts";
import { type RunState, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { augmentationKey, isDamaged, type SampleSet } from "./data/samples.ts";
import { evaluateNetwork, type NetworkEvaluation } from "./evaluate.ts";
import { softmaxCrossEntropy } from "./loss.ts";
import { exportWeights, type TrainingNetwork } from "./network.ts";
import { clipGradients, OptimizerState } from "./optimizers.ts";
import { learningRate } from "./schedules.ts";
import { describeSettings } from "./settings.ts";
import {
  checkTrainOptions,
  type EpochEvent,
  type SkippedEvent,
  type TrainEvent,
  type TrainOptions,
  type TrainResult,
} from "./train-options.ts";
import { takeStep } from "./train-step.ts";

/** Below any: the accuracy of a run that nothing was evaluated in yet. */
const unknownAccuracy = -1;

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
 * for await (const event of train({ network, training, epochs: 2, seed: 1, optimizer, schedule })) {
 *   events.push(event.kind);
 * }
 * events; // ["step", "step", "epoch", "step", "step", "epoch"]
 * ```
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, TrainResult> {
  checkTrainOptions(options);
  const { network, training, validation, epochs, seed, signal } = options;
  const { loss = softmaxCrossEntropy(), accumulate = 1, patience, averageDecay = 0 } = options;
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
      bestAccuracy: unknownAccuracy,
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
  // Every epoch comes across the same ones.
  const told = new Set<string>();
  const skip = (samples: SampleSet) => (index: number, error: unknown) => {
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
      const rate = learningRate(options.schedule, progress.epoch + progress.step / steps, epochs);
      const indices = order.subarray(progress.step * stepSize, (progress.step + 1) * stepSize);
      // This step's samples and, while it computes, the next two steps'; not those of the epoch's rest.
      const last = Math.min(progress.step + 3, steps);
      const soon = order.subarray(progress.step * stepSize, last * stepSize);
      training.prefetch?.(
        Array.from(soon, (index) => ({
          index,
          key: augmentationKey(options, progress.epoch, index),
        })),
      );
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
        epochs,
        step: progress.step,
        steps,
        loss: outcome.loss,
        accuracy: progress.correct / Math.max(1, progress.samples),
        learningRate: rate,
        samples: outcome.samples,
      };
    }
    if (progress.samples === 0) throw nothingRead(progress.epoch + 1);
    requireFinite(network);
    const assess = async (): Promise<NetworkEvaluation | undefined> => {
      if (validation === undefined) return undefined;
      const onSkipped = skip(validation);
      const evaluation = await evaluateNetwork(network, validation, { loss, signal, onSkipped });
      return evaluation.samples > 0 ? evaluation : undefined;
    };
    const finish = async (): Promise<EpochEvent> => {
      const evaluation = await assess();
      const { accuracy, loss } = evaluation ?? { accuracy: unknownAccuracy, loss: 0 };
      // Without an evaluation the last epoch counts, as long as no epoch had one.
      const best =
        evaluation === undefined
          ? progress.bestAccuracy === unknownAccuracy
          : accuracy > progress.bestAccuracy ||
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
    // Whoever follows the run has dealt with the epoch before the checkpoint says that it is over.
    yield event;
    await keep();
  }
  return resultOf(state, "epochs");
}

function resultOf(
  { best, network, progress }: RunState,
  reason: TrainResult["reason"],
): TrainResult {
  const { bestEpoch, bestAccuracy } = progress;
  return {
    weights: best ?? exportWeights(network),
    bestEpoch,
    bestAccuracy: bestAccuracy === unknownAccuracy ? undefined : bestAccuracy,
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

/** No checkpoint keeps numbers that are none. */
function requireFinite(network: TrainingNetwork): void {
  for (const { name, values } of network.parameters.values()) {
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
