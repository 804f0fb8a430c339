/** `mobilenetv2 train`: a classifier for one's own pictures, from scratch or from a model. */
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { DataSet } from "../../data/pictures.ts";
import type { Assumption, Model } from "../../models/model.ts";
import type { Recipe } from "../../train/recipes.ts";
import type { Session } from "../../train/session.ts";
import type { TrainResult } from "../../train/train-options.ts";
import { printable, quote } from "../../untrusted.ts";
import { type Command, type Context, defineCommand } from "../command.ts";
import { formatPercent } from "../format.ts";
import { shortFloat, writeJson } from "../json.ts";
import { downloadProgress, readModel } from "../load-model.ts";
import { requireExisting } from "../model-options.ts";
import { limitsOf } from "../options.ts";
import { reportNote } from "../report.ts";
import { assumed, refuseWithoutModel } from "../said-options.ts";
import { epochLine, metricsOf } from "../train/lines.ts";
import { isPublishedData, limited, loadData } from "../train/load-data.ts";
import { writeModelCard } from "../train/model-card.ts";
import {
  aboutFrom,
  chosenRecipe,
  type TrainCommandOptions,
  trainOptions,
} from "../train/options.ts";
import { checkOutput, type OutputFolder, openOutput } from "../train/output-folder.ts";
import { createTrainStatus } from "../train/status.ts";
import { UsageError } from "../usage-error.ts";

export const trainCommand: Command = defineCommand({
  positionals: [],
  options: trainOptions,
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
  async run(context) {
    const { values, terminal, signal } = context;
    const { data, out, from: named } = await checkUsage(context);
    const [{ openSession }, { recipes }, { openSamplePool }, { openPictureCache }, { startTurbo }] =
      await Promise.all([
        import("../../train/session.ts"),
        import("../../train/recipes.ts"),
        import("../../train/data/sample-pool-node.ts"),
        import("../../data/picture-cache-node.ts"),
        import("../../tasks/turbo-node.ts"),
      ]);
    const seed = values.seed ?? 1;
    const { progress, onProgress, onWarning } = downloadProgress(terminal, values.quiet);
    const loading = { signal, onProgress, onWarning };
    const reading = { ...loading, ...limitsOf(values) };
    await startTurbo(values.turbo, onWarning);
    const set = await limited(await loadData(data, seed, reading), values.limit, seed);
    progress.clear();
    const from = named === undefined ? undefined : await loadFrom(named, context);
    const usual = from ? "fine-tune" : data === "mnist" ? "digits" : "small";
    const recipe = chosenRecipe(recipes[values.recipe ?? usual], values);
    // Before a run that is there is replaced.
    if (values.cache !== undefined) await openPictureCache(values.cache, signal);
    const output = await openOutput(out, values);
    const pool = openSamplePool({
      workers: set.training.path ? values.workers : 0,
      cacheBytes: values["cache-bytes"],
      cache: values.cache,
    });
    let session: Session | undefined;
    try {
      session = await openSession({
        data: set,
        recipe,
        seed,
        from,
        width: values.width,
        resolution: values.resolution,
        freeze: values.freeze,
        clipNorm: values["clip-norm"],
        patience: values.patience,
        damaged: values.damaged,
        pool,
        decode: values.exact ? "full" : "scaled",
        checkpoint: output.checkpoint,
        resume: values.resume,
        threads: values.threads,
        signal,
      });
      await output.make();
      const origin = { from: named ?? "scratch", assumptions: from?.assumptions };
      await runSession(session, { context, set, recipe, seed, ...origin, output });
      return 0;
    } finally {
      session?.dispose();
      pool.dispose();
    }
  },
});

type TrainContext = Context<TrainCommandOptions>;

/** What was named, checked before anything is loaded. */
async function checkUsage({ values, positionals }: TrainContext) {
  if (positionals.length > 0)
    throw new UsageError("unexpected argument", { received: positionals[0] });
  const { data, out, freeze } = values;
  if (data === undefined)
    throw new UsageError("no data", { expected: "--data DIR, a list, cifar10 or mnist" });
  if (out === undefined)
    throw new UsageError("no folder for the results", { expected: "--out DIR" });
  const from = values.from === "scratch" ? undefined : values.from;
  if (from === undefined && freeze !== undefined) {
    throw new UsageError("a network from scratch has nothing to freeze", {
      remedy: "Name a model with --from.",
    });
  }
  if (from === undefined) refuseWithoutModel(values, aboutFrom);
  if (from !== undefined && values.width !== undefined) {
    throw new UsageError("a model that is there has its width already", {
      received: `--width ${values.width}`,
      remedy: "Leave out --width, or train from scratch.",
    });
  }
  if (values.cache !== undefined) checkCache(values.cache, data);
  const { isFreezable } = await import("../../train/freeze.ts");
  if (freeze !== undefined && !isFreezable(freeze)) {
    throw new UsageError("bad value for --freeze", {
      expected: "stem, block_0 … block_16 or head",
      received: quote(freeze),
    });
  }
  await checkOutput(out, values);
  const { lookUpRecord } = await import("../../hub/lookup.ts");
  if (from !== undefined && lookUpRecord(from) === undefined) await requireExisting(from);
  return { data, out, from };
}

