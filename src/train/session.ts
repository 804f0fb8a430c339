/**
 * Training from end to end, for any task: a network from scratch or from a model, cut where it is
 * frozen, with its data, its recipe and what has to be written down about the result.
 */

import {
  anyObject,
  anything,
  callable,
  checkSettings,
  having,
  type Kinds,
  needed,
  oneOf,
  plainText,
  threadCount,
  wholeFrom,
} from "../check-fields.ts";
import { checkDataSet, type DataSet, type Pictures } from "../data/pictures.ts";
import { MobileNetError } from "../errors.ts";
import type { TrainedModel } from "../formats/own-model.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { checkModel } from "../models/check-model.ts";
import { isModel, type Model } from "../models/model.ts";
import { required } from "../required.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import { type Augmentation, changesPictures, resolveAugmentation } from "./data/augment.ts";
import { type FrozenPart, prepareFrozen } from "./data/features.ts";
import { pictureSamples } from "./data/picture-samples.ts";
import type { SamplePool, SampleSet } from "./data/samples.ts";
import { type SampleOptions, sampleKinds } from "./data/working-copy.ts";
import { splitGraph } from "./freeze.ts";
import { hashPictures, hashWeights } from "./identity.ts";
import type { TrainingNetwork } from "./network.ts";
import { type OpenedNetwork, openNetwork, restoreBatchNorms } from "./open-network.ts";
import type { QuantizationSimulation } from "./plan.ts";
import {
  awareNetwork,
  exportAware,
  type QuantizeAware,
  simulateQuantization,
} from "./quantize-aware.ts";
import { checkRecipe, type Recipe } from "./recipes.ts";
import type { RoundPart, RoundRun } from "./rounds.ts";
import { learningRate } from "./schedules.ts";
import {
  checkTaskAugmentation,
  type SessionTask,
  sessionTasks,
  type TrainingTask,
  type TrainingTypes,
} from "./session-tasks.ts";
import type { StepMemory } from "./step-memory.ts";
import {
  type GradientExchange,
  runKinds,
  type Shard,
  type TrainEvent,
  type TrainResult,
} from "./train-options.ts";
import { firstCheckpoint, stepsOfEpoch, train } from "./trainer.ts";

/** What is trained, on what and how. */
export interface SessionOptions<T extends TrainingTask = "classify"> extends SampleOptions {
  /** What the network learns. Default: `classify`. */
  readonly task?: T | undefined;
  /** What else belongs to the task, such as weights of its classes. */
  readonly taskSettings?: TrainingTypes[T]["settings"] | undefined;
  readonly data: DataSet<TrainingTypes[T]["label"]>;
  readonly recipe: Recipe;
  /** What everything random is drawn from. Default 1. */
  readonly seed?: number | undefined;
  /** A classifier or detector whose backbone to start from; the classifier is new. From scratch where absent. */
  readonly from?: Model | undefined;
  /** From scratch only: the width multiplier. Default 0.5. */
  readonly width?: number | undefined;
  /** Rows and columns, or one number for a square. Default: the model's, else 32; 256 for a segmenter, 320 for a detector. */
  readonly resolution?: number | readonly [rows: number, columns: number] | undefined;
  /** What is frozen last: `stem`, `block_0` … `block_16` or `head`. Needs `from`. */
  readonly freeze?: string | undefined;
  /**
   * Simulates 8 bits while a finished model (`from`, of the same classes) is trained further, with batch
   * norms folded (Jacob et al., 2018). Nothing is frozen then.
   */
  readonly quantizeAware?: QuantizeAware | undefined;
  readonly clipNorm?: number | undefined;
  readonly patience?: number | undefined;
  readonly damaged?: "skip" | "stop" | undefined;
  /**
   * Makes samples of files while the network trains, and keeps what it decoded for the next epoch; the
   * caller disposes it. Without it every picture is decoded whenever it is read; the result is the same.
   */
  readonly pool?: SamplePool | undefined;
  readonly checkpoint?: CheckpointStore | undefined;
  readonly checkpointSteps?: number | undefined;
  readonly checkpointMinutes?: number | undefined;
  readonly resume?: boolean | undefined;
  /** One of several sessions that train the same network on parts of each step's samples; see `train`. */
  readonly shard?: Shard | undefined;
  readonly exchange?: GradientExchange | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * The most bytes that the network may take: a batch that takes more goes through in several passes
   * whose gradients are averaged, and batch norms that are trained see the pictures of one pass at a
   * time. `session.step` says how many. Default 1.5 GB.
   */
  readonly memory?: number | undefined;
  /**
   * How many threads train; `auto` for as many as the machine makes use of. The results are the same
   * bits for any number. Default `auto`.
   */
  readonly threads?: number | "auto" | undefined;
}

