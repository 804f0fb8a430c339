/** A small network with random weights as the files of a TensorFlow.js model. */
import { tfjsFiles } from "../../src/cli/tfjs-files.ts";
import type { ModelFiles } from "../../src/formats/files.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";

/** Rows and columns of the small network's input. */
export const smallResolution = 96;

/** MobileNetV2 0.35 at 96 × 96 with five classes: model.json and its only shard. */
export function smallModelFiles(): ModelFiles {
  const graph = mobilenetV2({ width: 0.35, resolution: smallResolution, classes: 5 });
  return tfjsFiles(withRandomWeights(graph));
}
