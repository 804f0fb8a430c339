/**
 * Training of small networks, each once: what is trained is kept under a name that is made of all that it
 * was trained with, beside the experiments' folders, so that whichever experiment asks next finds it. A
 * run that was killed goes on from its last epoch.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readBytesIfThere } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import {
  bindWeights,
  enableTurbo,
  type Graph,
  type Preprocess,
  ranges,
  type Tensor,
} from "../../index.ts";
import {
  classification,
  createWasmNetwork,
  type DataSet,
  evaluateNetwork,
  exportWeights,
  fileCheckpoint,
  initialize,
  pictureSamples,
  planTraining,
  recipes,
  type TrainingNetwork,
  train,
} from "../../train/index.ts";
import type { PartContext } from "../experiment.ts";
import { readEpochs, type TrainedEpoch, writeEpochs } from "./epochs-node.ts";
import { openPictures } from "./pictures.ts";
import { type TrainingSettings, trainingRevision } from "./training-settings.ts";
import { type BuiltVariant, buildVariant, type VariantName } from "./variants.ts";

/** A network with its weights. */
export interface TrainedVariant extends Omit<BuiltVariant, "graph"> {
  /** Weights bound. */
  readonly graph: Graph;
  readonly epochs: readonly TrainedEpoch[];
}

/** What a training is asked for. */
interface TrainingRequest {
  readonly variant: VariantName;
  readonly settings: TrainingSettings;
  readonly seed: number;
}

type Context = Pick<PartContext<never>, "signal" | "progress" | "folder">;

/** How pictures become a network's input. */
export function inputPreset(resolution: number): Preprocess {
  return {
    ...{ width: resolution, height: resolution, fit: { kind: "stretch" } },
    ...{ centers: "half-pixel", ...ranges.signed },
  };
}

/** Opened once for all parts of a run. */
const opened = new Map<string, Promise<DataSet>>();

/** The pictures of some settings. */
export function trainingPictures(
  settings: TrainingSettings,
  signal?: AbortSignal,
): Promise<DataSet> {
  const { data, resolution, training, tested } = settings;
  const key = JSON.stringify([data, resolution, training, tested]);
  let pictures = opened.get(key);
  if (pictures === undefined) {
    pictures = openPictures(settings, signal);
    opened.set(key, pictures);
    // What failed may be asked for again.
    pictures.catch(() => opened.delete(key));
  }
  return pictures;
}

/** A trained network: as it was kept, or trained now. */
export async function trainedVariant(
  request: TrainingRequest,
  context: Context,
): Promise<TrainedVariant> {
  const { variant, settings, seed } = request;
  const { resolution, width } = settings;
  const { graph, ...cost } = buildVariant(variant, { resolution, width, classes: 10 });
  const shapes = [...graph.parameters].map(([name, { shape }]) => [name, shape]);
  const digest = createHash("sha256")
    .update(JSON.stringify([trainingRevision, settings, cost, recipes.small, graph.nodes, shapes]))
    .digest("hex");
  const folder = join(
    ...[context.folder, "..", "trained", `${variant}-${seed}-${digest.slice(0, 12)}`],
  );
  const kept = await readKept(folder, graph, settings.epochs);
  if (kept !== undefined) return { ...cost, ...kept };
  const trained = await trainNow(graph, request, { ...context, folder });
  await writeWhole(weightsPath(folder), weightsToBytes(graph, trained.weights), { lasting: true });
  return { ...cost, graph: bindWeights(graph, trained.weights), epochs: trained.epochs };
}

const weightsPath = (folder: string): string => join(folder, "weights.bin");
const checkpointPath = (folder: string): string => join(folder, "checkpoint.safetensors");

async function trainNow(
  graph: Graph,
  { settings, seed }: TrainingRequest,
  { signal, progress, folder }: Context,
): Promise<{
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly epochs: readonly TrainedEpoch[];
}> {
  await enableTurbo();
  const { resolution, batch, epochs: count, learningRate, data: pictures } = settings;
  const data = await trainingPictures(settings, signal);
  const recipe = recipes.small;
  const { batchNormDecay, initialization: scheme, labelSmoothing } = recipe;
  const network = await createWasmNetwork(planTraining(graph), {
    ...{ batch, batchNormDecay, threads: "auto" },
  });
  try {
    initialize(network, { seed, scheme });
    const preset = inputPreset(resolution);
    // Drawings of few pixels are told apart by where their edges lie.
    const augmentation = pictures === "drawings" ? { flip: true } : recipe.augmentation;
    const tested = pictureSamples(data.validation, preset, {});
    const epochs = [...((await readEpochs(folder)) ?? [])];
    const run = train({
      network,
      training: pictureSamples(data.training, preset, augmentation),
      objective: classification({ labelSmoothing }),
      optimizer: recipe.optimizer,
      schedule: { learningRate, decay: { kind: "cosine" }, warmupEpochs: Math.min(1, count / 4) },
      ...{ epochs: count, seed, signal },
      checkpoint: fileCheckpoint(checkpointPath(folder)),
      resume: true,
      settings: { augmentation, data: settings },
    });
    for await (const event of run) {
      if (event.kind === "step") {
        await progress((event.epoch - 1 + event.step / event.steps) / event.epochs);
      } else if (event.kind === "epoch") {
        const accuracy = await accuracyOf(network, tested, signal);
        // A run that was killed before it kept an epoch's checkpoint tells of that epoch again.
        epochs.splice(event.epoch - 1, Number.POSITIVE_INFINITY, {
          ...{ loss: rounded(event.trainingLoss), accuracy },
        });
        await writeEpochs(folder, epochs);
      }
    }
    return { weights: exportWeights(network), epochs };
  } finally {
    network.dispose();
  }
}

async function accuracyOf(
  network: TrainingNetwork,
  tested: ReturnType<typeof pictureSamples<number>>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { accuracy } = await evaluateNetwork(network, tested, {
    ...{ objective: classification(), signal },
    onSkipped: (_, error) => {
      throw error;
    },
  });
  return accuracy;
}

const rounded = (value: number): number => Number(value.toFixed(4));

const mostBytes = { most: 100_000_000, code: "invalid-data" } as const;

async function readKept(
  folder: string,
  graph: Graph,
  epochs: number,
): Promise<Pick<TrainedVariant, "graph" | "epochs"> | undefined> {
  const bytes = await readBytesIfThere(weightsPath(folder), mostBytes);
  const told = await readEpochs(folder);
  if (bytes === undefined || told?.length !== epochs) return undefined;
  const weights = weightsFromBytes(graph, bytes);
  return weights && { graph: bindWeights(graph, weights), epochs: told };
}

/** All parameters one after another, in the order in which the graph has them: float32, little-endian. */
function weightsToBytes(graph: Graph, weights: ReadonlyMap<string, Tensor>): Uint8Array {
  const parts = [...graph.parameters.keys()].map((name) => {
    const data = weights.get(name)!.data as Float32Array;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  });
  return Buffer.concat(parts);
}

function weightsFromBytes(
  graph: Graph,
  bytes: Uint8Array,
): ReadonlyMap<string, Tensor> | undefined {
  const values = new Float32Array(bytes.slice().buffer);
  let start = 0;
  const weights = new Map<string, Tensor>();
  for (const [name, { shape }] of graph.parameters) {
    const end = start + shape.reduce((product, edge) => product * edge, 1);
    weights.set(name, { dtype: "float32", shape, data: values.slice(start, end) });
    start = end;
  }
  return start === values.length ? weights : undefined;
}
