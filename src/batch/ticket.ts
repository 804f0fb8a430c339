/**
 * What goes through a queue: the name of a job, where it lies, and which of its pictures. A ticket holds
 * no path of a picture and nothing that could be run; whoever takes one looks up everything else in the
 * job's own files, whose hashes the job's name vouches for.
 */
import { checkFields, itemsOf, type Kind, needed, plainText, wholeFrom } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** A piece of work. */
export interface Ticket {
  readonly job: string;
  /** The job's OUT, as every machine finds it. */
  readonly out: string;
  readonly unit: number;
  /** How often the unit was begun anew with other pictures set aside. */
  readonly round: number;
  /** The first and behind the last of its pictures, where only a part is tried and nothing is written. */
  readonly part?: readonly [from: number, to: number];
}

const name: Kind = {
  expected: "the name of a job",
  fits: (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value),
};

const fields = {
  job: needed(name),
  out: needed(plainText),
  unit: needed(wholeFrom(0)),
  round: needed(wholeFrom(0, 1000)),
  part: itemsOf(wholeFrom(0), "two places"),
};

/** By what a ticket is known in a queue: the same work has the same name, so that it is there once. */
export function ticketId({ job, unit, round, part }: Ticket): string {
  const range = part === undefined ? "" : `-${part[0]}-${part[1]}`;
  return `u-${job}-${unit}-${round}${range}`;
}

/**
 * A ticket from what stood in a queue.
 *
 * @throws MobileNetError `invalid-data` for anything else.
 */
export function readTicket(given: unknown): Ticket {
  const bad = (received: string): MobileNetError =>
    new MobileNetError("invalid-data", "what stands in the queue is no unit of a batch job", {
      expected: Object.keys(fields).join(", "),
      received,
    });
  try {
    checkFields(given, fields, "a unit");
  } catch (error) {
    throw bad(error instanceof Error ? error.message : quote(error));
  }
  const { job, out, unit, round, part } = given as Ticket;
  if (part === undefined) return { job, out, unit, round };
  const [from, to] = part;
  if (part.length !== 2 || !(from < to)) throw bad(`part ${quote(part)}`);
  return { job, out, unit, round, part: [from, to] };
}
