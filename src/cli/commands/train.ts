/** `mobilenetv2 train`: a model for one's own pictures, from another or from scratch. */
import type { TrainOutput } from "../../json/work.ts";
import type { Model } from "../../models/model.ts";
import type { Session } from "../../train/session.ts";
import { printable } from "../../untrusted.ts";
import { type Command, defineCommand } from "../command.ts";
import { writeJson } from "../json.ts";
import { downloadProgress, readModel } from "../load-model.ts";
import { limitsOf } from "../options.ts";
import { reportNote } from "../report.ts";
import { checkUsage, type TrainContext } from "../train/check-usage.ts";
import { trainFigures } from "../train/figures.ts";
import { marksOfRun, requireRunPictures } from "../train/marks.ts";
import { aboutFrom, pickFields, trainOptions } from "../train/options.ts";
import { openOutput } from "../train/output-folder.ts";
import { type OneRun, trainAware } from "../train/quantize-aware.ts";
import { inTrainOptions } from "../train/resume-errors.ts";
import type { QueuedRounds } from "../train/rounds/queue-rounds.ts";
import { roundsOf } from "../train/rounds/round-numbers.ts";
import { matters, runSession, weightScales } from "../train/run-session.ts";
import type { CommandTask } from "../train/task-names.ts";
import type { RunOutcome } from "../train/train-task.ts";
import { trainTasks } from "../train/train-tasks.ts";

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
    {
      call: "train --task detect --data cards --out cards-model",
      effect: "A detector from pictures with boxes. Then: detect --model cards-model.",
    },
    {
      call: "train --task segment --data CamVid --void 11 --out road",
      effect: "A segmenter from pictures with masks. Then: segment --model road.",
    },
    {
      call: "train --data flowers --from model --quantize-aware --out int8",
      effect: "The finished model with 8 bits simulated, and int8/model.tflite.",
    },
  ],
  async run(context) {
    const checked = await checkUsage(context);
    const call = { ...checked, task: checked.values.task ?? "classify" };
    const { json, line } = call.values["quantize-aware"]
      ? await trainAware(context, { call, train })
      : await train(context, { call });
    if (call.values.json) writeJson<TrainOutput>(context.terminal.out, json);
    else context.terminal.out.write(`${line}\n`);
    return 0;
  },
});

async function train<T extends CommandTask>(
  context: TrainContext,
  { call, aware }: OneRun<T>,
): Promise<RunOutcome> {
  const { terminal, signal } = context;
  const { out, task } = call;
  const [
    { frozenBlock, openRunSession },
    { keptShare },
    { openSamplePool },
    { openPictureCache },
    { startTurbo },
    row,
  ] = await Promise.all([
    import("../train/open-session.ts"),
    import("../../train/defaults.ts"),
    import("../../train/data/sample-pool-node.ts"),
    import("../../data/picture-cache-node.ts"),
    import("../../tasks/turbo-node.ts"),
    trainTasks[task](),
  ]);
  const seed = call.values.seed ?? 1;
  const { progress, onProgress, onWarning } = downloadProgress(terminal, call.values.quiet);
  await startTurbo(call.values.turbo, onWarning);
  const prepared = await row.prepare({
    ...{ call, seed },
    reading: { signal, onProgress, onWarning, ...limitsOf(call.values) },
    loaded: () => progress.clear(),
    load: (name) => loadFrom(name, { ...context, values: call.values }),
  });
  const { values, set, from, said } = prepared;
  await aware?.check?.({ from, classes: set.classes });
  const recipe = aware ? { ...prepared.recipe, ...aware.recipe } : prepared.recipe;
  if (call.earlier !== undefined) {
    await requireRunPictures(set, call.earlier);
  }
  if (call.anew && !values.quiet) {
    reportNote(terminal, "there is no checkpoint yet: the run begins anew");
  }
  if (said !== undefined && !values.quiet) terminal.err.write(`${printable(said)}\n`);
  // Before a run that is there is replaced.
  if (values.cache !== undefined) await openPictureCache(values.cache, signal);
  const output = await openOutput(out, values, trainFigures[task]);
  const pool = openSamplePool({
    workers: set.training.path ? values.workers : 0,
    cacheBytes: values["cache-bytes"],
    cache: values.cache,
  });
  let session: Session<T> | undefined;
  let queued: QueuedRounds | undefined;
  try {
    session = await openRunSession<T>({
      ...{ task, prepared: { ...prepared, recipe }, seed, pool, signal },
      aware: aware && weightScales(values),
      checkpoint: output.checkpoint,
    });
    const rounds = roundsOf(values);
    const marks = values.queue === undefined ? undefined : await marksOfRun(set);
    if (rounds !== undefined && marks !== undefined) {
      const { queueRounds } = await import("../train/rounds/queue-rounds.ts");
      queued = await queueRounds(values, { rounds, marks, signal });
    }
    await output.begin(aware === undefined ? values : (aware.saved ?? call.values), async () => {
      return marks ?? (await marksOfRun(set));
    });
    const freeze = frozenBlock(values);
    const { architecture } = session.model;
    const share =
      freeze === undefined || architecture.network !== "mobilenet-v2"
        ? 1
        : keptShare(architecture, freeze);
    return await runSession(session, {
      ...{ context: { ...context, values }, task, row, seed, output },
      prepared: { ...prepared, recipe },
      keptShare: share,
      round: queued?.round,
    }).catch((error: unknown) => {
      throw inTrainOptions(error);
    });
  } finally {
    await queued?.end();
    session?.dispose();
    pool.dispose();
    await output.end();
  }
}

/** The model to start from: what is said besides of size, classes and the like is the new model's own. */
function loadFrom(source: string, context: TrainContext): Promise<Model> {
  const { quiet } = context.values;
  const values = { quiet, ...pickFields(context.values, aboutFrom) };
  return readModel({ ...context, values }, source, {
    matters,
    read: async (named, settings) => {
      const { loadModel } = await import("../../tasks/node.ts");
      return await loadModel(named, settings);
    },
  });
}
