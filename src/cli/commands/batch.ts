/** `mobilenetv2 batch`: a verb for archives of pictures, on one machine or many, kill-proof. */
import type { BatchJob } from "../../batch/job.ts";
import type { JobStorage } from "../../batch/storage.ts";
import type { BatchOutput } from "../../json/batch.ts";
import { didYouMean } from "../../suggest.ts";
import { takesTask, taskNames, type Verb } from "../../tasks/task-names.ts";
import { WrongTaskError } from "../../tasks/wrong-task.ts";
import {
  type BatchOptions,
  batchOptions,
  batchOutputsOf,
  callOf,
  checkVerbOptions,
  requireOut,
  verbOf,
} from "../batch-options.ts";
import { runJob } from "../batch-run.ts";
import { type Command, type Context, defineCommand, type ExitCode } from "../command.ts";
import { formatCount, plural } from "../format.ts";
import { formatDuration } from "../format-duration.ts";
import { writeJson } from "../json.ts";
import { explainLoading, readModel } from "../load-model.ts";
import { chooseModel } from "../model-options.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { reportNote } from "../report.ts";
import { readSaid } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";

type BatchContext = Context<BatchOptions>;

/** What is done with a job that was begun. */
const actions: Readonly<
  Record<string, (storage: JobStorage, job: BatchJob, context: BatchContext) => Promise<ExitCode>>
> = {
  status: answer,
  async pause(storage, job, context) {
    await want(storage, "paused");
    return await answer(storage, job, context);
  },
  async cancel(storage, job, context) {
    await want(storage, "cancelled");
    return await answer(storage, job, context);
  },
  async resume(storage, job, context) {
    await want(storage, "open");
    return await see(storage, job, context);
  },
};

export const batchCommand: Command = defineCommand({
  positionals: [
    {
      name: "ACTION",
      description: "classify, detect, segment or embed; status, pause, resume, cancel",
    },
    {
      name: "INPUT…",
      description:
        "Folders, pictures, patterns ('photos/**/*.jpg') and lists (.txt, a path a line); for other actions the OUT of the job",
    },
  ],
  options: batchOptions,
  examples: [
    {
      call: "batch classify photos/ --out tags",
      effect: "On this machine; run it again after a kill.",
    },
    {
      call: "batch embed photos/ --out /mnt/vectors --queue redis://queue:6379",
      effect: "Hand the work to the machines that run mobilenetv2 worker.",
    },
    { call: "batch status tags", effect: "How far it is, from any machine." },
    { call: "batch resume tags", effect: "Go on after a pause, or after everything was killed." },
  ],
  async run(context) {
    const { positionals, values } = context;
    const [action = "", ...inputs] = positionals;
    const verb = verbOf(action);
    if (verb !== undefined) return await begin(verb, inputs, context);
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (act === undefined) {
      const known = [...Object.keys(taskNames), ...Object.keys(actions)];
      throw new UsageError(action === "" ? "no action was named" : `unknown action ${action}`, {
        expected: known.join(", "),
        remedy: didYouMean(action, known, "Run mobilenetv2 batch --help."),
      });
    }
    const [out, ...more] = inputs;
    if (out === undefined || more.length > 0 || values.out !== undefined) {
      throw new UsageError(`batch ${action} takes the OUT of one job`, {
        received: inputs.length === 0 ? "none" : inputs.join(" "),
        remedy: `Write mobilenetv2 batch ${action} OUT.`,
      });
    }
    const storage = await open(out);
    const { findJob } = await import("../../batch/begin-node.ts");
    return await act(storage, await findJob(storage), context);
  },
});

async function open(address: string): Promise<JobStorage> {
  const { openStorage } = await import("../../batch/open-storage-node.ts");
  return await openStorage(address);
}

async function want(storage: JobStorage, wanted: "open" | "paused" | "cancelled"): Promise<void> {
  const { writeControl } = await import("../../batch/control.ts");
  await writeControl(storage, wanted);
}

/** Begins a job, or goes on with it, and sees it through. */
async function begin(
  verb: Verb,
  inputs: readonly string[],
  context: BatchContext,
): Promise<ExitCode> {
  const { values, terminal, signal } = context;
  checkVerbOptions(verb, values);
  if (inputs.length === 0) {
    throw new UsageError("no input was named", {
      remedy: "Name folders, pictures, patterns of paths or lists of paths.",
    });
  }
  const storage = await open(requireOut(values.out));
  const [{ findSources }, { beginJob }, { describeModelFiles, readHashed }, { ownVersions }] =
    await Promise.all([
      import("../../batch/sources-node.ts"),
      import("../../batch/begin-node.ts"),
      import("../../batch/model-node.ts"),
      import("../../batch/versions-node.ts"),
    ]);
  const sources = await findSources(inputs, storage.address);
  const named = await chooseModel(verb, values.model);
  let files: ReadonlyMap<string, Uint8Array> = new Map();
  let hash = "";
  const model = await readModel(context, named, {
    async read(source, settings) {
      const read = await readHashed(source, settings);
      ({ files, hash } = read);
      return read.model;
    },
  });
  if (!takesTask(verb, model.task)) throw explainLoading(new WrongTaskError(model, verb), named);
  const described = describeModelFiles(named, { hash, files }, await readSaid(values));
  const progress = values.quiet
    ? silentProgress
    : createProgress(terminal.err, { format: formatCount, patient: true });
  const outputs = batchOutputsOf(values);
  const writer = outputs.parquet ? ["hyparquet-writer"] : [];
  const { job, resumed } = await beginJob({
    storage,
    request: {
      verb,
      versions: await ownVersions(["mobilenetv2", "sharp", "libvips", ...writer]),
      backend: values.backend ?? "wasm",
      model: described,
      call: callOf(verb, values, model.labels, signal),
      outputs,
      unit: values.unit ?? 100,
    },
    ...{ sources, files, signal },
    onProgress: (pictures) => progress.update(pictures, undefined, "listing pictures"),
  }).finally(() => progress.clear());
  if (resumed && !values.quiet) {
    const what = plural(job.pictures, "picture");
    reportNote(terminal, `going on with the job that is there, of ${what}; it was listed then`);
  }
  return await see(storage, job, context);
}

/** Sees a job through and says what came of it. */
async function see(storage: JobStorage, job: BatchJob, context: BatchContext): Promise<ExitCode> {
  const end = await runJob(storage, job, context);
  await answer(storage, job, context);
  return end === "done" ? 0 : 1;
}

/** Says how far a job is. */
async function answer(
  storage: JobStorage,
  job: BatchJob,
  { values, terminal: { out } }: BatchContext,
): Promise<ExitCode> {
  const { jobStatus } = await import("../../batch/status-node.ts");
  const status = await jobStatus(storage, job);
  if (values.json) writeJson(out, status);
  else out.write(statusText(status));
  return 0;
}

function statusText({ state, out, ...status }: BatchOutput): string {
  const { pictures, done, failed, setAside, rate, secondsLeft } = status;
  const counts = `${formatCount(done)} of ${plural(pictures, "picture")}`;
  const errors = failed === 0 ? [] : [`${formatCount(failed)} could not be read`];
  const aside = setAside === 0 ? [] : [`${formatCount(setAside)} of them set aside`];
  const speed =
    rate === undefined || secondsLeft === undefined || state === "done"
      ? []
      : [`${rate.toFixed(1)} a second, ${formatDuration(secondsLeft)} left`];
  return `${state}: ${[counts, ...errors, ...aside, ...speed].join(", ")}\nresults: ${out}/results\n`;
}
