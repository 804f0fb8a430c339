/**
 * A batch job: what is asked about which pictures, written once as `job.json` before any work begins.
 * Its name is the hash of all it says, so that whoever has the name knows the job, and two jobs that are
 * alike are one. Everything else about a job lies at places that follow from this file.
 */
import {
  anyObject,
  having,
  itemsOf,
  type Kind,
  needed,
  oneOf,
  plainText,
  someItemsOf,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { taskNames, type Verb } from "../tasks/task-names.ts";
import { type Named, readNamed } from "./named-file.ts";

/** Units whose pictures share a file of the listing and a folder of results. */
export const unitsPerChunk = 100;

/** The kinds of places that pictures come from. */
export const batchSourceKinds = ["folder", "list", "zip", "tar", "s3"] as const;

/** A place that pictures come from. */
export interface BatchSource {
  readonly kind: (typeof batchSourceKinds)[number];
  /** As the user named it: results name pictures below it. */
  readonly named: string;
  /** Its absolute path, of a list its folder's; or its `s3://` address. The same on every machine. */
  readonly place: string;
}

/** A file of a model that lies beside the job. */
export interface BatchModelFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The model of a job: published under a name, or files beside the job. */
export interface BatchModel {
  readonly named: string;
  /** Of all that is read of it. */
  readonly hash: string;
  /** Absent for a model by its published name. */
  readonly main?: string;
  readonly files?: readonly BatchModelFile[];
  /** What was said about it where its files do not. */
  readonly said: object;
  /** A file of labels that was said. */
  readonly labels?: { readonly path: string; readonly base64: string };
}

/** What a job's results are written as. */
export interface BatchOutputs {
  readonly parquet: boolean;
  /** Of embeddings. */
  readonly vectors: "safetensors" | "npy";
}

/** What a job says. */
export interface BatchJobBody {
  readonly format: 1;
  readonly verb: Verb;
  /** What decides how bytes become results, by name: the library, the decoder, the writer of Parquet. */
  readonly versions: Readonly<Record<string, string>>;
  readonly backend: "wasm" | "reference";
  readonly model: BatchModel;
  /** Options of the verb's calls. */
  readonly call: object;
  readonly outputs: BatchOutputs;
  /** Pictures in a unit. */
  readonly unit: number;
  readonly pictures: number;
  readonly sources: readonly BatchSource[];
  /** The SHA-256 of each file of the listing. */
  readonly chunks: readonly string[];
}

/** A job with its name. */
export type BatchJob = Named<BatchJobBody>;

const hash: Kind = {
  expected: "a SHA-256 in hexadecimal",
  fits: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
};

const source = having(
  {
    kind: needed(oneOf(...batchSourceKinds)),
    named: needed(plainText),
    place: needed(plainText),
  },
  "a place of pictures",
);

const modelFile = having(
  { path: needed(plainText), bytes: needed(wholeFrom(0)), sha256: needed(hash) },
  "a file with its size and hash",
);

/** A model as a job says which it is. */
export const modelKind: Kind = having(
  {
    named: needed(plainText),
    hash: needed(hash),
    main: plainText,
    files: itemsOf(modelFile, "files"),
    said: needed(anyObject),
    labels: having({ path: needed(plainText), base64: needed(plainText) }, "a file"),
  },
  "a model with its hash",
);

const kinds: { readonly [Name in keyof BatchJobBody]: Kind } = {
  format: needed({ expected: "1", fits: (value) => value === 1 }),
  verb: needed(oneOf(...Object.keys(taskNames))),
  versions: needed(anyObject),
  backend: needed(oneOf("wasm", "reference")),
  model: needed(modelKind),
  call: needed(anyObject),
  outputs: needed(
    having(
      { parquet: needed(truthValue), vectors: needed(oneOf("safetensors", "npy")) },
      "what is written",
    ),
  ),
  unit: needed(wholeFrom(1, 100_000)),
  pictures: needed(wholeFrom(1)),
  sources: needed(someItemsOf(source, "at least one place of pictures")),
  chunks: needed(someItemsOf(hash, "a hash for each file of the listing")),
};

/**
 * A job from its file.
 *
 * @param place - Where the file lies, for messages.
 * @throws MobileNetError `invalid-data` where it is no job, or not the one that its name says.
 */
export function readJob(bytes: Uint8Array, place: string): BatchJob {
  const summary = "this is no batch job";
  const expected = "job.json as mobilenetv2 batch wrote it";
  const job = readNamed<BatchJobBody>(bytes, place, { kinds, summary, expected });
  if (job.chunks.length === chunkCount(job)) return job;
  const received = `${job.chunks.length} files of listing`;
  throw new MobileNetError("invalid-data", summary, { node: place, expected, received });
}

/** How many units a job has. */
export function unitCount({ pictures, unit }: Pick<BatchJobBody, "pictures" | "unit">): number {
  return Math.ceil(pictures / unit);
}

/** How many files its listing has. */
export function chunkCount(job: Pick<BatchJobBody, "pictures" | "unit">): number {
  return Math.ceil(unitCount(job) / unitsPerChunk);
}

/** In which file of the listing a unit's pictures are. */
export function chunkOf(unit: number): number {
  return Math.floor(unit / unitsPerChunk);
}

/** The units of a file of the listing. */
export function unitsOf(
  job: Pick<BatchJobBody, "pictures" | "unit">,
  chunk: number,
): readonly number[] {
  const first = chunk * unitsPerChunk;
  const count = Math.min(unitsPerChunk, unitCount(job) - first);
  return Array.from({ length: count }, (_, i) => first + i);
}

/** How many pictures a unit has: the last one may have fewer. */
export function picturesIn(
  { pictures, unit: size }: Pick<BatchJobBody, "pictures" | "unit">,
  unit: number,
): number {
  return Math.min(size, pictures - unit * size);
}
