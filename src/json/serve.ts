/**
 * What the server of `mobilenetv2 serve` answers. Pictures have the items that `--json` prints, but that a
 * segmentation's classes carry their pixels too.
 */
import type { Task } from "../models/model.ts";
import type { SegmentationJson } from "../tasks/results/segmentation-json.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { FailedPicture, PictureItems, WithAssumptions } from "./pictures.ts";

/** The segments of a picture; `segmentationFromJson` of the library makes a class map of it. */
export interface ServedSegmentation extends SegmentationJson, WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named. */
  readonly image: string;
}

/** The item of a picture that the server has looked at, by verb. */
export interface ServedItems extends Omit<PictureItems, "segment"> {
  readonly segment: ServedSegmentation;
}

/** What `POST /v1/segment` answers; the other verbs answer what `--json` prints. */
export type ServeSegmentOutput = readonly (ServedSegmentation | FailedPicture<1>)[];

/** A model that is served. */
export interface ServedModel extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As requests name it. */
  readonly name: string;
  /** What it was trained for. */
  readonly task: Task;
  /** What can be asked of it. */
  readonly verbs: readonly Verb[];
  /** The verbs that it answers where a request names no model. */
  readonly defaultFor: readonly Verb[];
  /** The classes' names. */
  readonly labels: readonly string[];
  /** The input's size in pixels. */
  readonly input: { readonly width: number; readonly height: number };
  /** Whether each class is judged by itself, so that scores do not sum to 1; of classifiers. */
  readonly multiLabel?: boolean;
  /** The score that objects need where a request names none, 0 to 1; of detectors. */
  readonly scoreThreshold?: number;
  /** How many numbers its embeddings have. */
  readonly dimensions: number;
}

/** What `GET /v1/models` answers. */
export type ServeModelsOutput = readonly ServedModel[];
