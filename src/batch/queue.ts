/**
 * What a queue is to this library: tickets go in by name, workers take them, and what came of each can be
 * asked. What is done is never told by a queue, only by the results that lie in the storage; so a queue may
 * forget, repeat and mix up as it likes.
 */
import type { Ticket } from "./ticket.ts";

/** What a worker makes of a ticket. */
export type TicketVerdict =
  | { readonly kind: "done" }
  /** To be tried again, here or elsewhere. */
  | { readonly kind: "retry"; readonly reason: string }
  /** Given up; `lost` where workers died of it. */
  | { readonly kind: "failed"; readonly lost: boolean; readonly reason: string }
  /** Nothing was tried, because of what is not there on this machine: somebody else may. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Nothing was tried: somebody else may, or later. */
  | { readonly kind: "later"; readonly milliseconds: number };

/** What a queue knows of a ticket. */
export type TicketState =
  | { readonly kind: "pending" | "done" | "missing" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "failed"; readonly lost: boolean; readonly reason: string };

/** Works on a ticket. */
export type HandleTicket = (ticket: Ticket, attempt: number) => Promise<TicketVerdict>;

/** A queue of tickets. */
export interface TicketQueue {
  /** Puts tickets in; those that are there stay as they are. */
  add(tickets: readonly Ticket[]): Promise<void>;
  /** What is known of each, in order. */
  look(tickets: readonly Ticket[]): Promise<readonly TicketState[]>;
  /** Takes out what nobody works on. */
  forget(tickets: readonly Ticket[]): Promise<void>;
  /** Waits until something may have come of a ticket. */
  wait(signal: AbortSignal): Promise<void>;
  /** Works on what comes, so many at once, until the signal fires; then what was begun is ended. */
  work(handle: HandleTicket, how: WorkOptions): Promise<void>;
  /** How many work on what comes; nothing where the queue does not say. */
  workers(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** How a queue is worked on. */
export interface WorkOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}