const optionKinds: Kinds<SessionOptions<TrainingTask>> = {
  ...runKinds,
  ...sampleKinds,
  task: oneOf(...(Object.keys(sessionTasks) as TrainingTask[])),
  taskSettings: anyObject,
  data: needed(anyObject),
  recipe: needed(anyObject),
  seed: wholeFrom(0),
  from: { expected: "a model, as loadModel gives", fits: isModel },
  width: anything,
  resolution: anything,
  freeze: plainText,
  quantizeAware: anyObject,
  pool: having({ samples: needed(callable) }, "a pool, as openSamplePool gives"),
  memory: {
    expected: "a number of bytes above 0",
    fits: (bytes) => isNumberIn(bytes, 1, Number.MAX_SAFE_INTEGER),
  },
  threads: threadCount,
};

/** A training run that is ready to go. */
export interface Session<T extends TrainingTask = "classify">
  extends RoundRun<TrainingTypes[T]["evaluation"]> {
  readonly network: TrainingNetwork;
  /** What is trained and how, for people. */
  readonly description: string;
  /** How a step's batch goes through the network, and what that takes. */
  readonly step: StepMemory;
  /**
   * Epochs after which nothing of the frozen part is computed any more, so that later ones take less time;
   * absent where all take as long.
   */
  readonly keptAfter: number | undefined;
  /** @param part - A shard's part of a round instead of the whole run; see `trainInRounds`. */
  run(part?: RoundPart): AsyncGenerator<TrainEvent<TrainingTypes[T]["evaluation"]>, TrainResult>;
  /** All weights of the finished model, the frozen ones included. */
  weightsOf(trained: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor>;
  readonly model: TrainedModel;
  /** The finished model as a `.tflite` file of 8 bits, where these were simulated. */
  quantized?(trained: ReadonlyMap<string, Tensor>): Uint8Array;
  dispose(): void;
}

/**
 * Builds everything that a run needs.
 *
 * @throws MobileNetError `unsupported` where the model has nothing that can be trained,
 *   `invalid-argument` for options that do not go together.
 *
 * @example
 * ```ts
 * const picture = { width: 2, height: 2, data: new Uint8Array(12) };
 * const pictures = { count: 4, name: String, label: (i: number) => i % 2, picture: async () => picture };
 * const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
 * const recipe = { ...recipes.small, epochs: 1, batch: 4 };
 * const session = await openSession({ data, recipe, seed: 1, width: 0.1 });
 * const run = session.run();
 * const { value } = await run.next();
 * value && "kind" in value && value.kind; // "step"
 * session.dispose();
 * ```
 */
export async function openSession<T extends TrainingTask = "classify">(
  options: SessionOptions<T>,
): Promise<Session<T>> {
  checkSettings(options, optionKinds, "openSession");
  checkRecipe(options.recipe);
  const { data, recipe, seed = 1, from, decode = "scaled" } = options;
  checkDataSet(data, "openSession");
  if (from !== undefined) checkModel(from, "openSession");
  const classes = data.classes.length;
  if (from === undefined && options.freeze !== undefined) {
    throw new MobileNetError("invalid-argument", "a network from scratch has nothing to freeze", {
      received: quote(options.freeze),
      remedy: "Name a model to start from, or freeze nothing.",
    });
  }
  const task = (options.task ?? "classify") as T;
  checkTaskAugmentation(task, recipe.augmentation);
  const row: SessionTask<T> = sessionTasks[task];
  const settings = options.taskSettings ?? {};
  const { width, resolution } = options;
  const aware = checkAware(options);
  const folded = aware && awareNetwork(from, { task, classes: data.classes });
  const graph =
    folded === undefined
      ? row.build({ from: from?.graph, classes, width, resolution }, settings)
      : (folded.network as ReturnType<typeof row.build>);
  const { architecture } = graph;
  const [rows, columns] = architecture.resolution;
  const preprocess: Preprocess = {
    ...(from?.preprocess ?? { fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.signed }),
    ...(row.fit === undefined ? {} : { fit: row.fit }),
    width: columns,
    height: rows,
  };
  const parts = options.freeze === undefined ? undefined : splitGraph(graph, options.freeze);
  const threads = options.threads ?? "auto";
  const frozen = parts && (await prepareFrozen(parts.frozen, threads));
  let samples: SessionSamples<TrainingTypes[T]["label"]>;
  let opened: OpenedNetwork;
  let simulation: QuantizationSimulation | undefined;
  try {
    samples = samplesOf(options, preprocess, frozen);
    if (aware !== undefined) {
      const measured = { samples: samples.training, preprocess, seed, threads };
      simulation = await simulateQuantization(graph, {
        ...aware,
        ...measured,
        signal: options.signal,
      });
    }
    const trained =
      simulation === undefined
        ? await restoreBatchNorms(parts?.trained ?? graph, {
            training: samples.training,
            epsilon: architecture.epsilon,
            options,
          })
        : graph;
    opened = await openNetwork(trained, {
      ...options,
      begin: folded === undefined ? (network) => row.begin?.(network, settings) : undefined,
      simulation,
    });
  } catch (error) {
    frozen?.dispose();
    throw error;
  }
  const { network, step } = opened;
  const { augmentation, initialization } = recipe;
  const origin = { preprocess, freeze: options.freeze, base: from && hashWeights(from.graph) };
  const passes = step.passes === 1 ? "" : ` in ${step.passes} passes of ${step.samples}`;
  const trainOptions = (part: RoundPart | undefined) => ({
    training: samples.training,
    validation: samples.validation,
    network,
    accumulate: step.passes,
    seed,
    epochs: recipe.epochs,
    optimizer: recipe.optimizer,
    schedule: recipe.schedule,
    objective: row.objective({ recipe, network: graph, labels: data.classes, settings }),
    averageDecay: recipe.averageDecay,
    views: recipe.views,
    // Features are not pictures: they are not mixed.
    mixup: frozen ? 0 : augmentation.mixup,
    cutmix: frozen ? 0 : augmentation.cutmix,
    clipNorm: options.clipNorm,
    patience: options.patience,
    damaged: options.damaged,
    ...(part === undefined ? pickControl(options) : { ...part, resume: true }),
    // Beside what the loop itself is told.
    settings: {
      ...{ data: data.classes, pictures: hashPictures(data), architecture },
      ...{ augmentation: resolveAugmentation(augmentation), initialization },
      ...origin,
      ...(simulation && { simulated: simulationSettings(simulation) }),
      decode,
    },
    signal: options.signal,
  });
  return {
    network,
    description: `${network.plan.graph.name}, ${classes} ${classes === 1 ? "class" : "classes"}, batch ${recipe.batch}${passes}, ${network.description}`,
    ...{ step, keptAfter: samples.keptAfter },
    model: { architecture, preprocess, labels: data.classes },
    epochs: recipe.epochs,
    learningRate: (epoch) => learningRate(recipe.schedule, epoch, recipe.epochs),
    stepsOf: (shards) => stepsOfEpoch(samples.training.count, network.batch * step.passes * shards),
    firstCheckpoint: (part) => firstCheckpoint(trainOptions(part)),
    run: (part) => train(trainOptions(part)),
    ...(simulation &&
      from && {
        quantized: (trained) =>
          exportAware(
            { ...from, labels: data.classes, preprocess },
            { network: graph, trained, simulation },
          ),
      }),
    weightsOf: (trained) => {
      const all = [...(parts?.frozen.parameters ?? [])].map(([name, { shape, data: values }]) => {
        const tensor: Tensor = { dtype: "float32", shape, data: values as Float32Array };
        return [name, tensor] as const;
      });
      const plain = [...trained].map(([name, tensor]): [string, Tensor] => {
        return [folded === undefined ? name : required(folded.plainNames, name), tensor];
      });
      return new Map([...all, ...plain]);
    },
    dispose: () => {
      frozen?.dispose();
      network.dispose();
    },
  };
}

type Control = Pick<
  SessionOptions,
  "checkpoint" | "checkpointSteps" | "checkpointMinutes" | "resume" | "shard" | "exchange"
>;

/** How a run is kept and shared, where it is not a round's part. */
function pickControl({
  checkpoint,
  checkpointSteps,
  checkpointMinutes,
  resume,
  shard,
  exchange,
}: Control): Control {
  return { checkpoint, checkpointSteps, checkpointMinutes, resume, shard, exchange };
}

/** How 8 bits are simulated, if they are. */
function checkAware({
  quantizeAware,
  freeze,
  width,
  resolution,
}: Pick<SessionOptions, "quantizeAware" | "freeze" | "width" | "resolution">):
  | QuantizeAware
  | undefined {
  if (quantizeAware === undefined) return undefined;
  checkSettings(quantizeAware, awareKinds, "quantizeAware");
  for (const [name, value] of Object.entries({ freeze, width, resolution })) {
    if (value === undefined) continue;
    throw new MobileNetError("invalid-argument", "8 bits are simulated in a model as it is", {
      node: name,
      expected: `no ${name}`,
      received: quote(value),
    });
  }
  return quantizeAware;
}

const awareKinds: Kinds<QuantizeAware> = { weights: oneOf("per-channel", "per-tensor") };

function simulationSettings({ quantization, weights }: QuantizationSimulation): unknown {
  return {
    weights,
    ranges: [...quantization].map(([name, { scale, zeroPoint }]) => [name, scale, zeroPoint]),
  };
}

interface SessionSamples<Label> {
  readonly training: SampleSet<Label>;
  readonly validation: SampleSet<Label> | undefined;
  readonly keptAfter: number | undefined;
}

function samplesOf<Label>(
  {
    data,
    recipe,
    pool,
    decode,
  }: SampleOptions & Pick<SessionOptions, "pool" | "recipe"> & { readonly data: DataSet<Label> },
  preset: Preprocess,
  frozen: FrozenPart | undefined,
): SessionSamples<Label> {
  const { augmentation } = recipe;
  const make = (pictures: Pictures<Label>, changes: Augmentation): SampleSet<Label> =>
    pool === undefined
      ? pictureSamples(pictures, preset, changes, { decode })
      : pool.samples(pictures, preset, changes, { decode });
  const training = make(data.training, augmentation);
  const validation = make(data.validation, {});
  if (frozen === undefined) {
    return { training, validation: nonEmpty(validation), keptAfter: undefined };
  }
  const views = changesPictures(augmentation) ? recipe.views : "plain";
  const features = frozen.samples(training, { views });
  return {
    training: features,
    validation: nonEmpty(frozen.samples(validation, { views: "plain" })),
    keptAfter: features.keptAfter,
  };
}

function nonEmpty<Set extends { readonly count: number }>(set: Set): Set | undefined {
  return set.count > 0 ? set : undefined;
}
