/** What a resumed run must share: everything that changes the result, and nothing else. */
import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../src/graph/ir.ts";
import type { NetworkOptions } from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import type { TrainOptions } from "../../src/train/train-options.ts";
import { train } from "../../src/train/trainer.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

type Settings = Partial<TrainOptions> & Partial<NetworkOptions> & { readonly graph?: Graph };

/** A run of one step an epoch, of two epochs, over a store. */
async function run(
  {
    graph = smallGraph(),
    dropout = 0,
    batchNormDecay = 0.9,
    frozenBatchNorm = false,
    ...rest
  }: Settings,
  store: { kept?: Uint8Array },
  resume: boolean,
): Promise<void> {
  const network = createReferenceNetwork(planTraining(graph), {
    ...{ batch: 4, dropout, batchNormDecay, frozenBatchNorm },
  });
  const events = train({
    objective: classification(),
    epochs: 1,
    seed: 3,
    optimizer: { kind: "sgd" },
    schedule: { learningRate: 0.05, decay: { kind: "cosine" } },
    training: toySamples(4, 5, 1),
    ...rest,
    network,
    resume,
    checkpoint: {
      save: async (bytes) => {
        store.kept = bytes;
      },
      load: async () => store.kept,
    },
  });
  for await (const _ of events);
}

const strides = (stride: number): Graph => {
  const graph = smallGraph();
  const nodes = graph.nodes.map((node) =>
    node.name === "stem" ? ({ ...node, stride } as Node) : node,
  );
  return { ...graph, nodes };
};

describe("resuming", () => {
  it.each<[string, Settings, Settings, RegExp]>([
    [
      "an objective's settings",
      { objective: classification() },
      { objective: classification({ labelSmoothing: 0.2 }) },
      /objective\.settings\.labelSmoothing 0\.2, received objective\.settings\.labelSmoothing 0\./,
    ],
    ["dropout", {}, { dropout: 0.3 }, /network\.dropout 0\.3, received network\.dropout 0\./],
    ["the decay of batch norms", {}, { batchNormDecay: 0.99 }, /network\.batchNormDecay 0\.99/],
    ["frozen batch norms", {}, { frozenBatchNorm: true }, /network\.frozenBatchNorm true/],
    ["strides", {}, { graph: strides(1) }, /network\.nodes\.stem\.stride 1, received .* 2/],
    ["momentum", {}, { optimizer: { kind: "sgd", momentum: 0 } }, /optimizer\.momentum 0/],
    ["mixing", {}, { mixup: 0.2 }, /mixup 0\.2, received mixup 0/],
    ["views", {}, { views: 2 }, /views 2, received views unset/],
    ["patience", {}, { patience: 2 }, /patience 2, received patience unset/],
  ])("refuses %s that changed", async (_, first, then, message) => {
    const store = {};
    await run(first, store, false);
    await expect(run(then, store, true)).rejects.toThrow(message);
  });

  it.each<[string, Settings, Settings]>([
    ["an objective's defaults", {}, { objective: classification({ labelSmoothing: 0 }) }],
    [
      "an optimizer's defaults",
      { optimizer: { kind: "sgd" } },
      {
        optimizer: {
          ...{ weightDecay: 0, exemptNorms: true },
          ...{ nesterov: false, momentum: 0.9, kind: "sgd" },
        },
      },
    ],
    [
      "a schedule's defaults",
      {},
      {
        schedule: {
          decay: { end: 0, kind: "cosine" },
          ...{ warmupStart: 0.5, warmupEpochs: 0, learningRate: 0.05 },
        },
      },
    ],
    ["no mixing", {}, { mixup: 0, cutmix: 0 }],
    ["one pass a step and no average", {}, { accumulate: 1, averageDecay: 0 }],
  ])("takes %s for the same, written out or left out", async (_, first, then) => {
    const store = {};
    await run(first, store, false);
    await run(then, store, true);
    const other = {};
    await run(then, other, false);
    await run(first, other, true);
  });

  it("refuses a number of views that is none", async () => {
    for (const views of [0, -1, 1.5]) {
      await expect(run({ views }, {}, false)).rejects.toThrow(/bad views: expected a whole number/);
    }
  });
});
