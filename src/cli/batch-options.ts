/** The options of `batch`: those of its actions, those of each verb, and what is said about the model. */

import type { BatchJob, BatchOutputs } from "../batch/job.ts";
import type { Rectangle } from "../image/image.ts";
import type { Tiles } from "../tasks/parts/tiles.ts";
import { taskNames, type Verb } from "../tasks/task-names.ts";
import { type OutputOptions, outputOptions } from "./command.ts";
import { matchLabels } from "./commands/detect.ts";
import { modelSources, pictureReading } from "./model-options.ts";
import {
  choice,
  exactOption,
  flag,
  inGroup,
  type LimitOptions,
  limitOptions,
  list,
  number,
  type Option,
  type OptionValues,
  text,
} from "./options.ts";
import { regionOption, tilesOption } from "./part-options.ts";
import { concurrencyOption, queueOption, stuckOption } from "./queue-options.ts";
import { type SaidOptions, saidOptions } from "./said-options.ts";
import { UsageError } from "./usage-error.ts";

const whole = { placeholder: "N", whole: true, from: 1 } as const;
const fraction = { placeholder: "0–1", from: 0, to: 1 } as const;

/** What verbs may be told, by the option's name. */
type VerbOptions = {
  readonly "top-k": Option<number | undefined>;
  readonly "score-threshold": Option<number | undefined>;
  readonly "iou-threshold": Option<number | undefined>;
  readonly "max-detections": Option<number | undefined>;
  readonly classes: Option<readonly string[] | undefined>;
  readonly tiles: Option<Tiles | undefined>;
  readonly "map-size": Option<"picture" | "network" | undefined>;
  readonly normalize: Option<boolean>;
};

const verbOptions: VerbOptions = {
  "top-k": number({
    ...{ ...whole, short: "k", to: 100_000, description: "How many classes (classify)" },
    shownDefault: "5",
  }),
  "score-threshold": number({
    ...{ ...fraction, short: "s", description: "Only objects with a score above this (detect)" },
    shownDefault: "the model's, 0.5",
  }),
  "iou-threshold": number({
    ...{ ...fraction, description: "How much two boxes of one class may overlap (detect)" },
    shownDefault: "the model's, 0.6",
  }),
  "max-detections": number({
    ...{ ...whole, to: 10_000, description: "The most objects per image (detect)" },
    shownDefault: "the model's, 100",
  }),
  classes: list({ placeholder: "A,B", description: "Only these classes, by label (detect)" }),
  tiles: tilesOption,
  "map-size": choice(["picture", "network"], {
    description: "Classes of the picture's pixels, or of those of the network's input (segment)",
    shownDefault: "picture",
  }),
  normalize: flag({ description: "Scale each vector to length 1 (embed)", short: "n" }),
};

/** Which of them each verb takes. */
const taken: { readonly [V in Verb]: readonly (keyof typeof verbOptions)[] } = {
  classify: ["top-k"],
  detect: ["score-threshold", "iou-threshold", "max-detections", "classes", "tiles"],
  segment: ["map-size", "tiles"],
  embed: ["normalize"],
};

/** All options of the command. */
export type BatchOptions = VerbOptions &
  SaidOptions &
  LimitOptions &
  OutputOptions & {
    readonly out: Option<string | undefined>;
    readonly queue: Option<string | undefined>;
    readonly unit: Option<number | undefined>;
    readonly ahead: Option<number | undefined>;
    readonly concurrency: Option<number | undefined>;
    readonly stuck: Option<number | undefined>;
    readonly parquet: Option<boolean>;
    readonly vectors: Option<BatchOutputs["vectors"] | undefined>;
    readonly model: Option<string | undefined>;
    readonly exact: Option<boolean>;
    readonly region: Option<Rectangle | undefined>;
    readonly backend: Option<BatchJob["backend"] | undefined>;
  };

/** Their declarations. */
export const batchOptions: BatchOptions = {
  out: text({
    placeholder: "DIR",
    short: "o",
    description: "Where job and results go: a folder; with --queue one that all machines see",
  }),
  queue: queueOption,
  unit: number({
    ...{ ...whole, to: 100_000, description: "Pictures in a unit of work, and lines of a shard" },
    shownDefault: "100",
  }),
  ahead: number({
    ...{ ...whole, to: 100_000, description: "Units in the queue at once" },
    shownDefault: "256",
  }),
  concurrency: concurrencyOption,
  stuck: stuckOption,
  parquet: flag({ description: "Write each shard as Parquet too; needs hyparquet-writer" }),
  vectors: choice(["safetensors", "npy"], {
    description: "The files of embeddings",
    shownDefault: "safetensors",
  }),
  ...inGroup("What the verb is told", verbOptions),
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: `A model ${modelSources}`,
    shownDefault: "the verb's",
  }),
  ...limitOptions,
  exact: exactOption,
  region: regionOption,
  backend: choice(["wasm", "reference"], {
    description: "WebAssembly, or plain scalar code: slow, for comparison",
    shownDefault: "wasm",
  }),
  ...saidOptions,
  ...outputOptions,
};

/** Values of the command's options. */
export type BatchValues = OptionValues<BatchOptions>;

/** Refuses options of another verb. */
export function checkVerbOptions(verb: Verb, values: BatchValues): void {
  for (const name of Object.keys(verbOptions) as (keyof typeof verbOptions)[]) {
    const given = values[name] !== undefined && values[name] !== false;
    if (!given || taken[verb].includes(name)) continue;
    const verbs = (Object.keys(taken) as Verb[]).filter((one) => taken[one].includes(name));
    throw new UsageError(`batch ${verb} has no option --${name}`, {
      remedy: `It is for batch ${verbs.join(" and batch ")}.`,
    });
  }
  if (values.vectors !== undefined && verb !== "embed") {
    throw new UsageError("--vectors is about embeddings", { remedy: "Leave it out." });
  }
}

/** The options of the verb's calls, as JSON has them. */
export function callOf(
  verb: Verb,
  values: BatchValues,
  labels: readonly string[],
  signal: AbortSignal,
): object {
  const { signal: _, ...reading } = pictureReading({ values, signal });
  const all = {
    topK: verb === "classify" ? (values["top-k"] ?? 5) : undefined,
    scoreThreshold: values["score-threshold"],
    iouThreshold: values["iou-threshold"],
    maxDetections: values["max-detections"],
    classes: values.classes && matchLabels(values.classes, labels),
    tiles: values.tiles,
    mapSize: values["map-size"],
    normalize: values.normalize ? true : undefined,
    ...reading,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What is written. */
export function batchOutputsOf(values: BatchValues): BatchOutputs {
  return { parquet: values.parquet, vectors: values.vectors ?? "safetensors" };
}

/** The verb that an action is; nothing for the other actions. */
export function verbOf(action: string): Verb | undefined {
  return Object.hasOwn(taskNames, action) ? (action as Verb) : undefined;
}

/** The place that was named for results. */
export function requireOut(out: string | undefined): string {
  if (out !== undefined) return out;
  throw new UsageError("--out is missing", { remedy: "Name a folder for the results." });
}
