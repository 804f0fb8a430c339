/**
 * Objects and their boxes: what an SSD learns (section 6.2). A picture's objects go where augmentation put
 * its pixels, anchors are matched with them, and the network is to give each matched anchor its object's
 * class and box, and all others the background.
 */
import { checkSettings } from "../../check-fields.ts";
import type { TrueObject } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import type { DetectionImage } from "../../evaluate/average-precision.ts";
import { required } from "../../required.ts";
import { generateAnchors } from "../../tasks/anchors.ts";
import { encodeBoxes } from "../../tasks/boxes.ts";
import { quote } from "../../untrusted.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import type { Outputs } from "../network.ts";
import type { TrainingPlan } from "../plan.ts";
import {
  type DetectorTrainingEvaluation,
  detectorEvaluation,
  type FindingSettings,
  foundBoxes,
} from "./detection-evaluation.ts";
import {
  type AnchorTargets,
  type DetectionLossSettings,
  type DetectorOutputs,
  detectionLoss,
} from "./detection-loss.ts";
import { type DetectionObjectiveOptions, detectionOptionKinds } from "./detection-options.ts";
import { type DetectorShape, detectorShape } from "./detector-outputs.ts";
import { type Corners, matchAnchors } from "./match-anchors.ts";
import { moveObjects } from "./move-objects.ts";
import type { LabelledSample, Objective, ObjectiveBatch, PreparedObjective } from "./objective.ts";

/** A picture's objects in the input, and what its anchors are to find. */
export interface DetectionTarget extends AnchorTargets {
  readonly objects: readonly TrueObject[];
}

/**
 * The loss of an SSD (Liu et al., 2016): smooth L1 of the encodings of boxes and a loss of classes, over the
 * number of anchors that answer for objects. Labels are lists of objects, with boxes in pixels of the picture.
 *
 * Every object gets the anchor that overlaps it best, and each other anchor that overlaps one by
 * `matchThreshold`. Anchors on crowds and difficult objects are not judged.
 *
 * @throws MobileNetError `invalid-argument` for settings out of range; `target` of the prepared objective for
 *   classes that the network has not, and boxes that are not finite or have no size.
 *
 * @example
 * ```ts
 * const graph = ssdlite({ width: 0.25, resolution: 96, classes: 1 });
 * const { anchors, boxCoder } = ssdliteDetection([96, 96]);
 * const objective = detection({ anchors, boxCoder, loss: "focal" }).prepare(planTraining(graph));
 * const label = [{ classIndex: 0, box: { x: 32, y: 40, width: 30, height: 30 } }];
 * const target = await objective.target({ label, name: "cat.jpg", geometry: undefined });
 * target.positives.length > 0; // true
 * ```
 */
export function detection(
  options: DetectionObjectiveOptions,
): Objective<readonly TrueObject[], DetectionTarget, DetectorTrainingEvaluation> {
  checkSettings(options, detectionOptionKinds, "detection");
  const { anchors, labels: _, loss = "sigmoid", negatives = 3, leastNegatives = 3 } = options;
  const { alpha = 0.25, gamma = 2, matchThreshold = 0.5 } = options;
  const lossSettings = { loss, negatives, leastNegatives, alpha, gamma };
  // Bests are compared by them.
  const { scoreThreshold, iouThreshold, maxDetections } = options;
  return {
    name: `boxes and classes of anchors, ${loss}`,
    headline: "AP50",
    settings: {
      ...lossSettings,
      matchThreshold,
      ...{ scoreThreshold, iouThreshold, maxDetections },
      boxCoder: options.boxCoder,
      anchors: "boxes" in anchors ? Array.from(anchors.boxes) : anchors,
    },
    prepare: (plan) => new Detection(plan, { ...options, ...lossSettings, matchThreshold }),
  };
}

type SettledOptions = DetectionObjectiveOptions &
  DetectionLossSettings & { readonly matchThreshold: number };

