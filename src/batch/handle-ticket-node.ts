/**
 * What a worker does with a ticket: it looks up the job by its name, asks whether work goes on, sees to the
 * model, and has the unit made. Its verdict says what the queue shall do: failures are tried again, each kind
 * so often; a job that cannot be worked on here at all is refused, for others to take.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { readControl } from "./control.ts";
import { type BatchJob, type BatchSource, chunkOf, readJob, unitCount } from "./job.ts";
import { placeJobModel } from "./model-node.ts";
import { openStorage } from "./open-storage-node.ts";
import { jobPlace } from "./places.ts";
import type { HandleTicket, TicketVerdict } from "./queue.ts";
import type { JobStorage } from "./storage.ts";
import type { Ticket } from "./ticket.ts";
import type { UnitProcesses } from "./unit-processes-node.ts";
import { requireVersions } from "./versions-node.ts";

/** What a worker works with. */
export interface WorkerTools {
  readonly processes: UnitProcesses;
  /** The backend that it is for; any where absent. */
  readonly backend?: string | undefined;
  /** The only places that jobs may name; any where absent. */
  readonly within?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** Told of a job that cannot be worked on here. */
  readonly onRefused: (error: MobileNetError) => void;
  readonly onUnit?: ((ticket: Ticket) => void) | undefined;
}

/** How often a unit is tried: of one that workers die of, and of one that fails otherwise. */
const attempts = { lost: 2, failed: 5 };

/** How long a paused job's tickets, and those of a refused one, are left alone. */
const laterMilliseconds = 2000;

/** Jobs whose files are held. */
const mostJobs = 4;

interface OpenJob {
  readonly storage: JobStorage;
  readonly job: BatchJob;
  readonly modelPlace: string;
}

/** A worker's way with tickets. */
export function ticketHandler(tools: WorkerTools): HandleTicket {
  const jobs = new Map<string, Promise<OpenJob>>();
  const open = (ticket: Ticket): Promise<OpenJob> => {
    const key = `${ticket.job} ${ticket.out}`;
    const known = jobs.get(key);
    if (known !== undefined) return known;
    for (const old of [...jobs.keys()].slice(0, Math.max(0, jobs.size - mostJobs + 1))) {
      jobs.delete(old);
    }
    const opened = openJob(ticket, tools);
    jobs.set(key, opened);
    opened.catch(() => jobs.delete(key));
    return opened;
  };
  return async (ticket, attempt) => {
    let opened: OpenJob;
    try {
      opened = await open(ticket);
    } catch (error) {
      if (error instanceof MobileNetError && refusals.includes(error.code)) {
        tools.onRefused(error);
        return { kind: "later", milliseconds: laterMilliseconds };
      }
      return verdictOf(error, attempt);
    }
    const { storage, job, modelPlace } = opened;
    try {
      if (ticket.unit >= unitCount(job)) throw badUnit(ticket);
      const wanted = await readControl(storage);
      if (wanted === "cancelled") return { kind: "done" };
      if (wanted === "paused") return { kind: "later", milliseconds: laterMilliseconds };
      // Of the listing's hashes a unit needs one.
      const chunks = job.chunks.map((hash, i) => (i === chunkOf(ticket.unit) ? hash : ""));
      await tools.processes.make({ ticket, job: { ...job, chunks }, modelPlace }, tools.signal);
      tools.onUnit?.(ticket);
      return { kind: "done" };
    } catch (error) {
      if (tools.signal.aborted) return { kind: "later", milliseconds: 0 };
      return verdictOf(error, attempt);
    }
  };
}

/** Failures of a job on this machine that another machine may not have. */
const refusals: readonly string[] = ["unsupported", "integrity"];

async function openJob(ticket: Ticket, { backend, within }: WorkerTools): Promise<OpenJob> {
  if (within !== undefined) requireWithin(ticket.out, within);
  const storage = await openStorage(ticket.out);
  const bytes = await storage.get(jobPlace);
  if (bytes === undefined) {
    throw new MobileNetError("not-found", "there is no job at the place that the queue names", {
      node: ticket.out,
      expected: jobPlace,
      remedy: "Every machine needs the folder at the same path.",
    });
  }
  const job = readJob(bytes, `${storage.address}/${jobPlace}`);
  if (job.id !== ticket.job) {
    // A ticket that is left over from an earlier job there is nobody's work any more.
    throw new MobileNetError("invalid-data", "another job lies at the place that the queue names", {
      ...{ node: ticket.out, expected: ticket.job, received: job.id },
    });
  }
  if (within !== undefined) requireSourcesWithin(job.sources, within);
  await requireVersions(job.versions);
  if (backend !== undefined && backend !== job.backend) {
    throw new MobileNetError("unsupported", "the job was begun with another backend", {
      expected: job.backend,
      received: `--backend ${backend}`,
    });
  }
  return { storage, job, modelPlace: await placeJobModel(storage, job.model) };
}

/** Refuses sources elsewhere, and lists, whose lines may name any file. */
function requireSourcesWithin(sources: readonly BatchSource[], within: readonly string[]): void {
  for (const { kind, place } of sources) {
    requireWithin(place, within);
    if (kind !== "list") continue;
    throw new MobileNetError("unsupported", "the job has lists, whose lines may name any file", {
      remedy: "Start workers for it without --within, or name folders.",
    });
  }
}

/** Refuses a place that the worker was not started for. */
function requireWithin(place: string, within: readonly string[]): void {
  const isInside = (root: string): boolean => {
    const base = root.replace(/\/+$/, "");
    return place === base || place.startsWith(`${base}/`);
  };
  if (!place.split("/").includes("..") && within.some(isInside)) return;
  throw new MobileNetError("unsupported", "the job names a place that this worker is not for", {
    expected: `what lies within ${within.join(", ")}`,
    received: place,
  });
}

function badUnit({ unit }: Ticket): MobileNetError {
  return new MobileNetError("invalid-data", "the job has no such unit", { received: quote(unit) });
}

function verdictOf(error: unknown, attempt: number): TicketVerdict {
  const lost = error instanceof MobileNetError && error.code === "worker-lost";
  const reason = error instanceof Error ? error.message : quote(error);
  if (attempt < (lost ? attempts.lost : attempts.failed)) return { kind: "retry", reason };
  return { kind: "failed", lost, reason };
}
