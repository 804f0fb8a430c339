/** A TensorFlow Lite file with all that belongs to a model: its own description, TensorFlow's, labels. */
import type { Model } from "../../models/model.ts";
import { describeModel, metadataName } from "../model-description.ts";
import { standardMetadata, standardName, withLabels } from "./write-metadata.ts";
import { type TfliteOptions, writeTflite } from "./writer.ts";

/**
 * The file of a model.
 *
 * @param model - Its graph as the writer takes it: batch norms folded, nothing fused but activations.
 */
export function writeTfliteModel(
  model: Model,
  { half = false, detection }: Omit<TfliteOptions, "metadata"> = {},
): Uint8Array {
  const suppressed = detection !== undefined;
  const metadata = new Map([
    [metadataName, describeModel(model)],
    [standardName, standardMetadata(model, suppressed)],
  ]);
  return withLabels(writeTflite(model.graph, { metadata, half, detection }), model, suppressed);
}
