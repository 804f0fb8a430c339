/** First values of a network's parameters, seeded and as published. */
import type { TrainingNetwork } from "./network.ts";
import { purpose, Random } from "./random.ts";

/**
 * How convolutions start.
 * - `kaiming`: normal with σ = √(2 / fan-out), the classifier with σ = 0.01 (torchvision).
 * - `truncated-normal`: σ = 0.09, cut at 2 σ, the classifier likewise (TensorFlow's slim).
 */
export type Initialization = "kaiming" | "truncated-normal";

/** Draws all weights; γ and variance are 1, β, mean and biases 0. Equal seeds give equal values. */
export function initialize(
  network: TrainingNetwork,
  { seed, scheme = "kaiming" }: { readonly seed: number; readonly scheme?: Initialization },
): void {
  const classifier = network.plan.classifier.weights;
  for (const [index, { name, shape, role, values }] of [...network.parameters.values()].entries()) {
    if (role !== "weights") {
      values.fill(role === "gamma" || name.endsWith("/variance") ? 1 : 0);
      continue;
    }
    const random = new Random(seed, purpose.initialization, index);
    const [rows = 1, columns = 1, ...rest] = shape;
    // A depthwise filter has one output channel in each group.
    const fanOut = rows * columns * (rest.length === 1 ? 1 : (rest[1] as number));
    const deviation = name === classifier ? 0.01 : Math.sqrt(2 / fanOut);
    for (let i = 0; i < values.length; i++) {
      values[i] =
        scheme === "kaiming" ? deviation * random.normal() : 0.09 * random.truncatedNormal();
    }
  }
}
