/** `mobilenetv2 train`: a classifier for one's own pictures, from a model or from scratch. */
import type { Model } from "../../models/model.ts";
import type { Session } from "../../train/session.ts";
import { type Command, defineCommand } from "../command.ts";
import { downloadProgress, readModel } from "../load-model.ts";
import { limitsOf } from "../options.ts";
import { type CheckedCall, checkUsage, type TrainContext } from "../train/check-usage.ts";
import { isPublishedData, limited, loadData } from "../train/load-data.ts";
import { chosenRecipe, trainOptions } from "../train/options.ts";
import { openOutput } from "../train/output-folder.ts";
import { inTrainOptions } from "../train/resume-errors.ts";
import { matters, runSession } from "../train/run-session.ts";

export const trainCommand: Command = defineCommand({
  positionals: [],
  options: trainOptions,
  examples: [
    {
      call: "train --data flowers --out flowers-model",
      effect: "A folder of pictures for each class; the rest is chosen, and said.",
    },
    {
      call: "train --data flowers --from nsfw --freeze head --out model",
      effect: "A new last layer on the model that is named.",
    },
    {
      call: "train --data cifar10 --width 0.5 --out cifar",
      effect: "From scratch; CIFAR-10 is downloaded once. Then: classify --model cifar.",
    },
  ],
  async run(context) {
    await train(context, await checkUsage(context));
    return 0;
  },
});

async function train(context: TrainContext, call: CheckedCall): Promise<void> {
  const { terminal, signal } = context;
  const { data, out } = call;
  const [
    { openSession },
    { recipes },
    { keptShare },
    { openSamplePool },
    { openPictureCache },
    { startTurbo },
    { chooseSettings },
  ] = await Promise.all([
    import("../../train/session.ts"),
    import("../../train/recipes.ts"),
    import("../../train/defaults.ts"),
    import("../../train/data/sample-pool-node.ts"),
    import("../../data/picture-cache-node.ts"),
    import("../../tasks/turbo-node.ts"),
    import("../train/choose-settings.ts"),
  ]);
  const seed = call.values.seed ?? 1;
  const { progress, onProgress, onWarning } = downloadProgress(terminal, call.values.quiet);
  const reading = { signal, onProgress, onWarning, ...limitsOf(call.values) };
  await startTurbo(call.values.turbo, onWarning);
  const whole = await loadData(data, seed, reading);
  const set = await limited(whole, call.values.limit, seed);
  progress.clear();
  const unused = sizeOf(whole) - sizeOf(set);
  const published = isPublishedData(data) ? data : undefined;
  const load = (name: string) => loadFrom(name, { ...context, values: call.values });
  const choice = await chooseSettings({ ...call, set, published, signal, load });
  const { values, from, said, chosen } = choice;
  if (said !== undefined && !values.quiet) terminal.err.write(`${said}\n`);
  const recipe = chosenRecipe(recipes[values.recipe], values);
  // Before a run that is there is replaced.
  if (values.cache !== undefined) await openPictureCache(values.cache, signal);
  const output = await openOutput(out, values);
  const pool = openSamplePool({
    workers: set.training.path ? values.workers : 0,
    cacheBytes: values["cache-bytes"],
    cache: values.cache,
  });
  const freeze = values.freeze === "none" ? undefined : values.freeze;
  let session: Session | undefined;
  try {
    session = await openSession({
      data: set,
      recipe,
      seed,
      from,
      width: values.width,
      resolution: values.resolution,
      freeze,
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
    const { architecture } = session.model;
    await runSession(session, {
      ...{ context: { ...context, values }, set, unused, recipe, seed, chosen, output },
      ...{ from: values.from ?? "scratch", assumptions: from?.assumptions },
      keptShare: freeze === undefined ? 1 : keptShare(architecture, freeze),
    }).catch((error: unknown) => {
      throw inTrainOptions(error);
    });
  } finally {
    session?.dispose();
    pool.dispose();
  }
}

function sizeOf({ training, validation }: Awaited<ReturnType<typeof loadData>>): number {
  return training.count + validation.count;
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
