/**
 * TFLite_Detection_PostProcess, with which the Object Detection API's SSDs end: boxes are decoded from
 * anchors, which the file lists, and suppressed. Here that is a task's work, so that the operator becomes
 * its settings and the graph ends in what the operator reads.
 */
import { isNumberIn, quote } from "../../untrusted.ts";
import type { DetectionFacts } from "../file-facts.ts";
import { readFlexMap } from "./flexbuffer.ts";
import type { Importer } from "./importer.ts";
import type { TfliteOperator, TfliteTensor } from "./schema.ts";
import { dequantizeConstant } from "./tensors.ts";

/** The operator's name, and its kind. */
export const detectionName = "TFLite_Detection_PostProcess";
export const detectionOperator: string = `CUSTOM (${detectionName})`;

/** The operator as a detector's settings, and the tensors that it reads: box encodings and scores. */
export interface DetectionEnd extends DetectionFacts {
  readonly ends: readonly [encodings: TfliteTensor, scores: TfliteTensor];
}

/**
 * Reads the operator.
 *
 * @throws MobileNetError `invalid-model` where its options or anchors make no sense, `unsupported` where
 *   a box may have several classes.
 */
export function readDetection(importer: Importer, operator: TfliteOperator): DetectionEnd {
  const option = optionsOf(importer, operator);
  const encodings = importer.value(operator, 0);
  const scores = importer.value(operator, 1);
  const boxes = readAnchors(importer, operator);
  const anchors = boxes.length / 4;
  const [, rows, columns, width] = encodings.shape;
  const classes = option("num_classes", { least: 1, most: 65_536 });
  const [, scoreRows, scoreColumns, all] = scores.shape;
  const background = all - classes;
  const fits = rows * columns === anchors && width === 4 && scoreRows * scoreColumns === anchors;
  if (!fits || columns !== 1 || scoreColumns !== 1 || (background !== 0 && background !== 1)) {
    const shapes = `${encodings.shape.join("×")} and ${scores.shape.join("×")}`;
    const summary = `${anchors} anchors and ${classes} classes, but inputs of ${shapes}`;
    throw importer.fault("invalid-model", operator, summary);
  }
  const regular = option("use_regular_nms", { least: 0, most: 1, absent: 0 }) === 1;
  const several = option("max_classes_per_detection", { least: 0, most: 65_536, absent: 1 });
  if (!regular && several > 1) {
    throw importer.fault("unsupported", operator, `${several} classes for one box`);
  }
  const scale = (name: string) => option(name, { least: 1e-6, most: 1e6 });
  const count = { least: 1, most: 65_536 };
  return {
    classes,
    ends: [importer.tensor(operator, "inputs", 0), importer.tensor(operator, "inputs", 1)],
    settings: {
      anchors: { boxes },
      boxCoder: [scale("y_scale"), scale("x_scale"), scale("h_scale"), scale("w_scale")],
      scoreThreshold: option("nms_score_threshold", { least: 0, most: 1 }),
      iouThreshold: option("nms_iou_threshold", { least: 0, most: 1 }),
      maxDetections: option("max_detections", count),
      inclusive: true,
      clip: false,
      ...(background === 0 ? { background: false } : {}),
      ...(regular
        ? { maxPerClass: option("detections_per_class", { ...count, absent: 100 }) }
        : { classAgnostic: true }),
    },
  };
}

type Limits = { readonly least: number; readonly most: number; readonly absent?: number };

function optionsOf(importer: Importer, operator: TfliteOperator) {
  const fields = readFlexMap(operator.customOptions ?? new Uint8Array());
  return (name: string, { least, most, absent }: Limits): number => {
    const value = fields.get(name) ?? absent;
    if (isNumberIn(value, least, most)) return value;
    const summary = `its option ${name} is ${quote(value)}, not ${least} to ${most}`;
    throw importer.fault("invalid-model", operator, summary);
  };
}

/** `[anchors, 4]`: centre y, centre x, height, width. */
function readAnchors(importer: Importer, operator: TfliteOperator): Float32Array {
  const tensor = importer.tensor(operator, "inputs", 2);
  const { shape, data } = dequantizeConstant(tensor, importer.constant(operator, 2));
  if (shape.at(-1) !== 4 || data.length < 4) {
    throw importer.fault("invalid-model", operator, `anchors of ${shape.join("×")}`);
  }
  return Float32Array.from(data);
}
