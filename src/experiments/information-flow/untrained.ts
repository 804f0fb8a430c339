/** MobileNetV2 with the weights that a training begins with, normalised as in training. */
import { bindWeights, type Graph } from "../../index.ts";
import {
  createWasmNetwork,
  type DataSet,
  exportWeights,
  initialize,
  pictureSamples,
  planTraining,
  recipes,
} from "../../train/index.ts";
import { inputPreset } from "../small-networks/train-node.ts";
import type { TrainingSettings } from "../small-networks/training-settings.ts";
import { buildVariant } from "../small-networks/variants.ts";

/**
 * The network before its first step. Its batch norms have the statistics of a batch of the training's
 * pictures as the training's own forward pass measures them, each over what the layers before it give
 * once they are normalised.
 *
 * @param seed - Of the training that begins there.
 */
export async function untrainedNetwork(
  { resolution, width, batch }: TrainingSettings,
  seed: number,
  data: DataSet,
): Promise<Graph> {
  const { graph } = buildVariant("base", { resolution, width, classes: data.classes.length });
  const samples = pictureSamples(data.training, inputPreset(resolution), {});
  const count = Math.min(batch, samples.count);
  // Nothing is left of what the moving statistics were before.
  const network = await createWasmNetwork(planTraining(graph), { batch: count, batchNormDecay: 0 });
  try {
    initialize(network, { seed, scheme: recipes.small.initialization });
    const size = network.input.length / count;
    for (let i = 0; i < count; i++) {
      const input = new Float32Array(size);
      await samples.read(i, input);
      network.input.set(input, i * size);
    }
    network.forward(count, { training: true });
    return bindWeights(graph, exportWeights(network));
  } finally {
    network.dispose();
  }
}
