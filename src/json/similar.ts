/** What `similar` prints with `--json`: groups of copies, or with `--to` the pictures that are nearest to one. */
import type { LikenessKind } from "../similar/descriptor.ts";
import type { WithAssumptions } from "./pictures.ts";

/** A picture that was left out. */
export interface LeftOutPicture {
  readonly name: string;
  /** Why, in one line. */
  readonly error: string;
}

/** What both answers begin with. */
export interface ComparedPictures extends WithAssumptions {
  readonly schemaVersion: 1;
  readonly by: LikenessKind;
  readonly model: string;
  /** The score from which on two pictures are copies. */
  readonly threshold: number;
  /** How many pictures there are to compare. */
  readonly pictures: number;
  /** How many of them were looked at now; the others are from the index. */
  readonly described: number;
  readonly skipped: readonly LeftOutPicture[];
}

/** A picture of a group, and how like the group's first it is. */
export interface GroupedPicture {
  readonly image: string;
  /** The file's size. */
  readonly bytes: number;
  /** -1 to 1; 1 for the first itself. */
  readonly score: number;
}

/** The groups of copies. */
export interface PictureGroups extends ComparedPictures {
  /** The largest group first, in each the largest file. */
  readonly groups: readonly (readonly GroupedPicture[])[];
}

/** A picture that is near another. */
export interface NeighbourPicture {
  readonly image: string;
  /** -1 to 1. */
  readonly score: number;
  /** Whether the score reaches the threshold. */
  readonly copy: boolean;
}

/** The pictures that are nearest to one. */
export interface PictureNeighbours extends ComparedPictures {
  /** The picture that was named. */
  readonly to: string;
  /** The nearest first. */
  readonly nearest: readonly NeighbourPicture[];
}

/** What `mobilenetv2 similar --json` prints. */
export type SimilarOutput = PictureGroups | PictureNeighbours;
