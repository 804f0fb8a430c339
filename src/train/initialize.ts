/** First values of a network's parameters, seeded and as published. */
import { checkSettings, type Kind, type Kinds, needed, oneOf, wholeFrom } from "../check-fields.ts";
import { purpose, Random } from "../random.ts";
import type { Shape } from "../tensor.ts";
import { checkNetwork, type TrainingNetwork } from "./network.ts";
import { isOperation, type TrainingPlan } from "./plan.ts";

/**
 * How convolutions start.
 * - `kaiming`: normal with σ = √(2 / fan-out), what predicts (a convolution with a bias) with σ = 0.01. A
 *   depthwise filter feeds 9 positions.
 * - `torchvision`: the same, but depthwise filters count 9 for each of their channels.
 * - `truncated-normal`: σ = 0.09, cut at 2 σ, the classifier likewise (TensorFlow's slim).
 */
export type Initialization = "kaiming" | "torchvision" | "truncated-normal";

/** The same as a setting's kind. */
export const initializationKind: Kind = oneOf("kaiming", "torchvision", "truncated-normal");

const optionKinds: Kinds<InitializeOptions> = {
  seed: needed(wholeFrom(0)),
  scheme: initializationKind,
};

interface InitializeOptions {
  readonly seed: number;
  readonly scheme?: Initialization;
}

/**
 * Draws all weights; γ and variance are 1, β, mean and biases 0. Equal seeds give equal values.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = createReferenceNetwork(plan, { batch: 1 });
 * initialize(network, { seed: 1 });
 * network.parameters.get("stem/batch_norm/gamma")?.values[0]; // 1
 * ```
 */
export function initialize(
  network: TrainingNetwork,
  options: { readonly seed: number; readonly scheme?: Initialization },
): void {
  checkNetwork(network, "initialize");
  checkSettings(options, optionKinds, "initialize");
  const { seed, scheme = "kaiming" } = options;
  const predicting = predictors(network.plan);
  for (const [index, { name, shape, role, values }] of [...network.parameters.values()].entries()) {
    if (role !== "weights") {
      values.fill(role === "gamma" || role === "variance" ? 1 : 0);
      continue;
    }
    const random = new Random(seed, purpose.initialization, index);
    const truncated = scheme === "truncated-normal";
    const deviation = predicting.has(name) && !truncated ? 0.01 : filterDeviation(shape, scheme);
    const draw = () => (truncated ? random.truncatedNormal() : random.normal());
    for (let i = 0; i < values.length; i++) values[i] = deviation * draw();
  }
}

/** The weights of convolutions with a bias, which no batch norm follows: what predicts. */
function predictors({ operations }: TrainingPlan): ReadonlySet<string> {
  return new Set(
    operations.flatMap((operation) =>
      isOperation(operation, "conv2d") && operation.node.bias !== undefined
        ? [operation.node.weights]
        : [],
    ),
  );
}

/** σ of a convolution's weights, `[rows, columns, in, out]`, or `[rows, columns, channels]` of a depthwise one's. */
export function filterDeviation(
  [rows = 1, columns = 1, ...rest]: Shape,
  scheme: Initialization = "kaiming",
): number {
  if (scheme === "truncated-normal") return 0.09;
  // A depthwise filter has one output channel in each group.
  const groups = scheme === "torchvision" ? 1 : rest[0]!;
  const outputs = rest.length === 1 ? rest[0]! / groups : rest[1]!;
  return Math.sqrt(2 / (rows * columns * outputs));
}