class Detection
  implements PreparedObjective<readonly TrueObject[], DetectionTarget, DetectorTrainingEvaluation>
{
  readonly #options: SettledOptions;
  readonly #finding: FindingSettings;
  readonly #network: DetectorShape;
  readonly #labels: readonly string[];

  constructor(plan: TrainingPlan, options: SettledOptions) {
    const { anchors, boxCoder, loss } = options;
    const boxes = "boxes" in anchors ? anchors.boxes : generateAnchors(anchors);
    this.#options = options;
    this.#network = detectorShape(plan, { anchors: boxes.length / 4, loss });
    const { classes } = this.#network;
    this.#labels = options.labels ?? Array.from({ length: classes }, (_, i) => `class ${i}`);
    if (this.#labels.length !== classes) {
      throw new MobileNetError("invalid-argument", "the labels are for another network", {
        expected: `${classes} labels, one for each class`,
        received: `${this.#labels.length}`,
      });
    }
    const [, rows, columns] = plan.input;
    const { scoreThreshold = 0.01, iouThreshold = 0.6, maxDetections = 100 } = options;
    this.#finding = {
      decoder: { anchors: boxes, boxCoder },
      ...{ rows, columns, scoreThreshold, iouThreshold, maxDetections },
      scores: loss === "softmax" ? "softmax" : "sigmoid",
    };
  }

  target({ label, name, geometry }: LabelledSample<readonly TrueObject[]>): DetectionTarget {
    const { decoder, rows, columns } = this.#finding;
    for (const [index, object] of label.entries()) {
      this.#checkClass(object.classIndex, name);
      checkBox(object.box, name, index);
    }
    const objects = moveObjects(label, geometry, { rows, columns });
    const corners = objects.map(({ box: { x, y, width, height } }): Corners => {
      return [y / rows, x / columns, (y + height) / rows, (x + width) / columns];
    });
    const judged = objects.map(({ crowd, difficult }, i) => {
      const kind = crowd === true ? "crowd" : difficult === true ? "difficult" : "object";
      return { box: corners[i]!, kind } as const;
    });
    const matched = matchAnchors(decoder.anchors, judged, this.#options.matchThreshold);
    const positives = Uint32Array.from(matched.keys()).filter((anchor) => matched[anchor]! >= 0);
    const boxes = [...positives].flatMap((anchor) => corners[matched[anchor]!]!);
    const own = [...positives].flatMap((anchor) => [
      ...decoder.anchors.subarray(anchor * 4, anchor * 4 + 4),
    ]);
    return {
      objects,
      classes: matched.map((object) => objects[object]?.classIndex ?? object),
      positives,
      encodings: encodeBoxes(boxes, { ...decoder, anchors: Float32Array.from(own) }),
    };
  }

  loss({ outputs, targets }: ObjectiveBatch<DetectionTarget>, gradients?: Outputs): number {
    const written = gradients && this.#of(gradients, targets.length);
    return detectionLoss(this.#of(outputs, targets.length), targets, this.#options, written);
  }

  evaluation() {
    const images: DetectionImage[] = [];
    let lossSum = 0;
    return {
      add: ({ outputs, targets }: ObjectiveBatch<DetectionTarget>, loss: number): void => {
        lossSum += loss * targets.length;
        const own = this.#of(outputs, targets.length);
        for (const [n, { objects }] of targets.entries()) {
          images.push({ objects, detections: foundBoxes(own, n, this.#finding) });
        }
      },
      end: (): DetectorTrainingEvaluation => {
        const loss = images.length === 0 ? 0 : lossSum / images.length;
        return detectorEvaluation(images, { loss, labels: this.#labels });
      },
    };
  }

  /** The two outputs' values of a batch. */
  #of(outputs: Outputs, count: number): DetectorOutputs {
    const { boxes, scores, anchors, classes } = this.#network;
    return {
      encodings: required(outputs, boxes).subarray(0, count * anchors * 4),
      logits: required(outputs, scores).subarray(0, count * anchors * (1 + classes)),
    };
  }

  #checkClass(classIndex: number, name: string): void {
    const { classes } = this.#network;
    if (Number.isInteger(classIndex) && classIndex >= 0 && classIndex < classes) return;
    throw new MobileNetError("invalid-argument", "an object outside the classes", {
      node: name,
      expected: `a classIndex from 0 to ${classes - 1}`,
      received: quote(classIndex),
      remedy: "Number the classes from 0, without the background.",
    });
  }
}

/** A crop may cut an object away; one that never had a place is a mistake in the label. */
function checkBox(box: unknown, name: string, index: number): void {
  const { x, y, width, height } = fieldsOf(box);
  const placed = [x, y, width, height].every(Number.isFinite);
  if (placed && Number(width) > 0 && Number(height) > 0) return;
  throw new MobileNetError("invalid-argument", "an object's box is none", {
    node: name,
    expected: "a box of finite x and y and of a width and height above 0, in pixels",
    received: `x ${quote(x)}, y ${quote(y)}, width ${quote(width)}, height ${quote(height)} of object ${index}`,
    remedy: "Correct the box, or leave the object out.",
  });
}
