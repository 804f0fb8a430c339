/** Classes of whole pictures: cross entropy of the softmax, judged by the share of right ones. */
import { belowOne, checkSettings, type Kinds } from "../../check-fields.ts";
import { MobileNetError } from "../../errors.ts";
import { required } from "../../required.ts";
import { indexOfLargest } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import type { Values } from "../values.ts";
import { checkClassWeights, classWeightsKind } from "./class-weights.ts";
import type {
  NetworkEvaluation,
  Objective,
  ObjectiveBatch,
  PreparedObjective,
} from "./objective.ts";

/** What evaluating a classifier finds. */
export interface ClassifierTrainingEvaluation extends NetworkEvaluation {
  /** The share of samples whose likeliest class is theirs; the headline. */
  readonly accuracy: number;
  /** Row: the true class; column: the predicted one. */
  readonly confusion: readonly (readonly number[])[];
}

/** Settings of the objective. */
export interface ClassificationOptions {
  /**
   * From 0 to below 1: the share of the target's probability that is spread evenly over all classes
   * (Szegedy et al., 2016): `t' = (1 − s) t + s / classes`. Default 0.
   */
  readonly labelSmoothing?: number | undefined;
  /** How much each class's samples count, by class; absent for 1 each. */
  readonly classWeights?: readonly number[] | undefined;
}

const optionKinds: Kinds<ClassificationOptions> = {
  labelSmoothing: belowOne,
  classWeights: classWeightsKind,
};

/** A class's probability each; one 1 unless pictures were mixed. */
export type ClassTarget = Float32Array;

/**
 * Cross entropy of the softmax over a network's only output, with labels that are numbers of classes.
 *
 * @throws MobileNetError `invalid-argument` where smoothing is not from 0 to below 1, or weights are no
 *   numbers of at least 0.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 2 }));
 * const objective = classification({ labelSmoothing: 0.1 }).prepare(plan);
 * const target = await objective.target({ label: 0, name: "cat.jpg", geometry: undefined });
 * const outputs = new Map([["classifier", Float32Array.of(1, 1)]]);
 * objective.loss({ outputs, targets: [target] }).toFixed(4); // "0.6931"
 * ```
 */
export function classification(
  options: ClassificationOptions = {},
): Objective<number, ClassTarget, ClassifierTrainingEvaluation> {
  checkSettings(options, optionKinds, "classification");
  const { labelSmoothing = 0, classWeights } = options;
  return {
    name: "softmax cross entropy",
    headline: "accuracy",
    settings: { labelSmoothing, ...(classWeights === undefined ? {} : { classWeights }) },
    prepare: (plan) => new Classification(plan, labelSmoothing, classWeights),
  };
}

