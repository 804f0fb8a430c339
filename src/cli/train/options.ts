/** What `train` may be told, and how it changes a recipe. */
import type { Policy } from "../../train/data/policy.ts";
import type { ClassLoss } from "../../train/objectives/detection-loss.ts";
import type { Recipe, RecipeName } from "../../train/recipes.ts";
import { outputOptions } from "../command.ts";
import { annotationFormats } from "../evaluate-data.ts";
import { turboOption } from "../model-options.ts";
import {
  choice,
  damagedOption,
  exactOption,
  flag,
  type LimitOptions,
  limitOptions,
  list,
  number,
  numberOr,
  numbers,
  type Option,
  type OptionValues,
  size,
  text,
} from "../options.ts";
import { exchangeOption, queueOption } from "../queue-options.ts";
import { type SaidOptions, saidOptions } from "../said-options.ts";
import { type CommandTask, commandTasks } from "./task-names.ts";

const recipeNames: readonly RecipeName[] = [
  "small",
  "digits",
  "detect",
  "segment",
  "few",
  "fine-tune",
  "paper",
  "torchvision-v1",
  "torchvision-v2",
  "quantize-aware",
];

type Optional<T> = Option<T | undefined>;

/** Each option with the type of its value. */
export type TrainCommandOptions = typeof outputOptions & {
  readonly [Name in
    | "data"
    | "list"
    | "out"
    | "from"
    | "freeze"
    | "cache"
    | "queue"
    | "exchange"
    | "class-weights"]: Optional<string>;
} & {
  readonly task: Optional<CommandTask>;
  readonly resolution: Optional<number | readonly [rows: number, columns: number]>;
  readonly "data-format": Optional<(typeof annotationFormats)[number]>;
  readonly void: Optional<readonly number[]>;
  readonly classes: Optional<readonly string[]>;
  readonly "output-stride": Optional<"8" | "16" | "32">;
  readonly loss: Optional<ClassLoss>;
} & {
  readonly [Flag in
    | "aspp"
    | "frozen-batch-norm"
    | "quantize-aware"
    | "per-tensor"]: Option<boolean>;
} & {
  readonly [Name in
    | "width"
    | "epochs"
    | "batch"
    | "learning-rate"
    | "clip-norm"
    | "patience"
    | "seed"
    | "limit"
    | "memory"
    | "checkpoint-steps"
    | "checkpoint-minutes"
    | "shards"
    | "local-steps"
    | keyof LimitOptions
    | "workers"
    | "cache-bytes"]: Optional<number>;
} & {
  readonly recipe: Optional<RecipeName>;
  readonly damaged: typeof damagedOption;
  readonly policy: Optional<Policy["kind"]>;
  readonly "no-flip": Option<boolean>;
  readonly exact: typeof exactOption;
  readonly threads: Optional<number | "auto">;
  readonly turbo: typeof turboOption;
} & Pick<SaidOptions, (typeof aboutFrom)[number]> & {
    readonly resume: Option<boolean>;
    readonly force: Option<boolean>;
  };

/** What may be said about the model of --from; its labels and size are the new model's own. */
export const aboutFrom = [
  "range",
  "crop",
  "grey",
  "padding",
  "epsilon",
  "max-activation-bytes",
  "max-multiply-adds",
] as const;

