/** A small classifier with random weights that scores each class by itself, as a model of the library's own. */
import { writeTrainedModel } from "../../src/formats/own-model.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { ranges } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { Tensor } from "../../src/tensor.ts";

/** The model's files. */
export function tagsModelFiles(labels: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const shape = { width: 0.35, resolution: 96, classes: labels.length, scores: "sigmoid" } as const;
  const { architecture, parameters } = withRandomWeights(mobilenetV2(shape));
  const size = { width: 96, height: 96 };
  const fit = { kind: "stretch" } as const;
  const preprocess = { ...size, fit, centers: "half-pixel", ...ranges.signed } as const;
  const tensors = [...parameters].map(([name, { shape, data }]): [string, Tensor] => [
    name,
    { dtype: "float32", shape, data: Float32Array.from(data!) },
  ]);
  return writeTrainedModel({ architecture, preprocess, labels }, new Map(tensors));
}
