/**
 * Losses. A loss is a function object that is passed in: it sees logits and targets and says how wrong
 * they are and in which direction to change them.
 */
import { belowOne, checkSettings } from "../check-fields.ts";
import { fieldsOf } from "../wrong-argument.ts";
import type { Values } from "./values.ts";

/** What a loss looks at. */
export interface LossInput {
  /** `[count, classes]`. */
  readonly logits: Values;
  /** Probabilities `[count, classes]`; one 1 a row unless pictures were mixed. */
  readonly targets: Float32Array;
  readonly count: number;
  readonly classes: number;
}

/** Refuses what is no loss. */
export function isLoss(value: unknown): boolean {
  const { name, compute } = fieldsOf(value);
  return typeof name === "string" && typeof compute === "function";
}

/** A measure of error. */
export interface Loss {
  readonly name: string;
  /** What tells it from others of its name, as JSON: a run resumes only with an equal loss. */
  readonly settings?: unknown;
  /**
   * The mean over the samples.
   *
   * @param gradient - Where its derivative by the logits is written, `[count, classes]`, if wanted.
   */
  compute(input: LossInput, gradient?: Values): number;
}

/**
 * Cross entropy of the softmax. Smoothing takes a share of the target's probability and spreads it
 * evenly over all classes (Szegedy et al., 2016): `t' = (1 − s) t + s / classes`.
 *
 * @throws MobileNetError `invalid-argument` where smoothing is not from 0 to below 1.
 *
 * @example
 * ```ts
 * const loss = softmaxCrossEntropy({ labelSmoothing: 0.1 });
 * const input = { logits: Float32Array.of(1, 1), targets: Float32Array.of(1, 0), count: 1, classes: 2 };
 * loss.compute(input).toFixed(4); // "0.6931"
 * ```
 */
export function softmaxCrossEntropy(options: { readonly labelSmoothing?: number } = {}): Loss {
  checkSettings(options, { labelSmoothing: belowOne }, "softmaxCrossEntropy");
  const { labelSmoothing = 0 } = options;
  return {
    name: "softmax cross entropy",
    settings: { labelSmoothing },
    compute({ logits, targets, count, classes }, gradient) {
      let total = 0;
      for (let n = 0; n < count; n++) {
        const at = n * classes;
        let largest = Number.NEGATIVE_INFINITY;
        for (let m = 0; m < classes; m++) largest = Math.max(largest, logits[at + m]!);
        let sum = 0;
        for (let m = 0; m < classes; m++) sum += Math.exp(logits[at + m]! - largest);
        const logSum = Math.log(sum) + largest;
        for (let m = 0; m < classes; m++) {
          const target = (1 - labelSmoothing) * targets[at + m]! + labelSmoothing / classes;
          const logProbability = logits[at + m]! - logSum;
          total -= target * logProbability;
          if (gradient !== undefined) {
            gradient[at + m] = (Math.exp(logProbability) - target) / count;
          }
        }
      }
      return total / count;
    },
  };
}
