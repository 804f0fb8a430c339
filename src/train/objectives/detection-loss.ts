/**
 * How wrong a detector's outputs are, as SSD is trained (section 6.2): smooth L1 between the boxes of anchors
 * that answer for objects, and a loss of the anchors' classes, in which the background must have its share
 * without drowning all else. Either only the hardest of its anchors count, a few for each anchor that answers
 * for an object, or the focal loss (Lin et al., 2017) weighs down what is right already.
 */
import type { Values } from "../values.ts";
import { background } from "./match-anchors.ts";

/** How classes are judged. */
export type ClassLoss = "sigmoid" | "softmax" | "focal";

/** What a picture's anchors are to find. */
export interface AnchorTargets {
  /** By anchor: its class; −1 for the background, −2 where it is not judged. */
  readonly classes: Int32Array;
  /** The anchors that answer for objects, in order. */
  readonly positives: Uint32Array;
  /** `[positives, 4]`: the box encodings of these. */
  readonly encodings: Float32Array;
}

/** Settings of the loss, defaults filled in. */
export interface DetectionLossSettings {
  readonly loss: ClassLoss;
  readonly negatives: number;
  readonly leastNegatives: number;
  readonly alpha: number;
  readonly gamma: number;
}

/** A detector's outputs for a batch, or their gradients. */
export interface DetectorOutputs {
  /** `[batch, anchors, 4]` */
  readonly encodings: Values;
  /** `[batch, anchors, 1 + classes]`, column 0 the background. */
  readonly logits: Values;
}

/**
 * The loss of a batch, over the number of its anchors that answer for objects (over 1 where none does).
 *
 * @param gradients - Where its derivatives are written, if wanted.
 */
export function detectionLoss(
  { encodings, logits }: DetectorOutputs,
  targets: readonly AnchorTargets[],
  settings: DetectionLossSettings,
  gradients?: DetectorOutputs,
): number {
  const count = targets.reduce((sum, { positives }) => sum + positives.length, 0);
  const scale = 1 / Math.max(1, count);
  const anchors = encodings.length / 4;
  const columns = logits.length / anchors;
  gradients?.encodings.fill(0);
  gradients?.logits.fill(0);
  const judge = classLosses[settings.loss];
  const [boxes, classes] = [gradients?.encodings, gradients?.logits];
  let total = 0;
  let first = 0;
  for (const target of targets) {
    total += boxLoss(target, { encodings, first, gradient: boxes, scale });
    const lossOf = (anchor: number, gradient?: Values): number => {
      const at = (first + anchor) * columns;
      const column = target.classes[anchor]! + 1;
      return judge({ logits, at, columns, column, gradient, scale, settings });
    };
    for (const anchor of judged(target, settings, lossOf)) total += lossOf(anchor, classes);
    first += target.classes.length;
  }
  return total * scale;
}

/** Smooth L1 of a picture's boxes, added up over the four numbers. */
function boxLoss(
  { positives, encodings: wanted }: AnchorTargets,
  {
    encodings,
    first,
    gradient,
    scale,
  }: {
    readonly encodings: Values;
    /** The picture's first anchor in the batch. */
    readonly first: number;
    readonly gradient: Values | undefined;
    readonly scale: number;
  },
): number {
  let total = 0;
  for (const [p, anchor] of positives.entries()) {
    for (let i = 0; i < 4; i++) {
      const at = (first + anchor) * 4 + i;
      const difference = encodings[at]! - wanted[p * 4 + i]!;
      const size = Math.abs(difference);
      total += size < 1 ? 0.5 * difference * difference : size - 0.5;
      if (gradient !== undefined)
        gradient[at] = scale * (size < 1 ? difference : Math.sign(difference));
    }
  }
  return total;
}

/** The anchors whose classes are judged, in order: all, or those of objects and the hardest of the rest. */
function judged(
  { classes, positives }: AnchorTargets,
  { loss, negatives, leastNegatives }: DetectionLossSettings,
  lossOf: (anchor: number) => number,
): readonly number[] {
  const all = Array.from(classes.keys()).filter((anchor) => classes[anchor]! >= background);
  if (loss === "focal") return all;
  const rest = all.filter((anchor) => classes[anchor] === background);
  const most = Math.max(leastNegatives, Math.floor(negatives * positives.length));
  if (rest.length <= most) return all;
  // What is no number is the most wrong there is: left out, nobody would see it.
  const losses = Float64Array.from(rest, (anchor) => {
    const loss = lossOf(anchor);
    return Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
  });
  const ranked = losses.slice().sort();
  const least = ranked[ranked.length - most] ?? Number.POSITIVE_INFINITY;
  // Of anchors that are equally wrong the first ones count.
  let ties = most - ranked.filter((value) => value > least).length;
  const hardest = rest.filter((_, i) => losses[i]! > least || (losses[i] === least && ties-- > 0));
  return [...positives, ...hardest];
}

interface ClassLossInput {
  readonly logits: Values;
  /** Where the anchor's logits begin. */
  readonly at: number;
  readonly columns: number;
  /** The column of the anchor's class. */
  readonly column: number;
  readonly gradient: Values | undefined;
  readonly scale: number;
  readonly settings: DetectionLossSettings;
}

/** One anchor's loss; its gradient times `scale` is written where wanted. */
const classLosses: Readonly<Record<ClassLoss, (input: ClassLossInput) => number>> = {
  /** Cross entropy of a sigmoid for each column, that of the background included. */
  sigmoid({ logits, at, columns, column, gradient, scale }) {
    let total = 0;
    for (let m = 0; m < columns; m++) {
      const towards = m === column ? 1 : -1;
      const z = towards * logits[at + m]!;
      total += softplus(-z);
      if (gradient !== undefined) gradient[at + m] = -towards * scale * sigmoid(-z);
    }
    return total;
  },
  /** Cross entropy of the softmax over background and classes. */
  softmax({ logits, at, columns, column, gradient, scale }) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let m = 0; m < columns; m++) largest = Math.max(largest, logits[at + m]!);
    let sum = 0;
    for (let m = 0; m < columns; m++) sum += Math.exp(logits[at + m]! - largest);
    if (gradient !== undefined) {
      for (let m = 0; m < columns; m++) {
        const probability = Math.exp(logits[at + m]! - largest) / sum;
        gradient[at + m] = scale * (probability - (m === column ? 1 : 0));
      }
    }
    return Math.log(sum) + largest - logits[at + column]!;
  },
  /** −α (1 − p)^γ log p of each class's sigmoid; the background is where no class is, and has no part. */
  focal({ logits, at, columns, column, gradient, scale, settings: { alpha, gamma } }) {
    let total = 0;
    for (let m = 1; m < columns; m++) {
      const towards = m === column ? 1 : -1;
      const weight = m === column ? alpha : 1 - alpha;
      const z = towards * logits[at + m]!;
      const [right, wrong] = [sigmoid(z), sigmoid(-z)];
      const easy = wrong ** gamma;
      const loss = softplus(-z);
      total += weight * easy * loss;
      if (gradient !== undefined) {
        gradient[at + m] = -towards * scale * weight * easy * (gamma * right * loss + wrong);
      }
    }
    return total;
  },
};

/** log(1 + eˣ) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
