/**
 * Training a classifier from end to end: a network from scratch or from a model, cut where it is
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
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { renewed, scratch } from "./base-network.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import { type Augmentation, changesPictures, resolveAugmentation } from "./data/augment.ts";
import { type FrozenPart, prepareFrozen } from "./data/features.ts";
import { pictureSamples } from "./data/picture-samples.ts";
import type { SamplePool, SampleSet } from "./data/samples.ts";
import { type SampleOptions, sampleKinds } from "./data/working-copy.ts";
import { splitGraph } from "./freeze.ts";
import { hashPictures, hashWeights } from "./identity.ts";
import { softmaxCrossEntropy } from "./loss.ts";
import type { TrainingNetwork } from "./network.ts";
import { type OpenedNetwork, openNetwork, restoreBatchNorms } from "./open-network.ts";
import { checkRecipe, type Recipe } from "./recipes.ts";
import { runKinds, type TrainEvent, type TrainResult } from "./train-options.ts";
import { train } from "./trainer.ts";

/** What is trained, on what and how. */
export interface SessionOptions extends SampleOptions {
  readonly data: DataSet;
  readonly recipe: Recipe;
  /** What everything random is drawn from. Default 1. */
  readonly seed?: number | undefined;
  /** A classifier or detector whose backbone to start from; the classifier is new. From scratch where absent. */
  readonly from?: Model | undefined;
  /** From scratch only: the width multiplier. Default 0.5. */
  readonly width?: number | undefined;
  /** Rows and columns. Default: the model's, else 32. */
  readonly resolution?: number | undefined;
  /** What is frozen last: `stem`, `block_0` … `block_16` or `head`. Needs `from`. */
  readonly freeze?: string | undefined;
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
  readonly resume?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * How many threads train; `auto` for as many as the machine makes use of. The results are the same
   * bits for any number. Default `auto`.
   */
  readonly threads?: number | "auto" | undefined;
}

const optionKinds: Kinds<SessionOptions> = {
  ...runKinds,
  ...sampleKinds,
  data: needed(anyObject),
  recipe: needed(anyObject),
  seed: wholeFrom(0),
  from: { expected: "a model, as loadModel gives", fits: isModel },
  width: anything,
  resolution: anything,
  freeze: plainText,
  pool: having({ samples: needed(callable) }, "a pool, as openSamplePool gives"),
  threads: threadCount,
};

/** A training run that is ready to go. */
export interface Session {
  readonly network: TrainingNetwork;
  /** What is trained and how, for people. */
  readonly description: string;
  /**
   * Epochs after which nothing of the frozen part is computed any more, so that later ones take less time;
   * absent where all take as long.
   */
  readonly keptAfter: number | undefined;
  run(): AsyncGenerator<TrainEvent, TrainResult>;
  /** All weights of the finished model, the frozen ones included. */
  weightsOf(trained: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor>;
  readonly model: TrainedModel;
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
export async function openSession(options: SessionOptions): Promise<Session> {
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
  const graph =
    from === undefined ? scratch(options, classes) : renewed(from.graph, classes, options);
  const { architecture } = graph;
  const [rows, columns] = architecture.resolution;
  const preprocess: Preprocess = {
    ...(from?.preprocess ?? { fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.signed }),
    width: columns,
    height: rows,
  };
  const parts = options.freeze === undefined ? undefined : splitGraph(graph, options.freeze);
  const threads = options.threads ?? "auto";
  const frozen = parts && (await prepareFrozen(parts.frozen, threads));
  let samples: ReturnType<typeof samplesOf>;
  let opened: OpenedNetwork;
  try {
    samples = samplesOf(options, preprocess, frozen);
    const trained = await restoreBatchNorms(parts?.trained ?? graph, {
      training: samples.training,
      epsilon: architecture.epsilon,
      options,
    });
    opened = await openNetwork(trained, options);
  } catch (error) {
    frozen?.dispose();
    throw error;
  }
  const { network, accumulate } = opened;
  const { augmentation, initialization } = recipe;
  const origin = { preprocess, freeze: options.freeze, base: from && hashWeights(from.graph) };
  const passes = accumulate === 1 ? "" : `, in ${accumulate} passes`;
  return {
    network,
    description: `${network.plan.graph.name}, ${classes} classes, batch ${recipe.batch}${passes}, ${network.description}`,
    keptAfter: samples.keptAfter,
    model: { architecture, preprocess, labels: data.classes },
    run: () =>
      train({
        training: samples.training,
        validation: samples.validation,
        network,
        accumulate,
        seed,
        epochs: recipe.epochs,
        optimizer: recipe.optimizer,
        schedule: recipe.schedule,
        loss: softmaxCrossEntropy({ labelSmoothing: recipe.labelSmoothing }),
        averageDecay: recipe.averageDecay,
        views: recipe.views,
        // Features are not pictures: they are not mixed.
        mixup: frozen ? 0 : augmentation.mixup,
        cutmix: frozen ? 0 : augmentation.cutmix,
        clipNorm: options.clipNorm,
        patience: options.patience,
        damaged: options.damaged,
        checkpoint: options.checkpoint,
        checkpointSteps: options.checkpointSteps,
        resume: options.resume,
        // Beside what the loop itself is told.
        settings: {
          ...{ data: data.classes, pictures: hashPictures(data), architecture },
          ...{ augmentation: resolveAugmentation(augmentation), initialization },
          ...origin,
          decode,
        },
        signal: options.signal,
      }),
    weightsOf: (trained) => {
      const all = [...(parts?.frozen.parameters ?? [])].map(([name, { shape, data: values }]) => {
        const tensor: Tensor = { dtype: "float32", shape, data: values as Float32Array };
        return [name, tensor] as const;
      });
      return new Map([...all, ...trained]);
    },
    dispose: () => {
      frozen?.dispose();
      network.dispose();
    },
  };
}

function samplesOf(
  { data, recipe, pool, decode }: SessionOptions,
  preset: Preprocess,
  frozen: FrozenPart | undefined,
): {
  readonly training: SampleSet;
  readonly validation: SampleSet | undefined;
  readonly keptAfter: number | undefined;
} {
  const { augmentation } = recipe;
  const make = (pictures: Pictures, changes: Augmentation): SampleSet =>
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
