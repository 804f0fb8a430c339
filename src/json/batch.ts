/** What `mobilenetv2 batch` prints with `--json`, and the lines of its shards. */
import type { Verb } from "../tasks/task-names.ts";
import type { FailedPicture, PictureItems, WithAssumptions } from "./pictures.ts";
import type { ServedSegmentation } from "./serve.ts";

/** A picture's vector in the file beside its line's. */
export interface BatchedEmbedding extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named or found. */
  readonly image: string;
  /** The row of its vector, from 0. */
  readonly row: number;
}

/** A line of a shard that is a result, by verb. */
export interface BatchItems extends Omit<PictureItems, "segment" | "embed"> {
  readonly segment: ServedSegmentation;
  readonly embed: BatchedEmbedding;
}

/** A line of a shard. */
export type BatchLine = BatchItems[Verb] | FailedPicture<1>;

/** How far a job is. */
export interface BatchOutput {
  readonly schemaVersion: 1;
  /** The job's name: a hash of all that it says. */
  readonly job: string;
  readonly verb: Verb;
  /** The folder or address of its results. */
  readonly out: string;
  /** Whether work goes on where there are workers, is held up, was given up, or is finished. */
  readonly state: "open" | "paused" | "cancelled" | "done";
  /** Of the listing. */
  readonly pictures: number;
  /** Those that have a line. */
  readonly done: number;
  /** Those among the done whose line is an error, in shards that were looked at. */
  readonly failed: number;
  /** Those among the failed that no worker survived. */
  readonly setAside: number;
  /** Pictures a second, where somebody works on it. */
  readonly rate?: number;
  /** At that rate. */
  readonly secondsLeft?: number;
}
