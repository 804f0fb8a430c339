/** Pictures that are files of their own, each with its class, and their split for training and testing. */
import { type Kinds, numberFrom, wholeFrom } from "../check-fields.ts";
import { type PictureLimits, pickLimits } from "../image/limits.ts";
import { type FolderReading, readingKinds, readPicture } from "./picture-files-node.ts";
import type { Pictures } from "./pictures.ts";

/** A picture's file and the index of its class, or those of all that it has. */
export interface LabelledFile<Label = number> {
  readonly path: string;
  readonly label: Label;
}

/** How pictures are divided where they are not yet. */
export interface SplitOptions extends FolderReading {
  /** Equal seeds divide equal files equally. Default 1. */
  readonly seed?: number;
  /** The share of each class that is held back to test on. Default 0.2. */
  readonly validationShare?: number;
}

/** The kinds of how pictures are divided and read. */
export const splitKinds: Kinds<SplitOptions> = {
  ...readingKinds,
  seed: wholeFrom(0),
  validationShare: numberFrom(0, 1),
};

/** Files as pictures; each is read when its turn comes. */
export function filePictures<Label>(
  files: readonly LabelledFile<Label>[],
  reading: PictureLimits = {},
): Pictures<Label> {
  const at = (index: number): LabelledFile<Label> => files[index]!;
  const limits = pickLimits(reading);
  return {
    ...limits,
    count: files.length,
    name: (index) => at(index).path,
    label: (index) => at(index).label,
    path: (index) => at(index).path,
    picture: (index, least) => readPicture(at(index).path, limits, least),
  };
}