class Classification
  implements PreparedObjective<number, ClassTarget, ClassifierTrainingEvaluation>
{
  readonly #output: string;
  readonly #classes: number;
  readonly #smoothing: number;
  readonly #weights: readonly number[] | undefined;

  constructor(plan: TrainingPlan, smoothing: number, weights: readonly number[] | undefined) {
    const { name, classes } = classifierOutput(plan, "softmax");
    this.#output = name;
    this.#classes = classes;
    this.#smoothing = smoothing;
    checkClassWeights(weights, classes);
    this.#weights = weights;
  }

  target({ label, name }: { readonly label: number; readonly name: string }): ClassTarget {
    const classes = this.#classes;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new MobileNetError("invalid-argument", "a label outside the classes", {
        node: name,
        expected: `a whole number from 0 to ${classes - 1}`,
        received: quote(label),
        remedy: "Number the classes from 0.",
      });
    }
    const target = new Float32Array(classes);
    target[label] = 1;
    return target;
  }

  readonly blend = blendClasses;

  loss(batch: ObjectiveBatch<ClassTarget>, gradients?: ReadonlyMap<string, Values>): number {
    const logits = required(batch.outputs, this.#output);
    const gradient = gradients && required(gradients, this.#output);
    const { targets } = batch;
    const [classes, smoothing, count] = [this.#classes, this.#smoothing, targets.length];
    let total = 0;
    for (const [n, row] of targets.entries()) {
      const at = n * classes;
      let largest = Number.NEGATIVE_INFINITY;
      for (let m = 0; m < classes; m++) largest = Math.max(largest, logits[at + m]!);
      let sum = 0;
      for (let m = 0; m < classes; m++) sum += Math.exp(logits[at + m]! - largest);
      const logSum = Math.log(sum) + largest;
      let weight = 1;
      if (this.#weights !== undefined) {
        weight = 0;
        for (let m = 0; m < classes; m++) weight += row[m]! * this.#weights[m]!;
      }
      for (let m = 0; m < classes; m++) {
        const target = (1 - smoothing) * row[m]! + smoothing / classes;
        const logProbability = logits[at + m]! - logSum;
        total -= weight * target * logProbability;
        if (gradient !== undefined) {
          gradient[at + m] = (weight * (Math.exp(logProbability) - target)) / count;
        }
      }
    }
    return total / count;
  }

  correct({ outputs, targets }: ObjectiveBatch<ClassTarget>): number {
    const [logits, classes] = [required(outputs, this.#output), this.#classes];
    return targets.filter((target, n) => {
      return indexOfLargest(logits, n * classes, classes) === indexOfLargest(target, 0, classes);
    }).length;
  }

  evaluation() {
    const classes = this.#classes;
    const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    let [lossSum, correct, samples] = [0, 0, 0];
    return {
      add: ({ outputs, targets }: ObjectiveBatch<ClassTarget>, loss: number): void => {
        const logits = required(outputs, this.#output);
        lossSum += targets.length * loss;
        samples += targets.length;
        for (const [n, target] of targets.entries()) {
          const guess = indexOfLargest(logits, n * classes, classes);
          const label = indexOfLargest(target, 0, classes);
          if (guess === label) correct++;
          confusion[label]![guess]! += 1;
        }
      },
      end: (): ClassifierTrainingEvaluation => {
        const mean = (sum: number): number => (samples === 0 ? 0 : sum / samples);
        const accuracy = mean(correct);
        return { loss: mean(lossSum), accuracy, headline: accuracy, samples, confusion };
      },
    };
  }
}

/** Two samples' classes, each in its share. */
export function blendClasses(target: ClassTarget, other: ClassTarget, share: number): ClassTarget {
  return target.map((value, m) => share * value + (1 - share) * other[m]!);
}

/** What is said where a network's end is the other one. */
const otherEnds = {
  softmax: {
    op: "sigmoid",
    summary: "the network judges each class by itself",
    expected: "a softmax over all classes",
    received: "a sigmoid for each",
    remedy: "Build it without scores, or train it by multiLabelClassification.",
  },
  sigmoid: {
    op: "softmax",
    summary: "the network's classes exclude each other",
    expected: "a sigmoid for each class",
    received: "a softmax over all",
    remedy: 'Build it with scores: "sigmoid".',
  },
} as const;

/**
 * The output of a classifier and how many classes it tells apart.
 *
 * @param end - What makes probabilities of it; a network may end in none.
 * @throws MobileNetError `invalid-argument` where the network is none, or ends otherwise.
 */
export function classifierOutput(
  { graph, outputs }: TrainingPlan,
  end: "softmax" | "sigmoid",
): { readonly name: string; readonly classes: number } {
  const [output] = outputs;
  if (
    output === undefined ||
    outputs.length !== 1 ||
    sampleSize(output.shape) !== output.shape[3]
  ) {
    throw new MobileNetError("invalid-argument", "the network is no classifier", {
      node: graph.name,
      expected: "one output, with a score for each class",
      received: outputs.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", "),
      remedy: "Train it with the objective of its own task.",
    });
  }
  const { op, summary, ...details } = otherEnds[end];
  const ends = graph.nodes.find(({ name }) => name === graph.outputs[0]);
  if (ends?.op === op) {
    throw new MobileNetError("invalid-argument", summary, { node: graph.name, ...details });
  }
  return { name: output.name, classes: output.shape[3] };
}
