/**
 * Pictures that have several classes or none: a sigmoid for each class, its cross entropy, and judgement
 * by how well each class's pictures come before all others.
 */
import { belowOne, checkSettings, type Kinds } from "../../check-fields.ts";
import { MobileNetError } from "../../errors.ts";
import { rankedPrecision } from "../../evaluate/ranked-precision.ts";
import { required } from "../../required.ts";
import { quote } from "../../untrusted.ts";
import type { TrainingPlan } from "../plan.ts";
import type { Values } from "../values.ts";
import { checkClassWeights, classWeightsKind } from "./class-weights.ts";
import { blendClasses, classifierOutput } from "./classification.ts";
import type {
  NetworkEvaluation,
  Objective,
  ObjectiveBatch,
  PreparedObjective,
} from "./objective.ts";

/** What evaluating a classifier of several labels finds. */
export interface MultiLabelTrainingEvaluation extends NetworkEvaluation {
  /** The mean of the classes' average precisions; the headline. */
  readonly meanAp: number;
  /**
   * Each class's average precision: over its samples, most likely first, the mean of the shares of right
   * ones up to each. Null for a class that no sample has.
   */
  readonly classAp: readonly (number | null)[];
  /** How many samples have each class. */
  readonly positives: readonly number[];
}

/** Settings of the objective. */
export interface MultiLabelOptions {
  /** From 0 to below 1: the share of each class's target that is 0.5: `t' = (1 − s) t + s / 2`. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** How much each class counts, by class; absent for 1 each. */
  readonly classWeights?: readonly number[] | undefined;
}

const optionKinds: Kinds<MultiLabelOptions> = {
  labelSmoothing: belowOne,
  classWeights: classWeightsKind,
};

/**
 * Cross entropy of a sigmoid for each class, added up over the classes, with labels that are lists of
 * classes' numbers. The network is a classifier whose `scores` are `sigmoid`.
 *
 * @throws MobileNetError `invalid-argument` where smoothing is not from 0 to below 1, or weights are no
 *   numbers of at least 0.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3, scores: "sigmoid" }));
 * const objective = multiLabelClassification().prepare(plan);
 * const target = await objective.target({ label: [0, 2], name: "cat and dog.jpg", geometry: undefined });
 * const outputs = new Map([["classifier", Float32Array.of(0, 0, 0)]]);
 * objective.loss({ outputs, targets: [target] }).toFixed(4); // "2.0794"
 * ```
 */
export function multiLabelClassification(
  options: MultiLabelOptions = {},
): Objective<readonly number[], Float32Array, MultiLabelTrainingEvaluation> {
  checkSettings(options, optionKinds, "multiLabelClassification");
  const { labelSmoothing = 0, classWeights } = options;
  return {
    name: "sigmoid cross entropy",
    headline: "mAP",
    settings: { labelSmoothing, ...(classWeights === undefined ? {} : { classWeights }) },
    prepare: (plan) => new MultiLabel(plan, labelSmoothing, classWeights),
  };
}

class MultiLabel
  implements PreparedObjective<readonly number[], Float32Array, MultiLabelTrainingEvaluation>
{
  readonly #output: string;
  readonly #classes: number;
  readonly #smoothing: number;
  readonly #weights: readonly number[] | undefined;

  constructor(plan: TrainingPlan, smoothing: number, weights: readonly number[] | undefined) {
    const { name, classes } = classifierOutput(plan, "sigmoid");
    this.#output = name;
    this.#classes = classes;
    this.#smoothing = smoothing;
    checkClassWeights(weights, classes);
    this.#weights = weights;
  }

  target({
    label,
    name,
  }: {
    readonly label: readonly number[];
    readonly name: string;
  }): Float32Array {
    const target = new Float32Array(this.#classes);
    const found: unknown = label;
    for (const one of Array.isArray(found) ? found : [undefined]) {
      if (!(Number.isInteger(one) && one >= 0 && one < this.#classes)) {
        throw new MobileNetError("invalid-argument", "a label outside the classes", {
          node: name,
          expected: `a list of whole numbers from 0 to ${this.#classes - 1}`,
          received: quote(label),
          remedy: "Number the classes from 0; a picture of none has an empty list.",
        });
      }
      target[one] = 1;
    }
    return target;
  }

  readonly blend = blendClasses;

  loss(batch: ObjectiveBatch<Float32Array>, gradients?: ReadonlyMap<string, Values>): number {
    const logits = required(batch.outputs, this.#output);
    const gradient = gradients && required(gradients, this.#output);
    const { targets } = batch;
    const [classes, smoothing, count] = [this.#classes, this.#smoothing, targets.length];
    let total = 0;
    for (const [n, row] of targets.entries()) {
      for (let m = 0; m < classes; m++) {
        const at = n * classes + m;
        const logit = logits[at]!;
        const target = (1 - smoothing) * row[m]! + smoothing / 2;
        const weight = this.#weights?.[m] ?? 1;
        // −t log σ(x) − (1 − t) log(1 − σ(x)), without a logarithm of 0 or an overflow.
        const small = Math.exp(-Math.abs(logit));
        total += weight * (Math.max(logit, 0) - logit * target + Math.log1p(small));
        if (gradient !== undefined) {
          const score = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
          gradient[at] = (weight * (score - target)) / count;
        }
      }
    }
    return total / count;
  }

  evaluation() {
    const [classes, output] = [this.#classes, this.#output];
    const scores: Float32Array[] = [];
    const truths: Float32Array[] = [];
    let lossSum = 0;
    return {
      add: ({ outputs, targets }: ObjectiveBatch<Float32Array>, loss: number): void => {
        const logits = required(outputs, output);
        for (const [n, target] of targets.entries()) {
          scores.push(Float32Array.from(logits.subarray(n * classes, (n + 1) * classes)));
          truths.push(target);
        }
        lossSum += targets.length * loss;
      },
      end: (): MultiLabelTrainingEvaluation => {
        const column = (rows: readonly Float32Array[], m: number) => rows.map((row) => row[m]!);
        const each = Array.from({ length: classes }, (_, m) => {
          return rankedPrecision(column(scores, m), column(truths, m));
        });
        const known = each.filter((ap) => ap !== null);
        const meanAp = known.reduce((sum, ap) => sum + ap, 0) / Math.max(1, known.length);
        const samples = truths.length;
        return {
          ...{ loss: lossSum / Math.max(1, samples), samples, headline: meanAp, meanAp },
          classAp: each,
          positives: each.map((_, m) => column(truths, m).filter((truth) => truth > 0).length),
        };
      },
    };
  }
}
