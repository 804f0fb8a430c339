/** The network of a session: folded batch norms given back, memory for a batch, first values. */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { Graph, Parameter } from "../graph/ir.ts";
import type { Model } from "../models/model.ts";
import { purpose, Random } from "../random.ts";
import { quote } from "../untrusted.ts";
import { augmentationKey, isDamaged, type SampleSet } from "./data/samples.ts";
import { initialize } from "./initialize.ts";
import { measureOutputs } from "./measure.ts";
import { importWeights, type TrainingNetwork } from "./network.ts";
import { planTraining, type TrainingPlan } from "./plan.ts";
import type { Recipe } from "./recipes.ts";
import { foldedConvolutions, unfoldBatchNorms } from "./unfold.ts";
import { layOut } from "./wasm/layout.ts";
import { createWasmNetwork } from "./wasm/network.ts";

/** Samples that the statistics of folded batch norms are measured on. */
const measuredSamples = 256;

/** How many of them are announced, to be made meanwhile. */
const ahead = 32;

/** Bytes that a network may take for a batch; more go through in several passes. */
const memoryLimit = 1.5e9;

/** Samples of a step, in however many passes. */
const mostBatch = 2 ** 20;

/** What opening a network takes of a session's options, which session.ts explains. */
export interface OpenNetworkOptions {
  readonly recipe: Recipe;
  readonly seed?: number | undefined;
  readonly from?: Model | undefined;
  readonly threads?: number | "auto" | undefined;
  readonly damaged?: "skip" | "stop" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A network that is ready to be trained. */
export interface OpenedNetwork {
  readonly network: TrainingNetwork;
  /** Passes of the network's batch that make a step. */
  readonly accumulate: number;
}

/** A network with its first values: what the graph has, and new ones for the rest. */
export async function openNetwork(
  graph: Graph,
  { recipe, seed = 1, from, threads = "auto", signal }: OpenNetworkOptions,
): Promise<OpenedNetwork> {
  if (!(Number.isInteger(recipe.batch) && recipe.batch >= 1 && recipe.batch <= mostBatch)) {
    throw new MobileNetError("invalid-argument", "bad batch", {
      expected: `a whole number from 1 to ${mostBatch}`,
      received: quote(recipe.batch),
    });
  }
  const plan = planTraining(graph);
  const accumulate = passesFor(plan, recipe.batch);
  const network = await createWasmNetwork(plan, {
    batch: recipe.batch / accumulate,
    dropout: recipe.dropout,
    batchNormDecay: recipe.batchNormDecay,
    frozenBatchNorm: recipe.frozenBatchNorm ?? false,
    threads,
  });
  try {
    initialize(network, { seed, scheme: recipe.initialization });
    if (from !== undefined) importKnown(network, graph.parameters);
    throwIfAborted(signal);
    return { network, accumulate };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** Gives folded batch norms back, with the statistics of some samples as they will be trained on. */
export async function restoreBatchNorms(
  graph: Graph,
  {
    training,
    epsilon,
    options: { seed = 1, recipe, threads = "auto", damaged, signal },
  }: {
    readonly training: SampleSet;
    readonly epsilon: number;
    readonly options: OpenNetworkOptions;
  },
): Promise<Graph> {
  const nodes = foldedConvolutions(graph);
  if (nodes.length === 0) return graph;
  const some = new Random(seed, purpose.statistics).permutation(training.count);
  const count = Math.min(measuredSamples, training.count);
  const statistics = await measureOutputs(graph, {
    nodes,
    count,
    read: async (i, into) => {
      const index = some[i]!;
      const keyOf = (at: number) => augmentationKey({ seed, views: recipe.views }, 0, at);
      const soon = some.subarray(i, Math.min(i + ahead, count));
      training.prefetch?.(Array.from(soon, (at) => ({ index: at, key: keyOf(at) })));
      const random = new Random(...keyOf(index));
      try {
        await training.read(index, into, random);
        return true;
      } catch (error) {
        // Training comes upon it again and tells.
        if (!isDamaged(error) || damaged === "stop") throw error;
        return false;
      }
    },
    threads,
    signal,
  });
  return unfoldBatchNorms(graph, { statistics, epsilon });
}

/** Copies what the model has; the new classifier keeps its first values. */
function importKnown(network: TrainingNetwork, parameters: ReadonlyMap<string, Parameter>): void {
  const tensors = new Map<string, Parameter>();
  for (const { name, shape, values } of network.parameters.values()) {
    const known = parameters.get(name);
    tensors.set(
      name,
      known?.data === undefined ? { shape, data: Float32Array.from(values) } : known,
    );
  }
  importWeights(network, tensors);
}

/** The fewest passes whose batch fits the memory. */
function passesFor(plan: TrainingPlan, batch: number): number {
  for (let passes = 1; passes <= batch; passes++) {
    if (batch % passes === 0 && layOut(plan, batch / passes).bytes <= memoryLimit) return passes;
  }
  return batch;
}
