/** One optimizer step's gradients: samples are read, mixed, passed forward and back, pass by pass. */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { purpose, Random } from "../random.ts";
import { indexOfLargest } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import type { RunState } from "./checkpoint.ts";
import { mixBatch } from "./data/mix.ts";
import { augmentationKey, checkedLabel } from "./data/samples.ts";
import type { Loss } from "./loss.ts";
import { clearGradients } from "./network.ts";
import { sampleSize } from "./plan.ts";
import type { TrainOptions } from "./train-options.ts";
import { takeTurn } from "./turn.ts";

/** What a step is taken with. */
export interface StepInput {
  readonly options: TrainOptions;
  readonly loss: Loss;
  /** The samples of this step. */
  readonly indices: Uint32Array;
  readonly progress: RunState["progress"];
  readonly skip: (index: number, error: unknown) => void;
}

/** Gradients of one step, added up over its passes; gives the mean loss. */
export async function takeStep(
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
      throwIfAborted(options.signal);
      const random = new Random(...augmentationKey(options, progress.epoch, index));
      try {
        await training.read(index, values, random);
      } catch (error) {
        skip(index, error);
        continue;
      }
      network.input.set(values, count * size);
      targets[count * classes + checkedLabel(training, index, classes)] = 1;
      count++;
    }
    await takeTurn(options.signal);
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
    for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i]! * count) / indices.length;
    for (let n = 0; n < count; n++) {
      const at = n * classes;
      const [guess, label] = [logits, targets].map((of) => indexOfLargest(of, at, classes));
      if (guess === label) progress.correct++;
    }
    network.backward(gradient);
    lossSum += value * count;
    samples += count;
  }
  progress.lossSum += lossSum;
  progress.samples += samples;
  return { loss: samples === 0 ? 0 : lossSum / samples, samples };
}

function diverged(value: number, { epoch, step }: RunState["progress"]): MobileNetError {
  return new MobileNetError("diverged", "the training went out of bounds", {
    node: `epoch ${epoch + 1}, step ${step + 1}`,
    expected: "a finite loss",
    received: quote(value),
    remedy: "Lower the learning rate, lengthen the warm-up, or clip the gradients.",
  });
}
