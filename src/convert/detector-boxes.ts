/** How far a detector's file takes its answer: what the option `boxes` asks, of what the model says. */
import { MobileNetError } from "../errors.ts";
import type { DetectorEnd } from "../formats/detector-end.ts";
import type { DetectorModel, Model } from "../models/model.ts";
import { anchorsOf } from "../tasks/anchors.ts";
import { quote } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";

/** Encodings and scores as the network gives them; boxes with a score for each class; objects. */
export const detectorBoxes = ["raw", "decoded", "suppressed"] as const;
export type DetectorBoxes = (typeof detectorBoxes)[number];

/**
 * The end that a detector's file gets; none where it has the network's outputs.
 *
 * @throws MobileNetError `invalid-argument` for another word, or for a model that has no boxes of anchors.
 */
export function detectorEndOf(model: Model, boxes: DetectorBoxes): DetectorEnd | undefined {
  if (!detectorBoxes.includes(boxes)) throw badValue("bad boxes", detectorBoxes.join(", "), boxes);
  if (boxes === "raw") return undefined;
  if (!hasAnchors(model)) {
    throw new MobileNetError("invalid-argument", "only detectors of anchors have boxes", {
      node: model.name,
      received: quote(boxes),
      remedy: "Leave boxes out.",
    });
  }
  const { detection, labels } = model;
  return {
    boxes,
    settings: detection,
    anchors: anchorsOf(detection.anchors),
    classes: labels.length,
  };
}

type AnchorModel = DetectorModel & {
  readonly detection: Exclude<DetectorModel["detection"], { readonly kind: "grid" }>;
};

function hasAnchors(model: Model): model is AnchorModel {
  return model.task === "detect" && model.detection.kind !== "grid";
}
