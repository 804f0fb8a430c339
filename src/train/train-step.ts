/**
 * One optimizer step's gradients: samples are read, mixed, passed forward and back, pass by pass. A pass
 * has the same bits wherever it is computed: what it draws follows from its place in the whole step, of
 * which this process may take a part only (a shard).
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { purpose, Random } from "../random.ts";
import { quote } from "../untrusted.ts";
import type { RunState } from "./checkpoint.ts";
import { mixBatch, mixTargets } from "./data/mix.ts";
import { augmentationKey } from "./data/samples.ts";
import type { GradientSum } from "./gradient-sum.ts";
import type { Outputs } from "./network.ts";
import { lossOf, type NetworkEvaluation, type PreparedObjective } from "./objectives/objective.ts";
import { sampleSize } from "./plan.ts";
import type { TrainOptions } from "./train-options.ts";
import { takeTurn } from "./turn.ts";

/** What a step is taken with. */
export interface StepInput<Label, Target, Evaluation extends NetworkEvaluation> {
  readonly options: TrainOptions<Label, Target, Evaluation>;
  readonly objective: PreparedObjective<Label, Target, Evaluation>;
  /** The samples of this step, or of this shard's part of it. */
  readonly indices: Uint32Array;
  /** How many samples of the whole step lie in shards before this one. */
  readonly before: number;
  readonly sum: GradientSum;
  readonly progress: RunState["progress"];
  readonly skip: (index: number, error: unknown) => void;
}

/** Gradients of one step, the mean over its passes; gives the mean loss. */
export async function takeStep<Label, Target, Evaluation extends NetworkEvaluation>(
  input: StepInput<Label, Target, Evaluation>,
): Promise<{ readonly loss: number; readonly samples: number }> {
  const { options, objective, indices, before, sum, progress, skip } = input;
  const { network, training, seed } = options;
  const size = sampleSize(network.plan.input);
  const passes = Math.ceil(indices.length / network.batch);
  sum.begin();
  let [lossSum, samples] = [0, 0];
  const values = new Float32Array(size);
  for (let first = 0; first < indices.length; first += network.batch) {
    const own: Target[] = [];
    for (const index of indices.subarray(first, first + network.batch)) {
      throwIfAborted(options.signal);
      const random = new Random(...augmentationKey(options, progress.epoch, index));
      let target: Target;
      try {
        const geometry = (await training.read(index, values, random)) ?? undefined;
        const label = training.label(index);
        target = await objective.target({ label, name: training.name(index), geometry });
      } catch (error) {
        skip(index, error);
        continue;
      }
      network.input.set(values, own.length * size);
      own.push(target);
    }
    await takeTurn(options.signal);
    const count = own.length;
    if (count === 0) continue;
    const key = [progress.epoch, progress.step, before + first] as const;
    const drawn = new Random(seed, purpose.mixing, ...key);
    const share = mixBatch(network, { count, random: drawn, options });
    const { blend } = objective;
    const targets =
      share === 1 || blend === undefined ? own : mixTargets(own, share, blend.bind(objective));
    const random = new Random(seed, purpose.dropout, ...key);
    const outputs = network.forward(count, { training: true, random });
    const gradients: Outputs = new Map([...outputs].map(([name, of]) => [name, of.slice()]));
    const batch = { outputs, targets };
    const value = lossOf(objective, batch, gradients);
    if (!Number.isFinite(value)) throw diverged(value, progress);
    // Beside whole passes, which weigh 1, a pass weighs as much as it has of the samples that it should.
    const weight = (count * passes) / indices.length;
    if (weight !== 1) {
      for (const gradient of gradients.values()) {
        for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! * weight;
      }
    }
    progress.correct += objective.correct?.(batch) ?? 0;
    sum.clear();
    network.backward(gradients);
    lossSum += value * count;
    samples += count;
  }
  sum.end(passes);
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
