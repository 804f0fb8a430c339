/** Sees a job through: the coordinator, and without a queue the work too, while a bar shows how far it is. */
import type { BatchProgress } from "../batch/coordinate-node.ts";
import type { BatchJob } from "../batch/job.ts";
import type { JobStorage } from "../batch/storage.ts";
import type { MobileNetError } from "../errors.ts";
import type { BatchOptions } from "./batch-options.ts";
import type { Context } from "./command.ts";
import { formatCount } from "./format.ts";
import { formatDuration } from "./format-duration.ts";
import { createProgress, silentProgress } from "./progress.ts";
import { reportNote } from "./report.ts";

/** Sees a job through; gives whether it is done or was given up. */
export async function runJob(
  storage: JobStorage,
  job: BatchJob,
  { values, terminal, signal }: Context<BatchOptions>,
): Promise<"done" | "cancelled"> {
  const [{ coordinate }, { openQueue }, { workOnTickets }] = await Promise.all([
    import("../batch/coordinate-node.ts"),
    import("../batch/open-queue-node.ts"),
    import("./work-on-tickets.ts"),
  ]);
  const { quiet, ahead = 256, queue: address } = values;
  const progress = quiet
    ? silentProgress
    : createProgress(terminal.err, { format: formatCount, patient: true });
  const onNote = (note: string): void => {
    progress.clear();
    if (!quiet) reportNote(terminal, note);
  };
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const queue = await openQueue(address, { signal: ended, onNote });
  let refused: MobileNetError | undefined;
  const { concurrency, stuck } = values;
  const onRefused = (error: MobileNetError): void => {
    refused = error;
    stop.abort();
  };
  const here =
    address !== undefined
      ? undefined
      : workOnTickets(queue, { concurrency, stuck, signal: ended, onRefused });
  try {
    const onProgress = (state: BatchProgress): void =>
      progress.update(state.done, state.pictures, progressWords(state));
    return await coordinate({ storage, job, queue, ahead, signal: ended, onProgress, onNote });
  } catch (error) {
    throw refused ?? error;
  } finally {
    stop.abort();
    await here;
    progress.clear();
    await queue.close();
  }
}

function progressWords({ paused, rate }: BatchProgress): string {
  if (paused) return "pictures, paused";
  if (rate === undefined) return "pictures";
  return `pictures, ${rate.rate.toFixed(1)} a second, ${formatDuration(rate.secondsLeft)} left`;
}
