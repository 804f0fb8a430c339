/** Which layers are read, by class, and how an unknown one is refused. */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { activationLayers } from "./activations.ts";
import { convolutionLayers } from "./convolutions.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import { layerLabel } from "./listed-layers.ts";
import { mapLayers } from "./maps.ts";
import { mergingLayers } from "./merging.ts";
import { operationLayers, readOperation } from "./operations.ts";
import { passingLayers } from "./passing.ts";
import { scalingLayers } from "./scaling.ts";

/** The table. */
const layers: ReadonlyMap<string, ReadLayer> = new Map(
  [
    ...[convolutionLayers, scalingLayers, activationLayers, mapLayers, mergingLayers],
    ...[passingLayers, operationLayers],
  ].flatMap((table) => Object.entries(table)),
);

/** Layers that do something else where a network learns, unless they are told otherwise. */
const learning: ReadonlySet<string> = new Set([
  ...["BatchNormalization", "Dropout", "SpatialDropout2D", "AlphaDropout"],
  ...["GaussianDropout", "GaussianNoise"],
]);

/**
 * What a layer makes.
 *
 * @throws MobileNetError `unsupported` naming class, layer and what wrote the file.
 */
export function readLayer(layer: LayerImport, framework: string): KerasTensor {
  const { className, named, isOperation } = layer.layer;
  const training = named.get("training");
  // Keras 3 writes down the default too, which is true for augmentation and counts for nothing later.
  const counts = layer.dialect !== "keras3" || learning.has(className);
  if (counts && training !== undefined && "value" in training && training.value === true) {
    throw layer.fault("unsupported", "it is called with training = true", "no training");
  }
  if (isOperation) return readOperation(layer, className);
  if (!Object.hasOwn(operationLayers, className)) requireOnlyTensors(layer);
  const read = layers.get(className);
  if (read !== undefined) return read(layer);
  throw new MobileNetError("unsupported", `layers of this class are not read (${framework})`, {
    node: layer.place,
    received: layerLabel(layer.layer),
    remedy:
      "Export the model to TensorFlow Lite, which writes many layers out in simpler operations.",
  });
}

/** Refuses a call of a layer with what it does not read: a mask, say. */
function requireOnlyTensors(layer: LayerImport): void {
  for (const [name, operand] of layer.layer.named) {
    const isLeftOut = "value" in operand && (operand.value ?? undefined) === undefined;
    if (name === "training" || isLeftOut) continue;
    const received = "value" in operand ? quote(operand.value) : "a tensor";
    throw layer.fault("unsupported", `it is called with ${quote(name)}`, "tensors", received);
  }
}
