/** The session of a run that is prepared: here, or on a machine that does shards of it. */
import type { WeightScales } from "../../quantize/affine.ts";
import type { CheckpointStore } from "../../train/checkpoint.ts";
import type { SamplePool } from "../../train/data/samples.ts";
import { openSession, type Session } from "../../train/session.ts";
import type { CommandTask } from "./task-names.ts";
import type { PreparedRun } from "./train-task.ts";

/** What a session is opened with. */
export interface SessionParts<T extends CommandTask> {
  readonly task: T;
  readonly prepared: Pick<PreparedRun<T>, "set" | "recipe" | "values" | "from" | "settings">;
  readonly seed: number;
  /** Simulates 8 bits in the model to start from. */
  readonly aware?: WeightScales | undefined;
  readonly pool: SamplePool;
  readonly checkpoint?: CheckpointStore | undefined;
  readonly signal: AbortSignal;
}

/** Opens it. */
export async function openRunSession<T extends CommandTask>({
  task,
  prepared,
  seed,
  aware,
  pool,
  checkpoint,
  signal,
}: SessionParts<T>): Promise<Session<T>> {
  const { set, recipe, values, from, settings } = prepared;
  return await openSession<T>({
    task,
    taskSettings: settings,
    data: set,
    recipe,
    seed,
    from,
    ...(aware === undefined
      ? { width: values.width, resolution: values.resolution, freeze: frozenBlock(values) }
      : { quantizeAware: { weights: aware } }),
    clipNorm: values["clip-norm"],
    patience: values.patience,
    damaged: values.damaged,
    pool,
    decode: values.exact ? "full" : "scaled",
    checkpoint,
    checkpointSteps: values["checkpoint-steps"],
    checkpointMinutes: values["checkpoint-minutes"],
    resume: values.resume,
    memory: values.memory,
    threads: values.threads,
    signal,
  });
}

/** The last block that is left as it is. */
export function frozenBlock({
  freeze,
}: {
  readonly freeze?: string | undefined;
}): string | undefined {
  return freeze === "none" ? undefined : freeze;
}
