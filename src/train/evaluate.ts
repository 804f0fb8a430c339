/** How good a network is on samples it was not trained on. */
import { throwIfAborted } from "../errors.ts";
import { checkOptions } from "../option-names.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import { checkSamples, type SampleSet } from "./data/samples.ts";
import { checkNetwork, type TrainingNetwork } from "./network.ts";
import {
  isObjective,
  lossOf,
  type NetworkEvaluation,
  type Objective,
} from "./objectives/objective.ts";
import { sampleSize } from "./plan.ts";
import { takeTurn } from "./turn.ts";

/**
 * Evaluates with moving statistics and without dropout. Damaged pictures are passed over.
 *
 * @throws MobileNetError `invalid-argument` for a label that the objective does not take or arguments
 *   of other kinds, `aborted`, and what `onSkipped` throws.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = await createWasmNetwork(plan, { batch: 2 });
 * initialize(network, { seed: 1 });
 * const samples = { count: 4, name: String, label: () => 0, read: async () => {} };
 * const objective = classification();
 * const { confusion } = await evaluateNetwork(network, samples, { objective, onSkipped: () => {} });
 * confusion[0]?.reduce((a, b) => a + b); // 4
 * ```
 */
export async function evaluateNetwork<Label, Target, Evaluation extends NetworkEvaluation>(
  network: TrainingNetwork,
  samples: SampleSet<Label>,
  options: {
    readonly objective: Objective<Label, Target, Evaluation>;
    readonly signal?: AbortSignal | undefined;
    /** Told of a picture that cannot be read; may throw to stop. */
    readonly onSkipped: (index: number, error: unknown) => void;
  },
): Promise<Evaluation> {
  checkArguments(network, samples, options);
  const { signal, onSkipped } = options;
  const objective = options.objective.prepare(network.plan);
  const size = sampleSize(network.plan.input);
  const evaluation = objective.evaluation();
  const values = new Float32Array(size);
  for (let first = 0; first < samples.count; first += network.batch) {
    await takeTurn(signal);
    const soon = Math.min(3 * network.batch, samples.count - first);
    samples.prefetch?.(
      Array.from({ length: soon }, (_, i) => ({ index: first + i, key: undefined })),
    );
    const targets: Target[] = [];
    for (let i = first; i < Math.min(samples.count, first + network.batch); i++) {
      throwIfAborted(signal);
      let target: Target;
      try {
        const geometry = (await samples.read(i, values)) ?? undefined;
        target = await objective.target({
          label: samples.label(i),
          name: samples.name(i),
          geometry,
        });
      } catch (error) {
        onSkipped(i, error);
        continue;
      }
      network.input.set(values, targets.length * size);
      targets.push(target);
    }
    throwIfAborted(signal);
    if (targets.length === 0) continue;
    const outputs = network.forward(targets.length, { training: false });
    const batch = { outputs, targets };
    evaluation.add(batch, lossOf(objective, batch));
  }
  return evaluation.end();
}

const optionNames = { objective: true, signal: true, onSkipped: true };

function checkArguments(network: unknown, samples: unknown, options: unknown): void {
  const call = "evaluateNetwork";
  checkNetwork(network, call);
  checkSamples(samples, call);
  const { objective, onSkipped } = fieldsOf(options);
  if (!isObjective(objective) || typeof onSkipped !== "function") {
    throw wrongArgument(call, "options with an objective and a function onSkipped", options);
  }
  checkOptions(fieldsOf(options), optionNames, call);
}
