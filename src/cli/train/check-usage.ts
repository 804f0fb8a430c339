/** What can be wrong with a call of `train`, found before anything is loaded or replaced. */
import { isAbsolute, relative, resolve, sep } from "node:path";
import { quote } from "../../untrusted.ts";
import type { Context } from "../command.ts";
import { requireExisting } from "../model-options.ts";
import { refuseLoneExchange } from "../queue-options.ts";
import { refuseWithoutModel } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";
import { checkOutput } from "./check-output.ts";
import { readClassWeights } from "./class-weights.ts";
import { isPublishedData } from "./load-data.ts";
import { aboutFrom, type TrainCommandOptions } from "./options.ts";
import {
  optionsOfSettings,
  type RunFile,
  type RunSettings,
  readRunFile,
  settingNames,
  settingsOf,
} from "./run-file.ts";
import { readRunPaths } from "./run-paths.ts";
import type { CommandTask } from "./task-names.ts";

/** A call of `train`. */
export type TrainContext = Context<TrainCommandOptions>;

/** Options about pictures that are files; published data have none. */
const fileOptions = [
  ...(["cache", "cache-bytes", "workers", "exact", "damaged"] as const),
  ...(["max-pixels", "max-edge", "max-decode-bytes"] as const),
] as const;

/** Options that mean nothing to some tasks, with those that they are for. */
const taskOptions = {
  list: ["detect"],
  "data-format": ["detect", "segment"],
  classes: ["detect", "segment"],
  loss: ["detect"],
  void: ["segment"],
  "output-stride": ["segment"],
  aspp: ["segment"],
  "class-weights": ["classify", "multi-label", "segment"],
} as const satisfies { readonly [Name in keyof TrainCommandOptions]?: readonly CommandTask[] };

/** A call that has been looked at. */
export interface CheckedCall {
  readonly data: string;
  readonly out: string;
  /** The options; those of the run in `--out` where it goes on. */
  readonly values: TrainContext["values"];
  /** Whether its options are those that a run was begun with, so that nothing is left to be chosen. */
  readonly settled: boolean;
  /** What the run in `--out` says of itself where it goes on from its checkpoint. */
  readonly earlier: RunFile | undefined;
  /** Whether it was to go on and begins anew, because there is no checkpoint yet. */
  readonly anew: boolean;
}

/**
 * What was named.
 *
 * @throws UsageError where anything is missing or does not go together.
 */
export async function checkUsage({
  values: given,
  positionals,
}: TrainContext): Promise<CheckedCall> {
  if (positionals.length > 0)
    throw new UsageError("unexpected argument", { received: positionals[0] });
  const { out } = given;
  if (given.data === undefined && !given.resume) throw noData();
  if (out === undefined)
    throw new UsageError("no folder for the results", { expected: "--out DIR" });
  const goesOn = await checkOutput(out, given);
  const earlier = given.resume ? await readRunFile(out) : undefined;
  const paths = given.resume ? await readRunPaths(out) : {};
  const data = given.data ?? paths.data;
  if (data === undefined) throw noData();
  const values = {
    ...(earlier === undefined ? given : goingOn(given, earlier.settings)),
    ...(earlier === undefined ? {} : { from: given.from ?? paths.from ?? earlier.settings.from }),
    ...{ data, list: given.list ?? paths.list },
  } as TrainContext["values"];
  if (isPublishedData(data)) refuseAboutFiles(values, data);
  else if (values.cache !== undefined) checkCache(values.cache, data);
  if (values["per-tensor"] && !values["quantize-aware"]) {
    throw new UsageError("--per-tensor is about 8 bits, which are not simulated here", {
      remedy: "Add --quantize-aware, or leave it out.",
    });
  }
  refuseAboutRounds(values);
  refuseForOtherTasks(values);
  if (values["class-weights"] !== undefined) readClassWeights(values["class-weights"]);
  await checkStart(values);
  return {
    ...{ data, out, values, settled: earlier !== undefined },
    earlier: goesOn ? earlier : undefined,
    anew: given.resume && !goesOn,
  };
}

function noData(): UsageError {
  return new UsageError("no data", { expected: "--data DIR, a list, cifar10 or mnist" });
}

