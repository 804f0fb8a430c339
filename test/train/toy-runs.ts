/**
 * A run in a process of its own, which a test kills: a session of a task, or one that simulates 8 bits.
 * Prints a line a step and, at the end, a checksum of the model. Arguments: what is trained, the
 * checkpoint's path, and `resume` to go on from it.
 */
import { setTimeout } from "node:timers/promises";
import { crc32 } from "../../src/formats/crc32.ts";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel } from "../../src/models/model.ts";
import type { Tensor } from "../../src/tensor.ts";
import { fileCheckpoint } from "../../src/train/checkpoint-node.ts";
import { exportWeights } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { recipes } from "../../src/train/recipes.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { openSession, type Session } from "../../src/train/session.ts";
import type { TrainingTask } from "../../src/train/session-tasks.ts";
import { randomize, smallPictures } from "./networks.ts";
import { boxData } from "./toy-boxes.ts";
import { shadeData } from "./toy-shades.ts";
import { squareData } from "./toy-squares.ts";

/** A model that was never trained: its values are those of a small network at random. */
function toyModel(labels: readonly string[]): ClassifierModel {
  const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: labels.length });
  const network = createReferenceNetwork(planTraining(graph), { batch: 1 });
  randomize(network, 1);
  const bound = bindWeights(graph, exportWeights(network));
  const { features } = bound.landmarks ?? graph.landmarks;
  return {
    name: "toy",
    task: "classify",
    graph: bound,
    preprocess: smallPictures,
    labels,
    features,
  };
}

const [what = "", path = "", resume] = process.argv.slice(2);
const recipe = {
  ...recipes.small,
  ...{ epochs: 3, batch: 4, averageDecay: 0.9 },
  schedule: { learningRate: 0.01, decay: { kind: "cosine" } },
  augmentation: { flip: true },
} as const;
const shared = {
  ...{ recipe, seed: 1, threads: 1, checkpointSteps: 1 },
  ...{ checkpoint: fileCheckpoint(path), resume: resume === "resume" },
};

/** The weights as whoever loads the model gets them. */
function sumOf(tensors: ReadonlyMap<string, Tensor>): number {
  return crc32(
    writeSafetensors({ tensors: tensors as Map<string, Tensor<"float32">>, metadata: {} }),
  );
}

async function follow<T extends TrainingTask>(session: Session<T>): Promise<void> {
  const run = session.run();
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) {
      const eight = session.quantized?.(next.value.weights);
      console.log(`end ${sumOf(session.weightsOf(next.value.weights))} ${eight && crc32(eight)}`);
      return;
    }
    if (next.value.kind === "step") console.log(`${next.value.epoch}.${next.value.step}`);
    // Slow enough to be killed between any two lines.
    await setTimeout(2);
  }
}

switch (what) {
  case "detect": {
    const data = boxData(16, 4);
    await follow(
      await openSession({ ...shared, task: "detect", data, width: 0.1, resolution: 96 }),
    );
    break;
  }
  case "segment": {
    const data = squareData(16, 48, 4);
    await follow(
      await openSession({ ...shared, task: "segment", data, width: 0.1, resolution: 48 }),
    );
    break;
  }
  default: {
    const data = shadeData(16, 4);
    await follow(
      await openSession({ ...shared, data, from: toyModel(data.classes), quantizeAware: {} }),
    );
  }
}
