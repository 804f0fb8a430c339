/** The network of a session: folded batch norms given back, memory for a batch, first values. */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { type Graph, type Parameter, parametersOf } from "../graph/ir.ts";
import type { Model } from "../models/model.ts";
import { purpose, Random } from "../random.ts";
import { required } from "../required.ts";
import { quote } from "../untrusted.ts";
import { augmentationKey, isDamaged, type SampleSet } from "./data/samples.ts";
import { initialize } from "./initialize.ts";
import { lastConvolutions } from "./last-convolutions.ts";
import { measureOutputs } from "./measure.ts";
import { importWeights, type TrainingNetwork } from "./network.ts";
import { planTraining, type QuantizationSimulation } from "./plan.ts";
import type { Recipe } from "./recipes.ts";
import { divideStep, type StepMemory } from "./step-memory.ts";
import { foldedConvolutions, unfoldBatchNorms } from "./unfold.ts";
import { createWasmNetwork } from "./wasm/network.ts";

/** Samples that the statistics of folded batch norms are measured on. */
const measuredSamples = 256;

/** Pixels of their inputs in all: of larger ones fewer samples say as much. */
const measuredPixels = measuredSamples * 224 ** 2;

/** How many of them are announced, to be made meanwhile. */
const ahead = 32;

/** Samples of a step, in however many passes. */
const mostBatch = 2 ** 20;

/** What opening a network takes of a session's options, which session.ts explains. */
export interface OpenNetworkOptions {
  readonly recipe: Recipe;
  readonly seed?: number | undefined;
  readonly from?: Model | undefined;
  readonly memory?: number | undefined;
  readonly threads?: number | "auto" | undefined;
  readonly damaged?: "skip" | "stop" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A network that is ready to be trained. */
export interface OpenedNetwork {
  readonly network: TrainingNetwork;
  /** In how many passes a step's batch goes through it, and what that takes. */
  readonly step: StepMemory;
}

/** A network with its first values: what the graph has, and new ones for the rest. */
export async function openNetwork(
  graph: Graph,
  {
    begin,
    recipe,
    seed = 1,
    from,
    simulation,
    memory,
    threads = "auto",
    signal,
  }: OpenNetworkOptions & {
    /** Changes the first values of what the model to start from lacks. */
    readonly begin?: ((network: TrainingNetwork) => void) | undefined;
    /** The 8 bits that are simulated. */
    readonly simulation?: QuantizationSimulation | undefined;
  },
): Promise<OpenedNetwork> {
  if (!(Number.isInteger(recipe.batch) && recipe.batch >= 1 && recipe.batch <= mostBatch)) {
    throw new MobileNetError("invalid-argument", "bad batch", {
      expected: `a whole number from 1 to ${mostBatch}`,
      received: quote(recipe.batch),
    });
  }
  const plan = planTraining(graph, simulation);
  const step = divideStep(plan, recipe.batch, memory);
  const network = await createWasmNetwork(plan, {
    batch: step.samples,
    dropout: recipe.dropout,
    batchNormDecay: recipe.batchNormDecay,
    frozenBatchNorm: recipe.frozenBatchNorm ?? false,
    threads,
  });
  try {
    initialize(network, { seed, scheme: recipe.initialization });
    begin?.(network);
    if (from !== undefined) importKnown(network, graph.parameters);
    throwIfAborted(signal);
    return { network, step };
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
    readonly training: SampleSet<unknown>;
    readonly epsilon: number;
    readonly options: OpenNetworkOptions;
  },
): Promise<Graph> {
  // A new layer has nothing to be given back, nor has what predicts: their biases are their own.
  const predicting = lastConvolutions(graph);
  const known = new Map(graph.nodes.map((node) => [node.name, parametersOf(node)]));
  const nodes = foldedConvolutions(graph).filter(
    (name) =>
      !predicting.has(name) &&
      required(known, name).every((part) => graph.parameters.get(part)?.data !== undefined),
  );
  if (nodes.length === 0) return graph;
  const some = new Random(seed, purpose.statistics).permutation(training.count);
  const [, rows, columns] = planTraining(graph).input;
  const enough = Math.ceil(measuredPixels / (rows * columns));
  const count = Math.min(measuredSamples, enough, training.count);
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
