/** The outputs of a detector with anchors, as its objective and its first values look for them. */
import { MobileNetError } from "../../errors.ts";
import type { PlannedOutput, TrainingPlan } from "../plan.ts";
import type { ClassLoss } from "./detection-loss.ts";

/** A detector's outputs. */
export interface DetectorShape {
  /** The output with box encodings, `[batch, anchors, 1, 4]`. */
  readonly boxes: string;
  /** The output with logits, `[batch, anchors, 1, 1 + classes]`. */
  readonly scores: string;
  readonly anchors: number;
  readonly classes: number;
}

/**
 * The outputs of a detector.
 *
 * @throws MobileNetError `invalid-argument` where the network is none, or one for other anchors or losses.
 */
export function detectorShape(
  { graph, outputs }: TrainingPlan,
  { anchors, loss }: { readonly anchors: number; readonly loss: ClassLoss },
): DetectorShape {
  const [boxes, scores] = outputs;
  const columns = scores?.shape[3] ?? 0;
  const fits =
    outputs.length === 2 &&
    columns > 1 &&
    isRows(boxes, anchors, 4) &&
    isRows(scores, anchors, columns);
  if (!fits || boxes === undefined || scores === undefined) {
    throw new MobileNetError("invalid-argument", "the network is no detector with these anchors", {
      node: graph.name,
      expected: `box encodings [1, ${anchors}, 1, 4] and scores [1, ${anchors}, 1, 1 + classes]`,
      received: outputs.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", "),
      remedy: "Give the anchors of its own resolution, as ssdliteDetection has them.",
    });
  }
  const wanted = loss === "softmax" ? "softmax" : "sigmoid";
  const ending = graph.nodes.find(({ name }) => name === graph.outputs[1])?.op;
  if (ending !== wanted) {
    throw new MobileNetError("invalid-argument", "the loss is for other scores", {
      node: graph.name,
      expected: `scores by ${wanted}, for the loss ${loss}`,
      received: ending ?? "none",
      remedy: `Build the network with scores: "${wanted}", or choose another loss.`,
    });
  }
  return { boxes: boxes.name, scores: scores.name, anchors, classes: columns - 1 };
}

/** Whether an output has a row of values for each anchor. */
function isRows(output: PlannedOutput | undefined, anchors: number, columns: number): boolean {
  const wanted = [1, anchors, 1, columns];
  return output?.shape.every((size, axis) => size === wanted[axis]) === true;
}