/** The options of `train`. */
export const trainOptions: TrainCommandOptions = {
  data: text({
    placeholder: "DIR|LIST|cifar10|mnist",
    short: "d",
    description:
      "A folder with a folder of pictures for each class, or one of pictures with boxes (detect) or masks (segment); a list of path and label (.csv, .txt, .json); or a published data set",
  }),
  out: text({
    placeholder: "DIR",
    short: "o",
    description: "Where model, checkpoint and curves go",
  }),
  task: choice(commandTasks, {
    description:
      "What the model learns: a picture's class, all of its classes, objects and their boxes, or the class of every pixel",
    shownDefault: "classify",
  }),
  "data-format": choice(annotationFormats, {
    placeholder: "NAME",
    description: `Whose annotations to read (segment, detect): ${annotationFormats.join(", ")}`,
    shownDefault: "told from what the folder holds",
  }),
  list: text({
    placeholder: "FILE",
    description:
      "Which pictures of the folder: COCO's annotations, YOLO's data.yaml, VOC's lines of names (detect)",
  }),
  void: numbers({
    placeholder: "N,…",
    from: 0,
    to: 255,
    whole: true,
    description: "Values of masks that do not count, beside 255 (segment), as CamVid's 11",
  }),
  classes: list({
    placeholder: "NAME,…",
    description: "The classes in the order of the masks' values (segment), or of the data (detect)",
    shownDefault: "as the data list them",
  }),
  from: text({
    placeholder: "MODEL|scratch",
    description: "A model whose backbone to start from: hub name, folder or address",
    shownDefault: "the best weights that can be had; scratch with --width, cifar10, mnist",
  }),
  width: number({
    placeholder: "N",
    from: 0.1,
    to: 2,
    description: "Width multiplier, from scratch, in steps of 0.05",
    shownDefault: "0.5",
  }),
  resolution: size({
    placeholder: "N|RxC",
    from: 8,
    to: 1024,
    description: "Rows and columns of the input",
    shownDefault: "by the pictures, at most the model's; 32 from scratch",
  }),
  freeze: text({
    placeholder: "BLOCK",
    description:
      "Leave as it is up to here: stem, block_0 … block_16, head for all but the classifier, or none",
    shownDefault: "by the pictures and the time",
  }),
  "output-stride": choice(["8", "16", "32"], {
    description: "Pixels of the input for one of the network's, by dilation (segment)",
    shownDefault: "the model's, else 16",
  }),
  aspp: flag({
    description: "Atrous spatial pyramid pooling in place of the light head (segment)",
  }),
  "class-weights": text({
    placeholder: "balanced|NAME=N,…",
    description:
      "How much classes count: rare ones as much as frequent ones, or by name (classify, segment)",
    shownDefault: "1 each",
  }),
  loss: choice(["softmax", "sigmoid", "focal"], {
    description:
      "Classes against each other and the background, each for itself as the published weights, or with all anchors (detect)",
    shownDefault: "softmax",
  }),
  "frozen-batch-norm": flag({
    description:
      "Batch norms keep the statistics that they begin with: for batches of few pictures",
  }),
  recipe: choice(recipeNames, {
    placeholder: "NAME",
    description: `Optimizer, schedule, augmentation: ${recipeNames.join(", ")}`,
    shownDefault: "by the pictures and the time; from scratch small, digits for mnist",
  }),
  epochs: number({
    placeholder: "N",
    from: 1,
    to: 100_000,
    whole: true,
    description: "Passes over the pictures",
    shownDefault: "by the pictures, else the recipe's",
  }),
  batch: number({
    placeholder: "N",
    from: 1,
    to: 65_536,
    whole: true,
    description: "Pictures a step",
    shownDefault: "the recipe's",
  }),
  "learning-rate": number({
    placeholder: "N",
    from: 1e-9,
    to: 1e3,
    description: "The highest rate",
    shownDefault: "the recipe's",
  }),
  "clip-norm": number({
    placeholder: "N",
    from: 1e-9,
    to: 1e9,
    description: "The largest norm of all gradients together",
  }),
  patience: number({
    placeholder: "N",
    from: 1,
    to: 100_000,
    whole: true,
    description: "Stop after so many epochs without a better one",
  }),
  seed: number({
    placeholder: "N",
    from: 0,
    to: 2 ** 53 - 1,
    whole: true,
    description: "What everything random is drawn from",
    shownDefault: "1",
  }),
  limit: number({
    placeholder: "N",
    from: 1,
    to: 1e9,
    whole: true,
    description: "Use only so many pictures of each part, for a trial",
  }),
  "quantize-aware": flag({
    description:
      "Train on with the 8 bits of model.tflite simulated, which is written too; first the float model into OUT/float where --from is none of these classes",
  }),
  "per-tensor": flag({
    description: "One scale for all weights of a layer, not one a channel (--quantize-aware)",
  }),
  damaged: damagedOption,
  ...limitOptions,
  policy: choice(["trivial", "rand"], {
    description: "Also change pictures by TrivialAugment, or by two operations of RandAugment",
    shownDefault: "the recipe's",
  }),
  "no-flip": flag({
    description: "Never mirror pictures: for letters, digits, signs and the like",
  }),
  threads: numberOr("auto", {
    placeholder: "N|auto",
    from: 1,
    to: 256,
    whole: true,
    description: "How many threads train; the results are the same bits for any number",
    shownDefault: "auto",
  }),
  turbo: turboOption,
  workers: number({
    placeholder: "N",
    from: 0,
    to: 64,
    whole: true,
    description: "Threads that read and augment a folder's pictures meanwhile; 0 for none",
    shownDefault: "cores − 1, 1 to 4",
  }),
  cache: text({
    placeholder: "DIR",
    description: "Keep a folder's pictures decoded there, for this run and later ones",
  }),
  "cache-bytes": number({
    placeholder: "N",
    from: 0,
    to: 2 ** 53 - 1,
    whole: true,
    description: "The most memory for decoded pictures, from the second epoch on; 0 for none",
    shownDefault: "1000000000, or a quarter of the memory",
  }),
  exact: exactOption,
  memory: number({
    placeholder: "BYTES",
    from: 1,
    to: 2 ** 32,
    whole: true,
    description: "The most that the network takes; a larger batch goes through in several passes",
    shownDefault: "1500000000",
  }),
  "checkpoint-steps": number({
    placeholder: "N",
    from: 1,
    to: 1e9,
    whole: true,
    description: "Keep a checkpoint after so many steps too",
    shownDefault: "after each epoch",
  }),
  "checkpoint-minutes": number({
    placeholder: "N",
    from: 1e-3,
    to: 1e6,
    description: "Keep a checkpoint after so many minutes too",
    shownDefault: "after each epoch",
  }),
  shards: number({
    placeholder: "N",
    from: 1,
    to: 1024,
    whole: true,
    description:
      "Train in rounds: so many shards of the pictures step by themselves, then go on from their mean",
  }),
  "local-steps": number({
    placeholder: "N",
    from: 1,
    to: 1e6,
    whole: true,
    description: "Steps that a shard takes in a round (--shards); 1 averages after every step",
    shownDefault: "16",
  }),
  queue: queueOption,
  exchange: exchangeOption,
  resume: flag({
    description: "Go on from the checkpoint in --out, with its data and options; needs no other",
  }),
  force: flag({ description: "Start anew where --out has a run already, and replace it" }),
  ...pickFields(saidOptions, aboutFrom),
  ...outputOptions,
};

/** Some of an object's fields. */
export function pickFields<T, Name extends keyof T>(all: T, names: readonly Name[]): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Pick<T, Name>;
}

/** The recipe with what was asked for instead. */
export function chosenRecipe(recipe: Recipe, values: OptionValues<TrainCommandOptions>): Recipe {
  return {
    ...recipe,
    epochs: values.epochs ?? recipe.epochs,
    batch: values.batch ?? recipe.batch,
    ...(values["frozen-batch-norm"] ? { frozenBatchNorm: true } : {}),
    augmentation: {
      ...recipe.augmentation,
      ...(values.policy === undefined ? {} : { policy: { kind: values.policy } }),
      ...(values["no-flip"] ? { flip: false } : {}),
    },
    schedule: {
      ...recipe.schedule,
      learningRate: values["learning-rate"] ?? recipe.schedule.learningRate,
    },
  };
}
