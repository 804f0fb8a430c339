/**
 * What a worker does with a ticket: it opens the job, once for all of its tickets, and works on it as the
 * kind of work does. Its verdict says what the queue shall do: failures are tried again, each kind so often;
 * a job that cannot be worked on here at all is refused, for others to take, and costs it no attempt.
 */
import { hostname } from "node:os";
import { MobileNetError } from "../errors.ts";
import { pause } from "../pause.ts";
import { quote } from "../untrusted.ts";
import type { HandleTicket, TicketVerdict } from "./queue.ts";
import type { Ticket, TicketKind, TicketOf } from "./ticket.ts";

/** Works on the tickets of a job that is open. */
export type WorkOnTicket<K extends TicketKind> = (
  ticket: TicketOf<K>,
) => Promise<"done" | "paused">;

/** How work of each kind is done: opens the job of a ticket. */
export type TicketWork = {
  readonly [K in TicketKind]: (ticket: TicketOf<K>) => Promise<WorkOnTicket<K>>;
};

/** What a worker is told by and tells. */
export interface WorkerSignals {
  readonly signal: AbortSignal;
  /** Told of a job that cannot be worked on here. */
  readonly onRefused: (error: MobileNetError) => void;
  readonly onDone?: ((ticket: Ticket) => void) | undefined;
}

/** How often a ticket is tried: of one that workers die of, and of one that fails otherwise. */
const attempts = { lost: 2, failed: 5 };

/** How long a paused job's tickets, and those of a refused one, are left alone. */
const laterMilliseconds = 2000;

/** Jobs whose files are held. */
const mostJobs = 4;

/** Failures of a job on this machine that another machine may not have. */
const refusals: readonly string[] = ["unsupported", "integrity", "not-found"];

/** A worker's way with tickets. */
export function ticketHandler(
  work: TicketWork,
  { signal, onRefused, onDone }: WorkerSignals,
): HandleTicket {
  const jobs = new Map<string, Promise<unknown>>();
  const open = <K extends TicketKind>(ticket: TicketOf<K>): Promise<WorkOnTicket<K>> => {
    const key = `${ticket.kind} ${ticket.job} ${ticket.out}`;
    const known = jobs.get(key);
    if (known !== undefined) return known as Promise<WorkOnTicket<K>>;
    for (const old of [...jobs.keys()].slice(0, Math.max(0, jobs.size - mostJobs + 1))) {
      jobs.delete(old);
    }
    const opened = work[ticket.kind](ticket);
    jobs.set(key, opened);
    opened.catch(() => jobs.delete(key));
    return opened;
  };
  return async (ticket, attempt) => {
    let isOpen = false;
    try {
      const workOn = await open(ticket);
      isOpen = true;
      if ((await workOn(ticket)) === "paused") {
        return { kind: "later", milliseconds: laterMilliseconds };
      }
      onDone?.(ticket);
      return { kind: "done" };
    } catch (error) {
      if (signal.aborted) return { kind: "later", milliseconds: 0 };
      if (isOpen || !(error instanceof MobileNetError) || !refusals.includes(error.code)) {
        return verdictOf(error, attempt);
      }
      onRefused(error);
      if (error.code !== "not-found") return { kind: "later", milliseconds: laterMilliseconds };
      // What is not there may be a disk of this machine, or a job that is over: whoever waits for the ticket
      // asks again. Others come first.
      await pause(laterMilliseconds, signal);
      return { kind: "refused", reason: `on ${hostname()}, ${error.message}` };
    }
  };
}

function verdictOf(error: unknown, attempt: number): TicketVerdict {
  const lost = error instanceof MobileNetError && error.code === "worker-lost";
  const reason = error instanceof Error ? error.message : quote(error);
  if (attempt < (lost ? attempts.lost : attempts.failed)) return { kind: "retry", reason };
  return { kind: "failed", lost, reason };
}