/** What the start and what is done about it have to do with each other. */
async function checkStart(values: TrainContext["values"]): Promise<void> {
  const { from, freeze } = values;
  const scratch = from === "scratch";
  if (freeze !== undefined && freeze !== "none" && (scratch || values.width !== undefined)) {
    throw new UsageError("a network from scratch has nothing to freeze", {
      received: scratch ? "--from scratch" : `--width ${values.width}`,
      remedy: "Name a model with --from.",
    });
  }
  if (from === undefined || scratch) refuseWithoutModel(values, aboutFrom);
  if (from !== undefined && !scratch && values.width !== undefined) {
    throw new UsageError("a model that is there has its width already", {
      received: `--width ${values.width}`,
      remedy: "Leave out --width, or train from scratch.",
    });
  }
  const { isFreezable } = await import("../../train/freeze.ts");
  if (freeze !== undefined && freeze !== "none" && !isFreezable(freeze)) {
    throw new UsageError("bad value for --freeze", {
      expected: "stem, block_0 … block_16, head, or none",
      received: quote(freeze),
    });
  }
  const { lookUpRecord } = await import("../../hub/lookup.ts");
  if (from !== undefined && !scratch && lookUpRecord(from) === undefined)
    await requireExisting(from);
}

/** Refuses what is about rounds where there are none, and what makes no sense with them. */
function refuseAboutRounds(values: TrainContext["values"]): void {
  refuseLoneExchange(values);
  if (values.queue !== undefined && values.shards === undefined) {
    throw new UsageError("--queue is for the shards of a run, and it has none", {
      remedy: "Add --shards N, one for each machine or more.",
    });
  }
  if (values.queue !== undefined && values["quantize-aware"]) {
    throw new UsageError("8 bits are simulated on one machine", {
      received: "--queue with --quantize-aware",
      remedy: "Train the float model by --queue, and go on from it without a queue.",
    });
  }
  if (values.shards === undefined) {
    if (values["local-steps"] === undefined) return;
    throw new UsageError("--local-steps is about shards, and the run has none", {
      remedy: "Add --shards N, or leave it out.",
    });
  }
  const name = (["checkpoint-steps", "checkpoint-minutes"] as const).find(
    (one) => values[one] !== undefined,
  );
  if (name === undefined) return;
  throw new UsageError(`--${name} says nothing to a run in rounds`, {
    received: `--${name} with --shards`,
    remedy: "Leave it out: a checkpoint is kept after each round.",
  });
}

/** Refuses options of other tasks. */
function refuseForOtherTasks(values: TrainContext["values"]): void {
  const task = values.task ?? "classify";
  for (const [name, tasks] of Object.entries(taskOptions)) {
    const value = values[name as keyof typeof taskOptions];
    const unused = !(tasks as readonly CommandTask[]).includes(task);
    if (!unused || value === undefined || value === false) continue;
    throw new UsageError(`--${name} means nothing to this task`, {
      expected: `--task ${tasks.join(" or ")}`,
      received: `--task ${task}`,
      remedy: "Name the task, or leave out the option.",
    });
  }
}

/** The options of the run that goes on, which the call may repeat and not change. */
function goingOn(given: TrainContext["values"], begun: RunSettings): TrainContext["values"] {
  const now = settingsOf(given);
  for (const name of settingNames) {
    // Another path may lead to the same model: its weights are compared.
    if (now[name] === undefined || name === "from" || now[name] === begun[name]) continue;
    throw new UsageError("the run was begun with other options", {
      expected: begun[name] === undefined ? `no --${name}` : flagOf(name, begun[name]),
      received: flagOf(name, now[name]),
      remedy: "Leave it out, for --resume takes the run's own, or begin another run.",
    });
  }
  return { ...given, ...optionsOfSettings({ ...begun, ...now }) };
}

function flagOf(name: string, value: string | number | true): string {
  return value === true ? `--${name}` : `--${name} ${value}`;
}

/** Refuses what is said about files where there are none. */
function refuseAboutFiles(values: TrainContext["values"], data: string): void {
  const name = fileOptions.find((one) => values[one] !== undefined && values[one] !== false);
  if (name === undefined) return;
  throw new UsageError(`--${name} is about pictures that are files, and ${data} has none`, {
    received: `--${name} with --data ${data}`,
    remedy: `Leave it out: its pictures are in memory, small and alike. A folder of this name is ./${data}.`,
  });
}

/** Refuses a folder of decoded pictures that would be taken for a class. */
function checkCache(cache: string, data: string): void {
  if (!liesAmong(cache, data)) return;
  throw new UsageError("decoded pictures would lie among the pictures, as a class of their own", {
    received: `--cache ${quote(cache)} with --data ${quote(data)}`,
    remedy: "Name a folder elsewhere, or a hidden one such as .decoded.",
  });
}

/** Whether a folder is another, or lies in it where it would be taken for a part of it. */
function liesAmong(folder: string, other: string): boolean {
  const [first = ""] = relative(resolve(other), resolve(folder)).split(sep);
  return !isAbsolute(first) && !first.startsWith(".");
}
