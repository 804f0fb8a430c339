/**
 * A detector's end as the Object Detection API's files have it, the reader's counterpart (detection.ts):
 * one operator decodes boxes from the anchors that the file lists and lets them suppress each other, and
 * gives the objects as boxes, classes, scores and their number.
 */
import { MobileNetError } from "../../errors.ts";
import type { Node } from "../../graph/ir.ts";
import { quote } from "../../untrusted.ts";
import { type DetectorEnd, singleAbove, singleAtMost } from "../detector-end.ts";
import { detectionName } from "./detection.ts";
import type { ModelDraft } from "./draft.ts";
import { writeFlexMap } from "./flexbuffer-writer.ts";

/** Adds the operator behind encodings and scores and gives its outputs. */
export function writeDetection(
  draft: ModelDraft,
  { settings, anchors, classes }: DetectorEnd,
): readonly number[] {
  const [encodings = "", scores = ""] = draft.graph.outputs;
  const rows = anchors.length / 4;
  const inputs = [
    listed(draft, draft.node(encodings)),
    listed(draft, draft.node(scores)),
    draft.tensor({
      ...{ name: "anchors", type: "float32", data: anchors },
      shape: [rows, 4],
    }),
  ];
  const { boxCoder, classAgnostic = false } = settings;
  const maxDetections = Math.min(settings.maxDetections, classAgnostic ? rows : rows * classes);
  const maxPerClass = Math.min(settings.maxPerClass ?? maxDetections, rows);
  const [y, x, height, width] = boxCoder;
  const outputs = [
    ["detection_boxes", [1, maxDetections, 4]] as const,
    ["detection_classes", [1, maxDetections]] as const,
    ["detection_scores", [1, maxDetections]] as const,
    ["num_detections", [1]] as const,
  ].map(([name, shape]) => draft.tensor({ name, shape, type: "float32" }));
  const custom = writeFlexMap({
    max_detections: maxDetections,
    max_classes_per_detection: 1,
    detections_per_class: maxPerClass,
    use_regular_nms: !classAgnostic,
    nms_score_threshold: leastScore(settings),
    nms_iou_threshold: singleAtMost(settings.iouThreshold),
    num_classes: classes,
    ...{ y_scale: y, x_scale: x, h_scale: height, w_scale: width },
  });
  draft.operators.push({ kind: detectionName, version: 1, inputs, outputs, custom });
  return outputs;
}

/** `[1, anchors, values]` of real numbers, which is all that the operator takes in every runtime. */
function listed(draft: ModelDraft, node: Node): number {
  const [batch, rows, , values] = draft.shape(node.name);
  if (batch !== 1) {
    throw new MobileNetError("unsupported", `${detectionName} takes one image`, {
      node: node.name,
      expected: "a batch of 1",
      received: quote(batch),
      remedy: "Write it with boxes raw, or as ONNX.",
    });
  }
  const shape = draft.integers(`${node.name}/list/shape`, [batch, rows, values]);
  const list = draft.between(node, "list", [batch, rows, values]);
  const from = draft.value(node.name);
  draft.operators.push({ kind: "RESHAPE", version: 1, inputs: [from, shape], outputs: [list] });
  if (node.quantization === undefined) return list;
  const real = draft.tensor({
    ...{ name: `${node.name}/real`, type: "float32" },
    shape: [batch, rows, values],
  });
  draft.operators.push({ kind: "DEQUANTIZE", version: 2, inputs: [list], outputs: [real] });
  return real;
}

/** Scores from it on count; where equal ones do not, the next number above. */
function leastScore({ scoreThreshold, inclusive }: DetectorEnd["settings"]): number {
  const below = singleAtMost(scoreThreshold);
  const isSaid = inclusive === true && below === scoreThreshold;
  const least = isSaid ? below : singleAbove(scoreThreshold);
  if (least <= 1) return least;
  throw new MobileNetError("unsupported", "no score is above the model's threshold", {
    expected: "a score threshold below 1",
    received: quote(scoreThreshold),
    remedy: "Set scoreThreshold in the model's settings.",
  });
}
