/** The head of every classifier: the mean over the features, dense layers, and softmax or sigmoids. */
import type { GraphBuilder } from "../graph/builder.ts";
import { outOfRange, requirePositive } from "./options.ts";

/** A head's output and the nodes that others need. */
interface ClassifierHead {
  readonly output: string;
  readonly pool: string;
  readonly logits: string;
}

/**
 * Adds the head to a network's features; dense layers are 1×1 convolutions on `[n, 1, 1, c]`. Gives
 * probabilities `[n, 1, 1, classes]`.
 */
export function addClassifier(
  builder: GraphBuilder,
  features: string,
  {
    classes,
    hidden,
    scores = "softmax",
  }: {
    readonly classes: number;
    readonly hidden: readonly number[];
    readonly scores?: "softmax" | "sigmoid";
  },
): ClassifierHead {
  requirePositive("classes", classes);
  if (!Array.isArray(hidden)) throw outOfRange("hidden", "a list of channels", hidden);
  if (scores !== "softmax" && scores !== "sigmoid") {
    throw outOfRange("scores", "softmax or sigmoid", scores);
  }
  for (const channels of hidden) requirePositive("hidden", channels);
  const pool = builder.unary("globalAveragePool", "pool", features);
  let input = pool;
  for (const [index, channels] of hidden.entries()) {
    const name = `hidden_${index + 1}`;
    input = builder.conv2d(channels, { name, input, padding: "valid", activation: "relu" });
  }
  const logits = builder.conv2d(classes, {
    name: "classifier",
    input,
    padding: "valid",
    activation: "none",
  });
  return { output: builder.unary(scores, "probabilities", logits), pool, logits };
}
