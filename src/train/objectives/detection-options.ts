/** The settings of detection's objective, and what they may be. */
import {
  itemsOf,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  oneOf,
  plainText,
  wholeFrom,
} from "../../check-fields.ts";
import type { AnchorSettings, ListedAnchors } from "../../models/model.ts";
import { isNumberIn } from "../../untrusted.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import type { ClassLoss } from "./detection-loss.ts";

/** Settings of the objective. */
export interface DetectionObjectiveOptions {
  /** The network's, such as those of `ssdliteDetection(resolution)`. */
  readonly anchors: AnchorSettings | ListedAnchors;
  /** Divisors of the box encodings: centre y, centre x, height, width. */
  readonly boxCoder: readonly [number, number, number, number];
  /** The classes' names, for the evaluation. Default: their numbers. */
  readonly labels?: readonly string[] | undefined;
  /**
   * How classes are judged. `sigmoid`, as the published weights were trained: each for itself; `softmax`:
   * against each other and the background, for networks with such scores. Of the background only the hardest
   * anchors of each picture count. `focal`: each class for itself, all anchors, those that are right already
   * for little; the scores' column of the background is not trained, nor read by `detect`. Default: `sigmoid`.
   */
  readonly loss?: ClassLoss | undefined;
  /** Anchors of the background that count, for each that answers for an object. Default: 3. */
  readonly negatives?: number | undefined;
  /** The fewest such anchors of a picture, which are all that one without objects has. Default: 3. */
  readonly leastNegatives?: number | undefined;
  /** How much objects weigh in the focal loss, 0 to 1, the background having the rest. Default: 0.25. */
  readonly alpha?: number | undefined;
  /** How much less the focal loss weighs what is right already; 0 for as much. Default: 2. */
  readonly gamma?: number | undefined;
  /** From which overlap on an anchor answers for an object, above 0 to 1. Default: 0.5. */
  readonly matchThreshold?: number | undefined;
  /** Boxes of the evaluation have scores above this. Default: 0.01. */
  readonly scoreThreshold?: number | undefined;
  /** And overlap better ones of their class by no more than this. Default: 0.6. */
  readonly iouThreshold?: number | undefined;
  /** And are at most so many in a picture. Default: 100. */
  readonly maxDetections?: number | undefined;
}

const coderKind: Kind = {
  expected: "four numbers above 0",
  fits: (coder) => {
    const fits = (divisor: unknown) => isNumberIn(divisor, Number.MIN_VALUE, Number.MAX_VALUE);
    return Array.isArray(coder) && coder.length === 4 && coder.every(fits);
  },
};

const anchorKind: Kind = {
  expected: "the network's anchors, as in ssdliteDetection's settings",
  fits: (anchors) => {
    const { featureMaps, boxes } = fieldsOf(anchors);
    return Array.isArray(featureMaps) || (boxes instanceof Float32Array && boxes.length % 4 === 0);
  },
};

/** What the settings may be. */
export const detectionOptionKinds: Kinds<DetectionObjectiveOptions> = {
  anchors: needed(anchorKind),
  boxCoder: needed(coderKind),
  labels: itemsOf(plainText, "a list of texts"),
  loss: oneOf("sigmoid", "softmax", "focal"),
  negatives: numberFrom(0),
  leastNegatives: wholeFrom(0),
  alpha: numberFrom(0, 1),
  gamma: numberFrom(0),
  matchThreshold: numberFrom(Number.MIN_VALUE, 1),
  scoreThreshold: numberFrom(0, 1),
  iouThreshold: numberFrom(0, 1),
  maxDetections: wholeFrom(1),
};
