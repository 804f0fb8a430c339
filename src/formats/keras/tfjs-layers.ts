/**
 * TensorFlow.js layers models: the topology is Keras's configuration, the weights are in shards under
 * the layers' names. Beside those of Teachable Machine lies a file that names the classes.
 */
import type { Model } from "../../models/model.ts";
import type { Tensor } from "../../tensor.ts";
import { isRecord } from "../files.ts";
import type { MainFile } from "../format.ts";
import { readJsonDescription } from "../model-description.ts";
import type { ReadRequest } from "../request.ts";
import { modelOfKeras } from "./model.ts";
import { readTeachableMachine } from "./teachable-machine.ts";
import { NamedWeights } from "./weights.ts";

/** A layers model's weights as they were stored. */
export interface StoredWeights {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** In all shards. */
  readonly bytes: number;
  /** Whether some are stored as codes. */
  readonly quantized: boolean;
}

/** The model of a `model.json` whose topology is Keras's. */
export async function readLayersModel(
  json: Readonly<Record<string, unknown>>,
  { tensors, bytes, quantized }: StoredWeights,
  main: MainFile,
  request: ReadRequest,
): Promise<Model> {
  const topology = isRecord(json["modelTopology"]) ? json["modelTopology"] : {};
  const own = request.published ? undefined : readJsonDescription(json);
  const machine = own ? undefined : await readTeachableMachine(topology, main, request);
  const content = {
    model: isRecord(topology["model_config"]) ? topology["model_config"] : topology,
    version: topology["keras_version"],
    converter: json["convertedBy"],
    bytes: main.bytes.length + bytes,
    weights: ({ layers }) => new NamedWeights(tensors, layers),
    own,
    facts: (input) => machine?.(input) ?? {},
    notes: quantized ? ["weights are stored as codes of 8 or 16 bits and run as floats"] : [],
  } satisfies Parameters<typeof modelOfKeras>[0];
  return modelOfKeras(content, main, request);
}
