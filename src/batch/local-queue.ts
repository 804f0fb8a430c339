/** The queue within a process, for a job on one machine: the same promises, nothing to install. */
import { pause } from "../pause.ts";
import type { HandleTicket, TicketQueue, TicketState, WorkOptions } from "./queue.ts";
import { type Ticket, ticketId } from "./ticket.ts";

interface Entry {
  readonly ticket: Ticket;
  state: TicketState;
  attempts: number;
  busy: boolean;
  /** Not before then. */
  from: number;
}

/** Between attempts, doubled each time. */
const firstPause = 250;

/** How long anybody waits for news, who might have missed them. */
const longestWait = 1000;

/** Makes an empty queue. */
export function localQueue(): TicketQueue {
  const entries = new Map<string, Entry>();
  const waiters = new Set<() => void>();
  let workers = 0;
  /** Whether something has come of a ticket since somebody looked. */
  let isNew = false;
  const wakeAll = (): void => {
    for (const wake of waiters) wake();
    waiters.clear();
  };
  const wait = async (signal: AbortSignal, milliseconds = longestWait): Promise<void> => {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    waiters.add(wake);
    await pause(milliseconds, AbortSignal.any([signal, woken.signal]));
    waiters.delete(wake);
  };
  const next = (): Entry | undefined => {
    const now = Date.now();
    for (const entry of entries.values()) {
      if (entry.state.kind === "pending" && !entry.busy && entry.from <= now) return entry;
    }
    return undefined;
  };
  const workOn = async (entry: Entry, handle: HandleTicket): Promise<void> => {
    entry.busy = true;
    entry.attempts++;
    const verdict = await handle(entry.ticket, entry.attempts);
    entry.busy = false;
    if (verdict.kind === "retry") {
      entry.from = Date.now() + firstPause * 2 ** (entry.attempts - 1);
    } else if (verdict.kind === "later") {
      entry.attempts--;
      entry.from = Date.now() + verdict.milliseconds;
    } else entry.state = verdict;
    isNew = true;
    wakeAll();
  };
  return {
    async add(tickets) {
      for (const ticket of tickets) {
        const id = ticketId(ticket);
        if (entries.has(id)) continue;
        entries.set(id, { ticket, state: { kind: "pending" }, attempts: 0, busy: false, from: 0 });
      }
      wakeAll();
    },
    async look(tickets) {
      isNew = false;
      return tickets.map((ticket) => entries.get(ticketId(ticket))?.state ?? { kind: "missing" });
    },
    async forget(tickets) {
      for (const ticket of tickets) {
        const id = ticketId(ticket);
        if (entries.get(id)?.busy === false) entries.delete(id);
      }
    },
    wait: async (signal) => {
      if (!isNew) await wait(signal);
    },
    async work(handle, { concurrency, signal }: WorkOptions) {
      workers++;
      const hand = async (): Promise<void> => {
        while (!signal.aborted) {
          const entry = next();
          if (entry === undefined) await wait(signal, firstPause);
          else await workOn(entry, handle);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, hand));
      workers--;
    },
    workers: async () => workers,
    close: async () => undefined,
  };
}
