/**
 * What goes through a queue: the name of a job, where it lies, and which part of it. A ticket holds no path
 * of a picture and nothing that could be run; whoever takes one looks up everything else in the job's own
 * files, whose hashes the job's name vouches for. A kind of work is a row here, and one where it is done.
 */
import {
  checkFields,
  type Kind,
  type Kinds,
  needed,
  oneOf,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** The kinds of work, with what tells a ticket from others of its job. */
interface TicketParts {
  /** A unit of a batch job. */
  readonly unit: {
    readonly unit: number;
    /** How often the unit was begun anew with other pictures set aside. */
    readonly round: number;
    /** The first and behind the last of its pictures, where only a part is tried and nothing is written. */
    readonly part?: readonly [from: number, to: number];
  };
  /** A shard's part of a round of training. */
  readonly round: {
    /** Where in the run the round begins: epochs done, and steps done of the present one. */
    readonly epoch: number;
    readonly step: number;
    readonly shard: number;
  };
  /** Some pictures of an evaluation. */
  readonly evaluation: {
    readonly unit: number;
  };
}

/** The name of a kind of work. */
export type TicketKind = keyof TicketParts;

/** A ticket of a kind. */
export type TicketOf<K extends TicketKind> = {
  [P in K]: {
    readonly kind: P;
    readonly job: string;
    /** Where the job lies, as every machine finds it. */
    readonly out: string;
  } & TicketParts[P];
}[K];

/** A piece of work. */
export type Ticket = TicketOf<TicketKind>;

const name: Kind = {
  expected: "the name of a job",
  fits: (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value),
};

const part: Kind = {
  expected: "the first place and the one behind the last",
  fits: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every(wholeFrom(0).fits) &&
    value[0] < value[1],
};

/** A row for each kind: how its tickets' names begin, and its fields in the order that they stand there. */
const kinds: { readonly [K in TicketKind]: readonly [letter: string, Kinds<TicketParts[K]>] } = {
  unit: ["u", { unit: needed(wholeFrom(0)), round: needed(wholeFrom(0, 1000)), part }],
  round: [
    "r",
    {
      epoch: needed(wholeFrom(0)),
      step: needed(wholeFrom(0)),
      shard: needed(wholeFrom(0, 1023)),
    },
  ],
  evaluation: ["e", { unit: needed(wholeFrom(0)) }],
};

const common = {
  kind: needed(oneOf(...Object.keys(kinds))),
  job: needed(name),
  out: needed(plainText),
};

/** By what a ticket is known in a queue: the same work has the same name, so that it is there once. */
export function ticketId(ticket: Ticket): string {
  const [letter, fields] = kinds[ticket.kind];
  const own = new Map<string, unknown>(Object.entries(ticket));
  const parts = Object.keys(fields).flatMap((field) => own.get(field) ?? []);
  return [letter, ticket.job, ...parts].join("-");
}

/**
 * A ticket from what stood in a queue.
 *
 * @throws MobileNetError `invalid-data` for anything else.
 */
export function readTicket(given: unknown): Ticket {
  try {
    checkFields(given, common, "a ticket");
    const { kind } = given as Ticket;
    const all = { ...common, ...kinds[kind][1] };
    checkFields(given, all, `a ticket of a ${kind}`);
    const known = Object.entries(given as Ticket).filter(([field]) => Object.hasOwn(all, field));
    return Object.fromEntries(known) as unknown as Ticket;
  } catch (error) {
    throw new MobileNetError("invalid-data", "what stands in the queue is no ticket", {
      expected: `a ticket of ${Object.keys(kinds).join(" or ")}`,
      received: error instanceof Error ? error.message : quote(error),
    });
  }
}
