/** Networks with random weights, ready to compile. */
import { withRandomWeights } from "../src/cli/random-weights.ts";
import type { Graph } from "../src/graph/ir.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";

/** MobileNetV2 with seeded weights of the size that keeps activations near 1. */
export function randomMobileNetV2(width: number, resolution: number): Graph {
  return withRandomWeights(mobilenetV2({ width, resolution }));
}
