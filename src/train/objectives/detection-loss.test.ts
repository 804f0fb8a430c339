import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import {
  type AnchorTargets,
  type ClassLoss,
  type DetectionLossSettings,
  detectionLoss,
} from "./detection-loss.ts";

const base = { negatives: 3, leastNegatives: 3, alpha: 0.25, gamma: 2 };

function settingsOf(
  loss: ClassLoss,
  more: Partial<DetectionLossSettings> = {},
): DetectionLossSettings {
  return { ...base, loss, ...more };
}

function targetOf(classes: readonly number[], encoding = 0): AnchorTargets {
  const positives = Uint32Array.from(classes.keys()).filter((anchor) => classes[anchor]! >= 0);
  return {
    classes: Int32Array.from(classes),
    positives,
    encodings: new Float32Array(positives.length * 4).fill(encoding),
  };
}

function normal(count: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => 2 * random.normal());
}

/** Which anchors have a gradient of their classes. */
function judgedAnchors(
  logits: Float64Array,
  target: AnchorTargets,
  settings: DetectionLossSettings,
): number[] {
  const anchors = target.classes.length;
  const columns = logits.length / anchors;
  const encodings = new Float64Array(anchors * 4);
  const gradients = { encodings: encodings.slice(), logits: logits.slice() };
  detectionLoss({ encodings, logits }, [target], settings, gradients);
  return [...target.classes.keys()].filter((anchor) =>
    gradients.logits
      .subarray(anchor * columns, (anchor + 1) * columns)
      .some((value) => value !== 0),
  );
}

describe.each(["sigmoid", "softmax", "focal"] as const)("the loss of detection, %s", (loss) => {
  // Objects in two pictures of three, anchors that are not judged, more background than counts.
  const targets = [
    targetOf([-1, 1, -1, -2, -1, -1, 0, -1, -1, -1, -1, -1], 0.3),
    targetOf([-1, -1, -1, -1, -1, -2, -1, -1, -1, -1, -1, -1]),
    targetOf([2, 2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2], -1.7),
  ];
  const anchors = 36;
  const settings = settingsOf(loss, { negatives: 1.5, leastNegatives: 2 });

  it("has the gradients that finite differences give", () => {
    const outputs = { encodings: normal(anchors * 4, 1), logits: normal(anchors * 4, 2) };
    const gradients = { encodings: normal(anchors * 4, 3), logits: normal(anchors * 4, 4) };
    detectionLoss(outputs, targets, settings, gradients);
    for (const name of ["encodings", "logits"] as const) {
      const values = outputs[name];
      const h = 1e-6;
      const differences = values.map((value, i) => {
        values[i] = value + h;
        const above = detectionLoss(outputs, targets, settings);
        values[i] = value - h;
        const below = detectionLoss(outputs, targets, settings);
        values[i] = value;
        return (above - below) / (2 * h);
      });
      expect(differences.some((value) => Math.abs(value) > 0.05)).toBe(true);
      for (const [i, difference] of differences.entries()) {
        // Rounding errs by about ε / h of the loss.
        expect(Math.abs(gradients[name][i]! - difference)).toBeLessThan(1e-8);
      }
    }
  });

  it("leaves out what is not judged", () => {
    const random = normal(anchors * 4, 2);
    expect(judgedAnchors(random.subarray(0, 48), targets[0]!, settings)).not.toContain(3);
  });

  it("is the sum over the anchors of objects, over their number", () => {
    const target = targetOf([0, 1], 1);
    const outputs = { encodings: new Float64Array(8), logits: new Float64Array(6) };
    // Encodings err by 1: 0.5 for each of four numbers; logits of 0 are the probability ½ or ⅓.
    const half = Math.log(2);
    const classes = { sigmoid: 3 * half, softmax: Math.log(3), focal: (0.25 + 0.75) * 0.25 * half };
    const value = detectionLoss(outputs, [target], settingsOf(loss));
    expect(value).toBeCloseTo(4 * 0.5 + classes[loss], 12);
    const far = detectionLoss(outputs, [targetOf([0, 1], -3)], settingsOf(loss));
    expect(far).toBeCloseTo(4 * 2.5 + classes[loss], 12);
  });

  it("stays finite where the network is sure", () => {
    const outputs = {
      encodings: new Float64Array(8),
      logits: Float64Array.of(800, -800, 0, -800, 800, 0),
    };
    const gradients = { encodings: new Float64Array(8), logits: new Float64Array(6) };
    for (const classes of [
      [-1, 0],
      [0, -1],
      [1, 1],
    ]) {
      expect(detectionLoss(outputs, [targetOf(classes)], settingsOf(loss), gradients)).toBeLessThan(
        1e4,
      );
      expect(gradients.logits.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("hard negatives", () => {
  /** Logits of one class, the background's being 0: the larger, the more wrong on the background. */
  const wrong = (...values: readonly number[]): Float64Array =>
    Float64Array.from(values.flatMap((value) => [0, value]));

  it.each(["sigmoid", "softmax"] as const)("are the most wrong of each picture, %s", (loss) => {
    const target = targetOf([-1, -1, 0, -1, -1, -1]);
    const logits = wrong(1, 5, 0, 3, 4, 2);
    expect(judgedAnchors(logits, target, settingsOf(loss))).toEqual([1, 2, 3, 4]);
    expect(judgedAnchors(logits, target, settingsOf(loss, { leastNegatives: 4 }))).toEqual([
      1, 2, 3, 4, 5,
    ]);
    const two = settingsOf(loss, { negatives: 2, leastNegatives: 0 });
    expect(judgedAnchors(logits, target, two)).toEqual([1, 2, 4]);
  });

  it("are the first of those that are equally wrong", () => {
    const target = targetOf([-1, -1, 0, -1, -1, -1]);
    const logits = wrong(3, 1, 0, 3, 3, 3);
    expect(judgedAnchors(logits, target, settingsOf("sigmoid"))).toEqual([0, 2, 3, 4]);
  });

  it("are a few of a picture without objects, none of what is not judged", () => {
    const target = targetOf([-1, -1, -2, -1, -1, -1]);
    const logits = wrong(1, 5, 9, 3, 4, 2);
    expect(judgedAnchors(logits, target, settingsOf("softmax"))).toEqual([1, 3, 4]);
  });

  it.each(["sigmoid", "softmax"] as const)("count what is no number first, %s", (loss) => {
    for (const classes of [
      [-1, -1, 0, -1, -1, -1],
      [-1, -1, -1, -1, -1, -1],
    ]) {
      for (const at of [0, 5]) {
        const logits = wrong(9, 5, 0, 3, 4, 2);
        logits[at * 2 + 1] = Number.NaN;
        const outputs = { encodings: new Float64Array(24), logits };
        const settings = settingsOf(loss, { negatives: 1, leastNegatives: 1 });
        expect(detectionLoss(outputs, [targetOf(classes)], settings)).toBeNaN();
      }
    }
  });

  it("are all for the focal loss", () => {
    const target = targetOf([-1, -1, -2, 0, -1, -1]);
    const logits = wrong(1, 5, 9, 3, 4, 2);
    expect(judgedAnchors(logits, target, settingsOf("focal"))).toEqual([0, 1, 3, 4, 5]);
  });
});
