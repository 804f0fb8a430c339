/**
 * A run in a process of its own, which a test kills: prints a line a step. Arguments: the checkpoint's
 * path, and `resume` to go on from it.
 */

import { setTimeout } from "node:timers/promises";
import { fileCheckpoint } from "../../src/train/checkpoint-node.ts";
import { initialize } from "../../src/train/initialize.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { train } from "../../src/train/trainer.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

/** Slow enough to be killed between any two lines. */
const quick = toySamples(80, 5, 1);
const training = {
  ...quick,
  read: async (...call: Parameters<typeof quick.read>) => {
    await setTimeout(2);
    await quick.read(...call);
  },
};

const [path = "", resume] = process.argv.slice(2);
const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 8, dropout: 0.2 });
initialize(network, { seed: 7 });
for await (const event of train({
  network,
  objective: classification(),
  training,
  validation: toySamples(20, 5, 2),
  epochs: 3,
  seed: 3,
  optimizer: { kind: "rmsprop", weightDecay: 1e-3 },
  schedule: { learningRate: 0.02, decay: { kind: "cosine" }, warmupEpochs: 0.5 },
  averageDecay: 0.9,
  mixup: 0.2,
  cutmix: 1,
  checkpoint: fileCheckpoint(path),
  checkpointSteps: 3,
  resume: resume === "resume",
})) {
  if (event.kind === "step") console.log(`${event.epoch}.${event.step} ${event.loss}`);
  else if (event.kind === "epoch") console.log(`${event.epoch} ${event.validation?.loss}`);
}
