/** `mobilenetv2 train`: a classifier for one's own pictures, from scratch or from a model. */
import { MobileNetError } from "../../errors.ts";
import type { DataSet } from "../../train/data/pictures.ts";
import type { Recipe, RecipeName } from "../../train/recipes.ts";
import type { EpochEvent, StepEvent, TrainResult } from "../../train/train-options.ts";
import type { Command } from "../command.ts";
import { defineCommand, outputOptions } from "../command.ts";
import { formatPercent, printable } from "../format.ts";
import { shortFloat, writeJson } from "../json.ts";
import { downloadProgress, requireExisting, turboOption } from "../model-options.ts";
import { choice, flag, number, numberOr, text, type Values } from "../options.ts";
import { reportNote } from "../report.ts";
import { writeModelCard } from "../train/model-card.ts";
import { openOutput } from "../train/output-folder.ts";
import { UsageError } from "../usage-error.ts";

const recipeNames: readonly RecipeName[] = [
  "small",
  "digits",
  "few",
  "fine-tune",
  "paper",
  "torchvision-v1",
  "torchvision-v2",
];

const options = {
  data: text({
    placeholder: "DIR|cifar10|mnist",
    short: "d",
    description: "A folder with a folder of pictures for each class, or a published data set",
  }),
  out: text({
    placeholder: "DIR",
    short: "o",
    description: "Where model, checkpoint and curves go",
  }),
  from: text({
    placeholder: "MODEL|scratch",
    description: "A model whose backbone to start from: hub name, folder or address",
    shownDefault: "scratch",
  }),
  width: number({
    placeholder: "N",
    from: 0.1,
    to: 4,
    description: "Width multiplier, from scratch",
    shownDefault: "0.5",
  }),
  resolution: number({
    placeholder: "N",
    from: 8,
    to: 1024,
    whole: true,
    description: "Rows and columns of the input",
    shownDefault: "the model's; 32 from scratch",
  }),
  freeze: text({
    placeholder: "BLOCK",
    description:
      "Leave as it is up to here: stem, block_0 … block_16, or head for all but the classifier",
  }),
  recipe: choice(recipeNames, {
    description: "Optimizer, schedule, augmentation",
    shownDefault: "small; digits for mnist; fine-tune with --from",
  }),
  epochs: number({
    placeholder: "N",
    from: 1,
    to: 100_000,
    whole: true,
    description: "Passes over the pictures",
    shownDefault: "the recipe's",
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
  clip: number({
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
  damaged: choice(["skip", "stop"], {
    description: "What to do about a picture that cannot be read",
    shownDefault: "skip",
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
  "no-flip": flag({
    description: "Never mirror pictures: for letters, digits, signs and the like",
  }),
  workers: number({
    placeholder: "N",
    from: 0,
    to: 64,
    whole: true,
    description: "Threads that read and augment a folder's pictures meanwhile; 0 for none",
    shownDefault: "cores − 1, 1 to 4",
  }),
  resume: flag({ description: "Go on from the checkpoint in --out, if there is one" }),
  overwrite: flag({ description: "Start again where --out holds a run" }),
  ...outputOptions,
};

export const train: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    {
      call: "train --data flowers --from nsfw --freeze head --out model",
      effect: "A new last layer on a published backbone.",
    },
    {
      call: "train --data cifar10 --width 0.5 --out cifar",
      effect: "From scratch; CIFAR-10 is downloaded once. Then: classify --model cifar.",
    },
  ],
  async run({ values, positionals, terminal, signal }) {
    if (positionals.length > 0)
      throw new UsageError("unexpected argument", { received: positionals[0] });
    const { data, out } = values;
    if (data === undefined)
      throw new UsageError("no data", { expected: "--data DIR, cifar10 or mnist" });
    if (out === undefined)
      throw new UsageError("no folder for the results", { expected: "--out DIR" });
    const named = values.from === "scratch" ? undefined : values.from;
    if (named === undefined && values.freeze !== undefined) {
      throw new UsageError("a network from scratch has nothing to freeze", {
        remedy: "Name a model with --from.",
      });
    }
    const { lookUpRecord } = await import("../../hub/lookup.ts");
    if (named !== undefined && lookUpRecord(named) === undefined) await requireExisting(named);
    const [{ openSession }, { recipes }, { loadModel }] = await Promise.all([
      import("../../train/session.ts"),
      import("../../train/recipes.ts"),
      import("../../tasks/node.ts"),
    ]);
    const seed = values.seed ?? 1;
    const { progress, onProgress, onWarning } = downloadProgress(terminal, values.quiet);
    const say = (line: string): void => {
      if (!values.quiet) terminal.err.write(`${line}\n`);
    };
    const loading = { signal, onProgress, onWarning };
    const { startTurbo } = await import("../../tasks/turbo-node.ts");
    await startTurbo(values.turbo, onWarning);
    const set = await limited(await loadData(data, seed, loading), values.limit, seed);
    const from = named === undefined ? undefined : await loadModel(named, { signal, onWarning });
    progress.clear();
    const usual = from ? "fine-tune" : data === "mnist" ? "digits" : "small";
    const recipe = chosenRecipe(recipes[values.recipe ?? usual], values);
    const start = values.resume ? "resume" : values.overwrite ? "overwrite" : "fresh";
    const output = await openOutput(out, start);
    const { openSamplePool } = await import("../../train/data/sample-pool-node.ts");
    const pool = openSamplePool({ workers: set.training.path ? values.workers : 0 });
    const session = await openSession({
      data: set,
      recipe,
      seed,
      from,
      width: values.width,
      resolution: values.resolution,
      freeze: values.freeze,
      clipNorm: values.clip,
      patience: values.patience,
      onDamaged: values.damaged,
      pool,
      checkpoint: output.checkpoint,
      resume: values.resume,
      threads: values.threads,
      signal,
    });
    try {
      say(
        `${session.description}; ${set.training.count} pictures to train on, ${set.validation.count} to test on`,
      );
      if (set.validation.count === 0) {
        reportNote(
          terminal,
          "too few pictures to hold some back for a test: the last epoch counts",
        );
      }
      const origin = { from: named ?? "scratch", freeze: values.freeze };
      const model = { ...session.model, training: { recipe, seed, ...origin } };
      const started = performance.now();
      let [seen, shown] = [0, started];
      const run = session.run();
      let result: TrainResult | undefined;
      while (result === undefined) {
        const { done, value } = await run.next();
        if (done) {
          result = value;
          break;
        }
        if (value.kind === "skipped") {
          reportNote(terminal, `${printable(value.name)} left out: ${value.reason}`);
        } else if (value.kind === "step") {
          seen += value.samples;
          const now = performance.now();
          if (now - shown < 5000) continue;
          shown = now;
          say(stepLine(value, (1000 * seen) / (now - started)));
        } else {
          say(epochLine(value));
          await output.addEpoch(metricsOf(value));
          if (value.best) {
            await output.saveModel(model, session.weightsOf(value.weights));
            const { epoch, validation: evaluation } = value;
            if (evaluation) await output.saveEvaluation(evaluation, epoch, set.classes);
            const result = { name: output.name, epoch, evaluation };
            await output.saveCard(
              writeModelCard({ ...result, model, data: set, recipe, seed, ...origin }),
            );
          }
        }
      }
      const { bestEpoch, bestAccuracy, reason } = result;
      const accuracy = bestAccuracy === undefined ? undefined : shortFloat(bestAccuracy);
      await output.saveModel(model, session.weightsOf(result.weights));
      if (values.json)
        writeJson(terminal.out, { model: out, bestEpoch, accuracy, reason, epochs: output.epochs });
      else {
        const outcome =
          accuracy === undefined
            ? `epoch ${bestEpoch}, not tested`
            : `best epoch ${bestEpoch}: ${formatPercent(accuracy)} right`;
        terminal.out.write(`${printable(out)}: ${outcome}\n`);
      }
      return 0;
    } finally {
      session.dispose();
      pool.dispose();
    }
  },
});

function chosenRecipe(recipe: Recipe, values: Values<typeof options>): Recipe {
  return {
    ...recipe,
    epochs: values.epochs ?? recipe.epochs,
    batch: values.batch ?? recipe.batch,
    augmentation: {
      ...recipe.augmentation,
      flip: recipe.augmentation.flip === true && !values["no-flip"],
    },
    schedule: { ...recipe.schedule, rate: values["learning-rate"] ?? recipe.schedule.rate },
  };
}

type Loading = Pick<ReturnType<typeof downloadProgress>, "onProgress" | "onWarning"> & {
  readonly signal: AbortSignal;
};

async function loadData(name: string, seed: number, options: Loading): Promise<DataSet> {
  if (name === "cifar10" || name === "mnist") {
    const { cifar10DataSet, mnistDataSet } = await import("../../train/data/published-node.ts");
    return name === "mnist" ? mnistDataSet(options) : cifar10DataSet(options);
  }
  const { folderDataSet } = await import("../../train/data/folder-node.ts");
  try {
    return await folderDataSet(name, { seed });
  } catch (error) {
    const missing = error instanceof MobileNetError && error.code === "not-found";
    throw missing ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** So many pictures of each part, drawn from all classes. */
async function limited(set: DataSet, most: number | undefined, seed: number): Promise<DataSet> {
  if (most === undefined) return set;
  const { somePictures } = await import("../../train/data/pictures.ts");
  const some = (part: DataSet["training"]) => somePictures(part, most, seed);
  return { ...set, training: some(set.training), validation: some(set.validation) };
}

function stepLine({ epoch, step, steps, loss, learningRate }: StepEvent, rate: number): string {
  return `epoch ${epoch}, step ${step} of ${steps}: loss ${loss.toFixed(3)}, rate ${learningRate.toPrecision(3)}, ${rate.toFixed(1)} images/s`;
}

function epochLine({
  epoch,
  epochs,
  trainingLoss,
  trainingAccuracy,
  validation,
  best,
}: EpochEvent): string {
  const test = validation
    ? `, test loss ${validation.loss.toFixed(3)}, ${formatPercent(validation.accuracy)} right`
    : "";
  return `epoch ${epoch} of ${epochs}: loss ${trainingLoss.toFixed(3)}, ${formatPercent(trainingAccuracy)} right${test}${best && validation ? " (best)" : ""}`;
}

function metricsOf({ epoch, trainingLoss, trainingAccuracy, validation }: EpochEvent) {
  const [validationLoss, validationAccuracy] = [validation?.loss, validation?.accuracy];
  return { epoch, trainingLoss, trainingAccuracy, validationLoss, validationAccuracy };
}
