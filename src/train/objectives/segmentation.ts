/**
 * The class of every pixel: cross entropy at the resolution of the network's input, judged by the mean
 * over classes of intersection over union.
 */
import { checkSettings, type Kinds, wholeFrom } from "../../check-fields.ts";
import { type ClassMask, type MaskLabel, voidClass } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import {
  accuracy,
  type ConfusionMatrix,
  classScores,
  confusionMatrix,
  meanIou,
} from "../../evaluate/confusion.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import { required } from "../../required.ts";
import { segmentLogits } from "../../tasks/segmentation.ts";
import { quote } from "../../untrusted.ts";
import { fieldsOf, wrongArgument } from "../../wrong-argument.ts";
import { moveMask } from "../data/move-mask.ts";
import type { TrainingPlan } from "../plan.ts";
import type { Values } from "../values.ts";
import { checkClassWeights, classWeightsKind, countClasses } from "./class-weights.ts";
import type {
  LabelledSample,
  NetworkEvaluation,
  Objective,
  ObjectiveBatch,
  PreparedObjective,
} from "./objective.ts";
import { PixelCrossEntropy } from "./pixel-cross-entropy.ts";

/** What evaluating a segmenter under training finds, at the resolution of its input. */
export interface SegmenterTrainingEvaluation extends NetworkEvaluation {
  /** Over the classes that occur or were predicted; the headline. */
  readonly meanIou: number;
  /** The share of judged pixels whose likeliest class is theirs. */
  readonly pixelAccuracy: number;
  /** Of each class; absent where it neither occurs nor was predicted. */
  readonly classIou: readonly (number | undefined)[];
  /** Pixels. Row: the true class; column: the predicted one. */
  readonly confusion: readonly (readonly number[])[];
}

/** Settings of the objective. */
export interface SegmentationOptions {
  /**
   * How much each class's pixels count, by class; absent for 1 each. `medianFrequencyWeights` makes them
   * of masks.
   */
  readonly classWeights?: readonly number[] | undefined;
  /** The value of pixels that are not judged, 0 to 255. Default 255. */
  readonly ignore?: number | undefined;
}

const optionKinds: Kinds<SegmentationOptions> = {
  classWeights: classWeightsKind,
  ignore: wholeFrom(0, 255),
};

/** The class of every pixel of the network's input, `[rows, columns]`. */
export type SegmentationTarget = Uint8Array;

/**
 * Cross entropy of the softmax over the classes of every pixel of the network's input, to which its only
 * output is interpolated as `segment` does: the mean over the pixels of a batch that are judged, each
 * weighted by its class. Labels read a sample's mask; pixels that come from outside the picture are not
 * judged.
 *
 * @throws MobileNetError `invalid-argument` where weights are no numbers of at least 0, or `ignore` is no
 *   byte.
 *
 * @example
 * ```ts
 * const plan = planTraining(deeplabV3({ width: 0.1, resolution: 32, classes: 2 }));
 * const objective = segmentation().prepare(plan);
 * const mask = { width: 32, height: 32, classMap: new Uint8Array(32 * 32).fill(1) };
 * const label = { readMask: () => mask };
 * const target = await objective.target({ label, name: "cat.jpg", geometry: undefined });
 * const outputs = new Map([["logits", new Float32Array(2 * 2 * 2)]]);
 * objective.loss({ outputs, targets: [target] }).toFixed(4); // "0.6931"
 * ```
 */
export function segmentation(
  options: SegmentationOptions = {},
): Objective<MaskLabel, SegmentationTarget, SegmenterTrainingEvaluation> {
  checkSettings(options, optionKinds, "segmentation");
  const { classWeights, ignore = voidClass } = options;
  return {
    name: "pixel cross entropy",
    headline: "mIoU",
    settings: { ignore, ...(classWeights === undefined ? {} : { classWeights }) },
    prepare: (plan) => new PixelClassification(plan, ignore, classWeights),
  };
}

