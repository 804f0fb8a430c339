/** A network of a few thousand weights, as a model that every loader of classifiers takes. */
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { ranges } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel } from "../../src/models/model.ts";

export const tinyArchitecture = {
  width: 0.05,
  resolution: [32, 32],
  classes: 3,
  padding: "same",
  epsilon: 1e-3,
} as const;

export function tinyModel(): ClassifierModel {
  return {
    name: "tiny",
    task: "classify",
    graph: withRandomWeights(mobilenetV2(tinyArchitecture)),
    preprocess: {
      width: 32,
      height: 32,
      fit: { kind: "stretch" },
      centers: "half-pixel",
      ...ranges.signed,
    },
    labels: ["a", "b", "c"],
    features: "head/relu6",
  };
}
