/**
 * What the verbs print with `--json`: a list with an item for each picture, in the pictures' order. Each
 * item carries the version, because items are written, and may be read, one by one.
 */
import type { Rectangle } from "../image/image.ts";
import type { Assumption } from "../models/model.ts";
import type { ClassPrediction } from "../tasks/classifier.ts";
import type { Detection } from "../tasks/detector.ts";
import type { SegmentedClass } from "../tasks/results/segmentation.ts";

/** What was assumed about a model because its files do not say it; absent where nothing was. */
export interface WithAssumptions {
  readonly assumptions?: readonly Assumption[];
}

/** A picture that has no result; the exit code is 1 then. */
export interface FailedPicture<Version extends number> {
  readonly schemaVersion: Version;
  /** As the picture was named or found. */
  readonly image: string;
  /** Why, in one line. */
  readonly error: string;
}

/** The classes of a picture. */
export interface ClassifiedPicture extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named or found. */
  readonly image: string;
  /** The most likely first. */
  readonly predictions: readonly ClassPrediction[];
  /** Whether each class is judged by itself, so that scores do not sum to 1. */
  readonly multiLabel: boolean;
}

/** The objects of a picture. */
export interface DetectedPicture extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named or found. */
  readonly image: string;
  /** Pixels of the picture as it is shown. */
  readonly width: number;
  readonly height: number;
  /** The most certain first. */
  readonly detections: readonly Detection[];
}

/** The segments of a picture. */
export interface SegmentedPicture extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named or found. */
  readonly image: string;
  /** Pixels of the class map. */
  readonly width: number;
  readonly height: number;
  /** The largest first. */
  readonly classes: readonly SegmentedClass[];
  /** The part of the picture that the map covers or that was looked at; absent for the whole. */
  readonly area?: Rectangle;
}

/** The vector of a picture. */
export interface EmbeddedPicture extends WithAssumptions {
  readonly schemaVersion: 1;
  /** As the picture was named or found. */
  readonly image: string;
  readonly embedding: readonly number[];
}

/** The item of a picture that has a result, by verb. */
export interface PictureItems {
  readonly classify: ClassifiedPicture;
  readonly detect: DetectedPicture;
  readonly segment: SegmentedPicture;
  readonly embed: EmbeddedPicture;
}

/** What `mobilenetv2 classify --json` prints. */
export type ClassifyOutput = readonly (ClassifiedPicture | FailedPicture<1>)[];

/** What `mobilenetv2 detect --json` prints. */
export type DetectOutput = readonly (DetectedPicture | FailedPicture<1>)[];

/** What `mobilenetv2 segment --json` prints. */
export type SegmentOutput = readonly (SegmentedPicture | FailedPicture<1>)[];

/** What `mobilenetv2 embed --json` prints. */
export type EmbedOutput = readonly (EmbeddedPicture | FailedPicture<1>)[];
