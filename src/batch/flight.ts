/**
 * A unit that is under way. Mostly that is one ticket. Where workers die of the unit, its halves are tried
 * by tickets of their own that write nothing, and the halves of those that workers die of, down to single
 * pictures; what is found is set aside, and the unit begun anew.
 */
import type { TicketOf } from "./ticket.ts";

type Ticket = TicketOf<"unit">;

/** Begun anew so often without finding what it is, a unit is set aside whole. */
const mostRounds = 3;

/** What shall be done next about a unit. */
export type NextStep =
  | { readonly kind: "wait" }
  | { readonly kind: "ask"; readonly tickets: readonly Ticket[] }
  /** Write down what is set aside, then ask. */
  | {
      readonly kind: "set-aside";
      readonly round: number;
      readonly pictures: ReadonlyMap<number, string>;
      readonly ticket: Ticket;
    };

/** A unit under way. */
export class Flight {
  readonly #whole: Omit<Ticket, "round" | "part">;
  readonly #pictures: number;
  readonly #tickets = new Set<Ticket>();
  readonly #found = new Map<number, string>();
  #round: number;

  /**
   * @param pictures - How many the unit has.
   * @param round - How often it was begun anew before.
   */
  constructor(whole: Omit<Ticket, "round" | "part">, pictures: number, round: number) {
    this.#whole = whole;
    this.#pictures = pictures;
    this.#round = round;
    this.#tickets.add(this.#ticket());
  }

  /** What it waits for. */
  get tickets(): readonly Ticket[] {
    return [...this.#tickets];
  }

  get unit(): number {
    return this.#whole.unit;
  }

  /** A part was looked at without harm. */
  survived(ticket: Ticket): NextStep {
    this.#tickets.delete(ticket);
    return this.#next();
  }

  /** Workers died of the unit, or of a part. */
  died(ticket: Ticket, reason: string): NextStep {
    this.#tickets.delete(ticket);
    const [from, to] = ticket.part ?? [0, this.#pictures];
    if (to - from === 1) {
      this.#found.set(from, reason);
      return this.#next();
    }
    if (ticket.part === undefined && this.#round >= mostRounds) {
      for (let i = 0; i < this.#pictures; i++) this.#found.set(i, reason);
      return this.#next();
    }
    const middle = Math.ceil((from + to) / 2);
    const halves = [this.#ticket([from, middle]), this.#ticket([middle, to])];
    for (const half of halves) this.#tickets.add(half);
    return { kind: "ask", tickets: halves };
  }

  #next(): NextStep {
    if (this.#tickets.size > 0) return { kind: "wait" };
    this.#round++;
    const ticket = this.#ticket();
    this.#tickets.add(ticket);
    const pictures = new Map(this.#found);
    this.#found.clear();
    return { kind: "set-aside", round: this.#round, pictures, ticket };
  }

  #ticket(part?: readonly [from: number, to: number]): Ticket {
    return { ...this.#whole, round: this.#round, ...(part && { part }) };
  }
}
