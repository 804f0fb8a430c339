/**
 * A worker's way with rounds of training: the run's file is read, its model fetched, its session opened in a
 * process of its own, once; then shards' parts of rounds are done there.
 */
import { isAbsolute } from "node:path";
import type { ChildProcesses } from "./child-processes-node.ts";
import type { TicketWork } from "./handle-ticket-node.ts";
import { placeJobModel } from "./model-node.ts";
import { openTicketJob } from "./open-job-node.ts";
import { readRoundJob } from "./round-job.ts";
import { refuseLists, requireBackend, requireWithin, type WorkerScope } from "./scope.ts";
import type { TicketOf } from "./ticket.ts";
import { requireVersions } from "./versions-node.ts";

/** What the process that trains is told. */
export interface RoundRequest {
  readonly ticket: TicketOf<"round">;
  /** Where the model to start from is on this machine; absent from scratch. */
  readonly modelPlace?: string | undefined;
  /** How many threads may train and how many read pictures, and what may be kept of pictures in memory. */
  readonly share: MachineShare;
  /** Nothing is trained: it is seen whether the run can be opened here. */
  readonly opensOnly: boolean;
}

/** A process's share of a machine. */
export interface MachineShare {
  readonly threads: number;
  readonly readers: number;
  readonly cacheBytes: number;
}

/** Work on rounds in processes of their own. */
export function roundWork(
  processes: Pick<ChildProcesses<RoundRequest>, "make">,
  {
    signal,
    share,
    ...scope
  }: WorkerScope & {
    readonly signal: AbortSignal;
    readonly share: MachineShare;
  },
): TicketWork["round"] {
  return async (first) => {
    const { storage, job } = await openTicketJob(first, readRoundJob, scope);
    const { data, list, model } = job;
    // The name of a published data set is no place.
    if (isAbsolute(data)) requireWithin(data, scope);
    if (list !== undefined || /\.(?:csv|tsv|txt|json)$/i.test(data)) refuseLists(scope);
    await requireVersions(job.versions);
    requireBackend(job.backend, scope);
    const modelPlace = model && (await placeJobModel(storage, model));
    const make = (ticket: TicketOf<"round">, opensOnly: boolean): Promise<void> =>
      processes.make({ ticket, modelPlace, share, opensOnly }, signal);
    await make(first, true);
    return async (ticket) => {
      await make(ticket, false);
      return "done";
    };
  };
}
