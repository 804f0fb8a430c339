/** How far a detector's file takes its answer: what the option `boxes` asks, of what the model says. */
import { MobileNetError } from "../errors.ts";
import type { DetectorEnd } from "../formats/detector-end.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { DetectorModel, Model } from "../models/model.ts";
import { required } from "../required.ts";
import { anchorsOf } from "../tasks/anchors.ts";
import { quote } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";

/** Encodings and scores as the network gives them; boxes with a score for each class; objects. */
export type DetectorBoxes = "raw" | "decoded" | "suppressed";
export const detectorBoxes: readonly DetectorBoxes[] = ["raw", "decoded", "suppressed"];

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
  const { detection, labels, graph } = model;
  const anchors = anchorsOf(detection.anchors);
  requireFit(graph, {
    anchors: anchors.length / 4,
    columns: labels.length + (detection.background === false ? 0 : 1),
    classes: labels.length,
  });
  return {
    boxes,
    settings: detection,
    anchors,
    classes: labels.length,
  };
}

type AnchorModel = DetectorModel & {
  readonly detection: Exclude<DetectorModel["detection"], { readonly kind: "grid" }>;
};

function hasAnchors(model: Model): model is AnchorModel {
  return model.task === "detect" && model.detection.kind !== "grid";
}

/** Refuses settings that are not of these outputs, or leave no class. */
function requireFit(
  graph: Model["graph"],
  wanted: { readonly anchors: number; readonly columns: number; readonly classes: number },
): void {
  const { anchors, columns, classes } = wanted;
  const shapes = inferShapes(graph);
  const [encodings, scores] = graph.outputs.map((name) => required(shapes, name));
  const received = [encodings, scores].map((shape) => (shape ?? []).slice(1).join("×"));
  const expected = [`${anchors}×1×4`, `${anchors}×1×${columns}`];
  if (classes > 0 && received.join() === expected.join()) return;
  throw new MobileNetError("invalid-model", "the settings of a detector do not fit its outputs", {
    node: graph.name,
    expected: `${expected.join(" and ")}, a label for each class`,
    received: `${received.join(" and ")}, ${classes} labels`,
  });
}
