/**
 * A worker's way with labelled pictures: rounds of training, units of evaluation. The job's file is read, its
 * model fetched, and all that is needed opened in a process of its own, once; then tickets are worked on
 * there.
 */
import { isAbsolute } from "node:path";
import type { ChildProcesses } from "./child-processes-node.ts";
import { readDataJob } from "./data-job.ts";
import type { WorkOnTicket } from "./handle-ticket-node.ts";
import { placeJobModel } from "./model-node.ts";
import { openTicketJob } from "./open-job-node.ts";
import { refuseLists, requireBackend, requireWithin, type WorkerScope } from "./scope.ts";
import type { TicketOf } from "./ticket.ts";
import { requireVersions } from "./versions-node.ts";

/** The kinds of tickets that are about labelled pictures. */
export type DataTicket = "round" | "evaluation";

/** What the process is told. */
export interface DataRequest<K extends DataTicket = DataTicket> {
  readonly ticket: TicketOf<K>;
  /** Where the job's model is on this machine; absent from scratch. */
  readonly modelPlace?: string | undefined;
  /** How many threads may work and how many read pictures, and what may be kept of pictures in memory. */
  readonly share: MachineShare;
  /** Nothing is done but to see whether the job can be opened here. */
  readonly opensOnly: boolean;
}

/** A process's share of a machine. */
export interface MachineShare {
  readonly threads: number;
  readonly readers: number;
  readonly cacheBytes: number;
}

/** Work in processes of their own. */
export function dataWork<K extends DataTicket>(
  processes: Pick<ChildProcesses<DataRequest<K>>, "make">,
  {
    signal,
    share,
    ...scope
  }: WorkerScope & { readonly signal: AbortSignal; readonly share: MachineShare },
): (ticket: TicketOf<K>) => Promise<WorkOnTicket<K>> {
  return async (first) => {
    const read = (bytes: Uint8Array, place: string) => readDataJob(bytes, place);
    const { storage, job } = await openTicketJob(first, read, scope);
    const { data, list, model } = job;
    // The name of a published data set is no place.
    if (isAbsolute(data)) requireWithin(data, scope);
    if (list !== undefined || /\.(?:csv|tsv|txt|json)$/i.test(data)) refuseLists(scope);
    await requireVersions(job.versions);
    requireBackend(job.backend, scope);
    const modelPlace = model && (await placeJobModel(storage, model));
    const make = (ticket: TicketOf<K>, opensOnly: boolean): Promise<void> =>
      processes.make({ ticket, modelPlace, share, opensOnly }, signal);
    await make(first, true);
    return async (ticket) => {
      await make(ticket, false);
      return "done";
    };
  };
}