/** The model to start from: its classes and size do not matter, since they become others. */
function loadFrom(source: string, context: TrainContext): Promise<Model> {
  const { resolution: _, ...values } = context.values;
  return readModel({ ...context, values }, source, {
    matters,
    read: async (named, settings) => {
      const { loadModel } = await import("../../tasks/node.ts");
      return await loadModel(named, settings);
    },
  });
}

const matters = ({ about }: Assumption): boolean =>
  ["range", "fit", "padding", "epsilon"].includes(about);

/** Trains, says how it goes, and keeps the best epoch. */
async function runSession(
  session: Session,
  {
    context: { values, terminal, signal },
    set,
    recipe,
    seed,
    from,
    assumptions,
    output,
  }: {
    readonly context: TrainContext;
    readonly set: DataSet;
    readonly recipe: Recipe;
    readonly seed: number;
    readonly from: string;
    readonly assumptions: Model["assumptions"];
    readonly output: OutputFolder;
  },
): Promise<void> {
  const status = createTrainStatus(terminal.err);
  const say = (line: string): void => {
    status.clear();
    if (!values.quiet) terminal.err.write(`${printable(line)}\n`);
  };
  say(
    `${session.description}; ${set.training.count} pictures to train on, ${set.validation.count} to test on`,
  );
  if (set.validation.count === 0) {
    reportNote(terminal, "there are no pictures to test on: the last epoch counts");
  }
  const origin = { from, freeze: values.freeze };
  const model = { ...session.model, training: { recipe, seed, ...origin } };
  const run = session.run();
  let result: TrainResult | undefined;
  while (result === undefined) {
    const { done, value } = await run.next().catch((error: unknown) => {
      status.clear();
      if (signal.aborted && output.epochs.length > 0) {
        reportNote(terminal, "whole epochs are kept: go on with --resume and the same options");
      }
      throw error;
    });
    if (done) {
      result = value;
      break;
    }
    if (value.kind === "skipped") {
      status.clear();
      reportNote(terminal, `${printable(value.name)} left out: ${value.error}`);
    } else if (value.kind === "step") {
      if (!values.quiet) status.step(value);
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
  const { bestEpoch, reason } = result;
  const bestAccuracy =
    result.bestAccuracy === undefined ? undefined : shortFloat(result.bestAccuracy);
  await output.saveModel(model, session.weightsOf(result.weights));
  if (values.json)
    writeJson(terminal.out, {
      model: values.out,
      bestEpoch,
      bestAccuracy,
      reason,
      epochs: output.epochs,
      ...assumed(assumptions?.filter(matters)),
    });
  else {
    const outcome =
      bestAccuracy === undefined
        ? `epoch ${bestEpoch}, not tested`
        : `best epoch ${bestEpoch}: ${formatPercent(bestAccuracy)} right`;
    terminal.out.write(`${printable(values.out ?? "")}: ${outcome}\n`);
  }
}

/** Refuses a folder of decoded pictures that does not go with the data. */
function checkCache(cache: string, data: string): void {
  const received = `--cache ${quote(cache)} with --data ${quote(data)}`;
  if (isPublishedData(data)) {
    throw new UsageError("a published data set needs no folder of decoded pictures", {
      received,
      remedy: "Leave out --cache: its pictures are in memory.",
    });
  }
  if (liesAmong(cache, data)) {
    throw new UsageError("decoded pictures would lie among the pictures, as a class of their own", {
      received,
      remedy: "Name a folder elsewhere, or a hidden one such as .decoded.",
    });
  }
}

/** Whether a folder is another, or lies in it where it would be taken for a part of it. */
function liesAmong(folder: string, other: string): boolean {
  const [first = ""] = relative(resolve(other), resolve(folder)).split(sep);
  return !isAbsolute(first) && !first.startsWith(".");
}
