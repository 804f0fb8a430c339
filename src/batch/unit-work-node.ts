/** A worker's way with units of batch jobs: whether work goes on, where the model is, then the unit is made. */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import type { ChildProcesses } from "./child-processes-node.ts";
import { readControl } from "./control.ts";
import type { TicketWork } from "./handle-ticket-node.ts";
import { chunkOf, readJob, unitCount } from "./job.ts";
import { placeJobModel } from "./model-node.ts";
import { openTicketJob } from "./open-job-node.ts";
import { requireSource } from "./require-source-node.ts";
import { refuseLists, requireBackend, requireWithin, type WorkerScope } from "./scope.ts";
import type { UnitRequest } from "./unit-messages.ts";
import { requireVersions } from "./versions-node.ts";

/** Work on units in processes of their own. */
export function unitWork(
  processes: Pick<ChildProcesses<UnitRequest>, "make">,
  { signal, ...scope }: WorkerScope & { readonly signal: AbortSignal },
): TicketWork["unit"] {
  return async (first) => {
    const { storage, job } = await openTicketJob(first, readJob, scope);
    for (const source of job.sources) {
      requireWithin(source.place, scope);
      if (source.kind === "list") refuseLists(scope);
      else await requireSource(source);
    }
    await requireVersions(job.versions);
    requireBackend(job.backend, scope);
    const modelPlace = await placeJobModel(storage, job.model);
    const told = { modelPlace, job: { ...job, chunks: [] } };
    await processes.make({ ...told, ticket: first, opensOnly: true }, signal);
    return async (ticket) => {
      const { unit } = ticket;
      if (unit >= unitCount(job)) {
        throw new MobileNetError("invalid-data", "the job has no such unit", {
          received: quote(unit),
        });
      }
      const wanted = await readControl(storage);
      if (wanted === "cancelled") return "done";
      if (wanted === "paused") return "paused";
      // Of the listing's hashes a unit needs one.
      const chunks = job.chunks.map((hash, i) => (i === chunkOf(unit) ? hash : ""));
      const request = { ticket, job: { ...job, chunks }, modelPlace, opensOnly: false };
      await processes.make(request, signal);
      return "done";
    };
  };
}
