/** The smallest classifier in Keras's words, for what stands in front of it or beside it. */
import type { ModelOptions } from "../../../src/formats/model-options.ts";
import type { Model } from "../../../src/models/model.ts";
import { openBytes } from "../../open-bytes.ts";
import { input, type JsonLayer, layer, layersFiles, sequential } from "./keras-json.ts";

export const dense: JsonLayer = layer("Dense", "scores", { units: 2, activation: "softmax" });
export const pool: JsonLayer = layer("GlobalAveragePooling2D", "pool");
export const denseWeights: Readonly<Record<string, readonly number[]>> = {
  "scores/kernel": [3, 2],
  "scores/bias": [2],
};

/** A classifier of the mean colour, with layers in front. */
export const classifier = (...front: readonly JsonLayer[]): JsonLayer =>
  sequential([input([8, 8, 3]), ...front, pool, dense]);

export const open = (
  model: unknown,
  more: Parameters<typeof layersFiles>[1] = {},
  options: ModelOptions = {},
): Promise<Model> =>
  openBytes(layersFiles(model, { weights: denseWeights, ...more }), "mine", options);
