/** A job's own file, found by a ticket and held against it. */
import { MobileNetError } from "../errors.ts";
import type { Named } from "./named-file.ts";
import { openStorage } from "./open-storage-node.ts";
import { jobPlace } from "./places.ts";
import { requireWithin, type WorkerScope } from "./scope.ts";
import type { JobStorage } from "./storage.ts";
import type { Ticket } from "./ticket.ts";

/**
 * Opens the storage of a ticket and reads its job.
 *
 * @param read - What the file says, by its bytes and its place.
 * @throws MobileNetError `not-found` where there is no job, `invalid-data` where it is another or damaged,
 *   `unsupported` where the worker is not for it.
 */
export async function openTicketJob<Job extends Named<object>>(
  { job: id, out }: Pick<Ticket, "job" | "out">,
  read: (bytes: Uint8Array, place: string) => Job,
  scope: WorkerScope,
): Promise<{ readonly storage: JobStorage; readonly job: Job }> {
  requireWithin(out, scope);
  const storage = await openStorage(out);
  const bytes = await storage.get(jobPlace);
  if (bytes === undefined) {
    throw new MobileNetError("not-found", "there is no job at the place that the queue names", {
      node: out,
      expected: jobPlace,
      remedy:
        "Every machine needs the folder at the same path: mount it there, or leave the job to others.",
    });
  }
  const job = read(bytes, `${storage.address}/${jobPlace}`);
  if (job.id === id) return { storage, job };
  // A ticket that is left over from an earlier job there is nobody's work any more.
  throw new MobileNetError("invalid-data", "another job lies at the place that the queue names", {
    ...{ node: out, expected: id, received: job.id },
  });
}
