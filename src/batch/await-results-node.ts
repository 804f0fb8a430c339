/**
 * Waits until the result of each of some tickets lies in a storage. What is done is what lies there; the
 * queue may lose, repeat and forget. A damaged result is asked for again.
 */
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { TicketQueue, TicketState } from "./queue.ts";
import type { RefusalNotes } from "./refusal-notes.ts";
import type { JobStorage } from "./storage.ts";
import type { Ticket } from "./ticket.ts";

/** What is waited for. */
export interface AwaitedResults<Asked extends Ticket, Result> {
  readonly storage: JobStorage;
  readonly queue: TicketQueue;
  readonly tickets: readonly Asked[];
  /** The folder of results. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** The name of a ticket's file in the folder. */
  nameOf(ticket: Asked): string;
  /** A ticket in words, for errors. */
  wordsOf(ticket: Asked): string;
  /** What to do once a ticket failed for good. */
  readonly remedy: string;
  /** What a file says; throws where it is not the ticket's result. */
  read(bytes: Uint8Array, ticket: Asked): Result | Promise<Result>;
  /** Sees to it that what workers need is there. */
  prepare(names: ReadonlySet<string>): Promise<void>;
  /** Tells what people may want to know. */
  onNote(note: string): void;
  /** What was told of machines before. */
  readonly refusals: RefusalNotes;
  /** Called now and then while nothing comes. */
  onQuiet(left: number): Promise<void>;
}

/** After so long without news it is said what is waited for. */
const quietMilliseconds = 5000;

/** So often is a result asked for that turns out to be damaged. */
const mostDamaged = 3;

/**
 * Waits for all.
 *
 * @returns The results in the order of the tickets.
 * @throws MobileNetError what made a ticket fail for good, `aborted`.
 */
export async function awaitResults<Asked extends Ticket, Result>(
  given: AwaitedResults<Asked, Result>,
): Promise<readonly Result[]> {
  const { queue, tickets } = given;
  try {
    // What failed before may go well now.
    await queue.forget(tickets);
    return await follow(given);
  } finally {
    await queue.forget(tickets).catch(() => undefined);
  }
}

async function follow<Asked extends Ticket, Result>({
  storage,
  queue,
  tickets,
  folder,
  signal,
  ...how
}: AwaitedResults<Asked, Result>): Promise<readonly Result[]> {
  const results = new Map<Asked, Result>();
  const damaged = new Map<Asked, number>();
  let news = Date.now();
  for (;;) {
    throwIfAborted(signal);
    const left = tickets.filter((ticket) => !results.has(ticket));
    // First the queue, then the storage: what is done by now lies there then.
    const asked = await queue.look(left);
    const there = new Set((await storage.list(folder)).map(({ name }) => name));
    await how.prepare(there);
    const again: Asked[] = [];
    for (const [i, ticket] of left.entries()) {
      const name = how.nameOf(ticket);
      const known = asked[i]!;
      const isThere = there.has(name) || known.kind === "done";
      const bytes = isThere ? await storage.get(`${folder}/${name}`) : undefined;
      if (bytes === undefined) {
        if (known.kind === "failed") throw failed(how.wordsOf(ticket), known, how.remedy);
        if (known.kind === "refused") how.refusals.tell(known.reason, how.onNote);
        if (known.kind !== "pending") again.push(ticket);
        continue;
      }
      try {
        results.set(ticket, await how.read(bytes, ticket));
        news = Date.now();
      } catch (error) {
        const times = (damaged.get(ticket) ?? 0) + 1;
        if (times === mostDamaged) throw error;
        damaged.set(ticket, times);
        how.onNote(`${how.wordsOf(ticket)} is done again: ${describeError(error)}`);
        await storage.remove(`${folder}/${name}`);
        again.push(ticket);
      }
    }
    if (results.size === tickets.length) return tickets.map((ticket) => results.get(ticket)!);
    await queue.forget(again);
    // Those that are there stay as they are; of those that the queue has lost it need not know.
    await queue.add(tickets.filter((ticket) => !results.has(ticket)));
    if (Date.now() - news >= quietMilliseconds) {
      news = Date.now();
      await how.onQuiet(tickets.length - results.size);
    }
    await queue.wait(signal);
  }
}

function failed(
  what: string,
  { lost, reason: received }: TicketState & { kind: "failed" },
  remedy: string,
): MobileNetError {
  return lost
    ? new MobileNetError("worker-lost", `no process came back from ${what}`, { received, remedy })
    : new MobileNetError("io", `${what} failed again and again`, { received, remedy });
}

/** Says who works, where that is not what was said last. */
export class WorkerNotes {
  #told: number | undefined | "nothing" = "nothing";

  /** @param left - What is waited for, in words. */
  async tell(queue: TicketQueue, left: string, onNote: (note: string) => void): Promise<void> {
    const workers = await queue.workers();
    if (workers === this.#told) return;
    this.#told = workers;
    if (workers === undefined) onNote(`waiting for ${left}`);
    else if (workers > 0) {
      const answer = workers === 1 ? "1 worker answers" : `${workers} workers answer`;
      onNote(`${answer}; waiting for ${left}`);
    } else {
      onNote("no worker answers yet: start mobilenetv2 worker --queue URL on each machine");
    }
  }
}
