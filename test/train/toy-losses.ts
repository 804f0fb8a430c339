/** A few steps of training that are the same bits wherever they run. */
import type * as training from "../../src/train/common.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

/** Trains for two epochs; gives every step's loss and how the network ran. */
export async function toyLosses({
  classification,
  createWasmNetwork,
  initialize,
  planTraining,
  train,
}: typeof training): Promise<{ readonly losses: readonly number[]; readonly description: string }> {
  const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 8, dropout: 0.2 });
  try {
    initialize(network, { seed: 7 });
    const losses: number[] = [];
    for await (const event of train({
      network,
      objective: classification(),
      training: toySamples(40, 5, 1),
      validation: toySamples(20, 5, 2),
      epochs: 2,
      seed: 3,
      optimizer: { kind: "sgd", momentum: 0.9 },
      schedule: { learningRate: 0.02, decay: { kind: "cosine" } },
    })) {
      if (event.kind === "step") losses.push(event.loss);
    }
    return { losses, description: network.description };
  } finally {
    network.dispose();
  }
}
