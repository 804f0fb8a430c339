/** How good a network is on samples it was not trained on. */
import { throwIfAborted } from "../errors.ts";
import { checkOptions } from "../option-names.ts";
import { indexOfLargest } from "../tensor.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import { checkedLabel, checkSamples, type SampleSet } from "./data/samples.ts";
import { isLoss, type Loss } from "./loss.ts";
import { checkNetwork, type TrainingNetwork } from "./network.ts";
import { sampleSize } from "./plan.ts";
import { takeTurn } from "./turn.ts";

/** What evaluation finds. */
export interface NetworkEvaluation {
  readonly loss: number;
  /** The share of samples whose likeliest class is theirs. */
  readonly accuracy: number;
  readonly samples: number;
  /** Row: the true class; column: the predicted one. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Evaluates with moving statistics and without dropout. Damaged pictures are passed over.
 *
 * @throws MobileNetError `invalid-argument` for a label that is no class or arguments
 *   of other kinds, `aborted`, and what `onSkipped`
 *   throws.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = await createWasmNetwork(plan, { batch: 2 });
 * initialize(network, { seed: 1 });
 * const samples = { count: 4, name: String, label: () => 0, read: async () => {} };
 * const loss = softmaxCrossEntropy();
 * const { confusion } = await evaluateNetwork(network, samples, { loss, onSkipped: () => {} });
 * confusion[0]?.reduce((a, b) => a + b); // 4
 * ```
 */
export async function evaluateNetwork(
  network: TrainingNetwork,
  samples: SampleSet,
  options: {
    readonly loss: Loss;
    readonly signal?: AbortSignal | undefined;
    /** Told of a picture that cannot be read; may throw to stop. */
    readonly onSkipped: (index: number, error: unknown) => void;
  },
): Promise<NetworkEvaluation> {
  checkArguments(network, samples, options);
  const { loss, signal, onSkipped } = options;
  const { classes } = network.plan.classifier;
  const size = sampleSize(network.plan.input);
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let [lossSum, correct, total] = [0, 0, 0];
  const values = new Float32Array(size);
  for (let first = 0; first < samples.count; first += network.batch) {
    await takeTurn(signal);
    const soon = Math.min(3 * network.batch, samples.count - first);
    samples.prefetch?.(
      Array.from({ length: soon }, (_, i) => ({ index: first + i, key: undefined })),
    );
    const targets = new Float32Array(network.batch * classes);
    const labels: number[] = [];
    for (let i = first; i < Math.min(samples.count, first + network.batch); i++) {
      throwIfAborted(signal);
      try {
        await samples.read(i, values);
      } catch (error) {
        onSkipped(i, error);
        continue;
      }
      network.input.set(values, labels.length * size);
      const label = checkedLabel(samples, i, classes);
      targets[labels.length * classes + label] = 1;
      labels.push(label);
    }
    throwIfAborted(signal);
    if (labels.length === 0) continue;
    const logits = network.forward(labels.length, { training: false });
    lossSum += labels.length * loss.compute({ logits, targets, count: labels.length, classes });
    for (const [n, label] of labels.entries()) {
      const guess = indexOfLargest(logits, n * classes, classes);
      if (guess === label) correct++;
      confusion[label]![guess]! += 1;
    }
    total += labels.length;
  }
  const mean = (sum: number): number => (total === 0 ? 0 : sum / total);
  return { loss: mean(lossSum), accuracy: mean(correct), samples: total, confusion };
}

const optionNames = { loss: true, signal: true, onSkipped: true };

function checkArguments(network: unknown, samples: unknown, options: unknown): void {
  const call = "evaluateNetwork";
  checkNetwork(network, call);
  checkSamples(samples, call);
  const { loss, onSkipped } = fieldsOf(options);
  if (!isLoss(loss) || typeof onSkipped !== "function") {
    throw wrongArgument(call, "options with a loss and a function onSkipped", options);
  }
  checkOptions(fieldsOf(options), optionNames, call);
}
