/** The formats of boxes that are read, one a row. */
import { cocoBoxes } from "./coco-boxes-node.ts";
import { createmlBoxes } from "./createml-boxes-node.ts";
import { cvatBoxes } from "./cvat-boxes-node.ts";
import type { DetectionFormat } from "./detection-format.ts";
import { labelmeBoxes } from "./labelme-boxes-node.ts";
import { superviselyBoxes } from "./supervisely-boxes-node.ts";
import { vocBoxes } from "./voc-boxes-node.ts";
import { yoloBoxes } from "./yolo-boxes-node.ts";

export const detectionFormats: readonly DetectionFormat[] = [
  vocBoxes,
  cocoBoxes,
  yoloBoxes,
  labelmeBoxes,
  createmlBoxes,
  cvatBoxes,
  superviselyBoxes,
];
