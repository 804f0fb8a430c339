/** Written layers as the configuration that Keras 2 saves, and Keras 3 and TensorFlow.js read too. */
import { AllowedNames } from "../allowed-names.ts";
import type { DraftLayer } from "./layer-draft.ts";
import type { WrittenLayers } from "./write-layers.ts";

/** Whose layout a file has: what readers ask for where versions differ. */
export const writtenVersion = "2.15.0";

/**
 * The configuration of a model.
 *
 * @param className - `Functional`, or `Model` where versions before that word are to read it.
 */
export function modelConfig(
  name: string,
  { layers, outputs }: WrittenLayers,
  className: "Functional" | "Model",
): Readonly<Record<string, unknown>> {
  const end = (layer: string): readonly [string, 0, 0] => [layer, 0, 0];
  const inputs = layers.filter((layer) => layer.inputs.length === 0);
  const config = {
    name: new AllowedNames(/[^A-Za-z0-9_.-]/g).fresh(name),
    layers: layers.map(layerConfig),
    input_layers: inputs.map((layer) => end(layer.name)),
    output_layers: outputs.map(end),
  };
  return { class_name: className, config };
}

function layerConfig({ name, className, config, inputs }: DraftLayer): unknown {
  const known = className === "InputLayer" ? {} : { trainable: true, dtype: "float32" };
  const call = inputs.map((layer) => [layer, 0, 0, {}]);
  return {
    class_name: className,
    config: { name, ...known, ...config },
    name,
    inbound_nodes: call.length === 0 ? [] : [call],
  };
}