class PixelClassification
  implements PreparedObjective<MaskLabel, SegmentationTarget, SegmenterTrainingEvaluation>
{
  readonly #output: string;
  readonly #shape: FeatureShape;
  readonly #input: FeatureShape;
  readonly #ignore: number;
  /** How much a pixel counts, by the value in its target. */
  readonly #weights: Float64Array;
  readonly #entropy: PixelCrossEntropy;

  constructor(plan: TrainingPlan, ignore: number, weights: readonly number[] | undefined) {
    const { name, shape } = segmenterOutput(plan);
    this.#output = name;
    this.#shape = shape;
    this.#input = plan.input;
    this.#ignore = ignore;
    checkClassWeights(weights, shape[3]);
    this.#weights = new Float64Array(256).fill(1, 0, shape[3]);
    if (weights !== undefined) this.#weights.set(weights);
    this.#weights[ignore] = 0;
    this.#entropy = new PixelCrossEntropy(shape, plan.input);
  }

  async target({ label, name, geometry }: LabelledSample<MaskLabel>): Promise<SegmentationTarget> {
    const { readMask } = fieldsOf(label);
    if (typeof readMask !== "function") {
      throw wrongArgument("segmentation", "labels with a function readMask", label);
    }
    const mask = await label.readMask();
    this.#checkMask(mask, name);
    const [, rows, columns] = this.#input;
    return moveMask(mask, { rows, columns, outside: this.#ignore, geometry, name });
  }

  #checkMask({ width, height, classMap }: ClassMask, node: string): void {
    if (!(classMap instanceof Uint8Array) || classMap.length !== width * height) {
      throw new MobileNetError("invalid-image", "the classes do not fill the mask", {
        node,
        expected: `a Uint8Array of ${width} x ${height} pixels`,
        received: `${classMap?.length} values`,
      });
    }
    const [classes, ignore] = [this.#shape[3], this.#ignore];
    const beyond = countClasses(classMap).findIndex(
      (count, value) => count > 0 && value >= classes && value !== ignore,
    );
    if (beyond < 0) return;
    throw new MobileNetError("invalid-argument", "the mask has a class that the network lacks", {
      node,
      expected: `0 to ${classes - 1}, or ${ignore} for pixels that do not count`,
      received: quote(beyond),
      remedy: "Number the classes from 0.",
    });
  }

  loss(
    { outputs, targets }: ObjectiveBatch<SegmentationTarget>,
    gradients?: ReadonlyMap<string, Values>,
  ): number {
    const logits = required(outputs, this.#output);
    const gradient = gradients && required(gradients, this.#output);
    const all = this.#judged(targets);
    if (all === 0) {
      gradient?.fill(0);
      return 0;
    }
    const shares = this.#weights.map((weight) => weight / all);
    let total = 0;
    for (const [n, target] of targets.entries()) {
      total += this.#entropy.sample({ logits, gradient, sample: n, target, weights: shares });
    }
    return total;
  }

  /** How much the targets' pixels count together. */
  #judged(targets: readonly SegmentationTarget[]): number {
    let all = 0;
    for (const target of targets) {
      countClasses(target).forEach((count, value) => {
        all += count * this.#weights[value]!;
      });
    }
    return all;
  }

  evaluation() {
    const [, rows, columns, classes] = this.#shape;
    const matrix = confusionMatrix([], classes);
    const size = rows * columns * classes;
    let [lossSum, judged, samples] = [0, 0, 0];
    return {
      add: ({ outputs, targets }: ObjectiveBatch<SegmentationTarget>, loss: number): void => {
        const logits = required(outputs, this.#output);
        const weight = this.#judged(targets);
        lossSum += weight * loss;
        judged += weight;
        samples += targets.length;
        for (const [n, target] of targets.entries()) {
          const data = Float32Array.from(logits.subarray(n * size, (n + 1) * size));
          const { classMap } = segmentLogits(
            { data, rows, columns, classes },
            this.#entropy.positions,
          );
          this.#count(matrix, target, classMap);
        }
      },
      end: (): SegmenterTrainingEvaluation => {
        const headline = meanIou(matrix) ?? 0;
        const classIou = new Array<number | undefined>(classes).fill(undefined);
        for (const { index, iou } of classScores(matrix, [])) classIou[index] = iou;
        const confusion = Array.from({ length: classes }, (_, row) =>
          Array.from(matrix.counts.subarray(row * classes, (row + 1) * classes)),
        );
        return {
          ...{ loss: judged === 0 ? 0 : lossSum / judged, samples, headline },
          ...{ meanIou: headline, pixelAccuracy: accuracy(matrix) ?? 0, classIou, confusion },
        };
      },
    };
  }

  #count({ classes, counts }: ConfusionMatrix, target: Uint8Array, found: Uint8Array): void {
    const ignore = this.#ignore;
    for (let i = 0; i < target.length; i++) {
      const actual = target[i]!;
      if (actual !== ignore) counts[actual * classes + found[i]!]! += 1;
    }
  }
}

/**
 * The output of a segmenter, `[1, rows, columns, classes]`.
 *
 * @throws MobileNetError `invalid-argument` where the network is none.
 */
function segmenterOutput({ graph, input, outputs }: TrainingPlan): {
  readonly name: string;
  readonly shape: FeatureShape;
} {
  const [output] = outputs;
  if (output !== undefined && outputs.length === 1) {
    const [, rows, columns, classes] = output.shape;
    const within = rows <= input[1] && columns <= input[2];
    if (rows * columns > 1 && within && classes <= 256) return output;
  }
  throw new MobileNetError("invalid-argument", "the network is no segmenter", {
    node: graph.name,
    expected: "one output, a map with a score for each of at most 256 classes at every place",
    received: outputs.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", "),
    remedy: "Train it with the objective of its own task.",
  });
}
