/**
 * A run of training whose rounds go through a queue: what every machine has to know of it. A shard's part of
 * a round is a function of the run's name and the state that the round begins with.
 */
import { anyObject, having, type Kinds, needed, wholeFrom } from "../check-fields.ts";
import { type DataJobBody, dataJobKinds, readDataJob } from "./data-job.ts";
import type { Named } from "./named-file.ts";
import type { TicketOf } from "./ticket.ts";

/** What a run says. */
export interface RoundJobBody extends DataJobBody {
  /** The run as its `run.json` has it: its options, and the marks of its pictures and targets. */
  readonly run: object;
  readonly shards: number;
  readonly localSteps: number;
}

/** A run with its name. */
export type RoundJob = Named<RoundJobBody>;

/** A round of a run. */
export type RoundPlace = Pick<TicketOf<"round">, "epoch" | "step">;

const kinds: Kinds<RoundJobBody> = {
  ...dataJobKinds,
  run: needed(having({ settings: needed(anyObject) }, "a run with its settings")),
  shards: needed(wholeFrom(1, 1024)),
  localSteps: needed(wholeFrom(1)),
};

/**
 * A run from its file.
 *
 * @throws MobileNetError as `readDataJob`.
 */
export function readRoundJob(bytes: Uint8Array, place: string): RoundJob {
  return readDataJob<RoundJobBody>(bytes, place, kinds);
}

/** The folder of states. */
export const statesFolder = "states";

const digits = (value: number, width: number): string => value.toString().padStart(width, "0");
const ending = ".safetensors";

function roundName({ epoch, step }: RoundPlace): string {
  return `${digits(epoch, 6)}-${digits(step, 9)}`;
}

/** The file of the state that a round begins with, in the folder of states. */
export function stateName(round: RoundPlace): string {
  return `${roundName(round)}${ending}`;
}

/** The file of the state that a shard ends a round with. */
export function shardStateName(ticket: RoundPlace & { readonly shard: number }): string {
  return `${roundName(ticket)}-${digits(ticket.shard, 4)}${ending}`;
}

/** Whether a file is of an earlier round: names are in the order of rounds. */
export function isEarlier(name: string, round: RoundPlace): boolean {
  return name.slice(0, roundName(round).length) < roundName(round);
}
