/**
 * A run of training whose rounds go through a queue: what every machine has to know of it, written once as
 * `job.json` before any work begins, under a name that is the hash of all it says. So a shard's part of a
 * round is a function of the run's name and the state that the round begins with.
 */
import {
  anyObject,
  having,
  type Kind,
  type Kinds,
  needed,
  oneOf,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import { type BatchModel, modelKind } from "./job.ts";
import { type Named, readNamed } from "./named-file.ts";
import type { TicketOf } from "./ticket.ts";

/** What a run says. */
export interface RoundJobBody {
  readonly format: 1;
  /** What decides how pictures become a state, by name: the library, the decoder, the engine. */
  readonly versions: Readonly<Record<string, string>>;
  readonly backend: "wasm";
  /** The absolute path of folder or list, the same on every machine; or the name of a published data set. */
  readonly data: string;
  /** The absolute path of a file that says which of the folder's pictures. */
  readonly list?: string;
  /** What is done about pictures that cannot be read. */
  readonly damaged: "skip" | "stop";
  /** The run as its `run.json` has it: its options, and the marks of its pictures and targets. */
  readonly run: object;
  readonly shards: number;
  readonly localSteps: number;
  /** The model that it starts from; absent from scratch. */
  readonly model?: BatchModel;
}

/** A run with its name. */
export type RoundJob = Named<RoundJobBody>;

/** A round of a run. */
export type RoundPlace = Pick<TicketOf<"round">, "epoch" | "step">;

const kinds: Kinds<RoundJobBody> = {
  format: needed({ expected: "1", fits: (value) => value === 1 } satisfies Kind),
  versions: needed(anyObject),
  backend: needed(oneOf("wasm")),
  data: needed(plainText),
  list: plainText,
  damaged: needed(oneOf("skip", "stop")),
  run: needed(having({ settings: needed(anyObject) }, "a run with its settings")),
  shards: needed(wholeFrom(1, 1024)),
  localSteps: needed(wholeFrom(1)),
  model: modelKind,
};

/**
 * A run from its file.
 *
 * @param place - Where the file lies, for messages.
 * @throws MobileNetError `invalid-data` where it is no run, or not the one that its name says.
 */
export function readRoundJob(bytes: Uint8Array, place: string): RoundJob {
  return readNamed<RoundJobBody>(bytes, place, {
    kinds,
    summary: "this is no run of training",
    expected: "job.json as mobilenetv2 train --queue wrote it",
  });
}

/** Where a run lies below the place that its machines share. */
export function runFolder(exchange: string, { id }: RoundJob): string {
  return `${exchange.replace(/\/+$/, "")}/rounds-${id}`;
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
