/** The formats of boxes that are read, one a row. */
import type { DetectionFormat } from "./detection-format.ts";
import { vocBoxes } from "./voc-boxes-node.ts";

export const detectionFormats: readonly DetectionFormat[] = [vocBoxes];
