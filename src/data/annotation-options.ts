/** What readers of people's annotations are told, whatever was annotated. */
import { itemsOf, type Kinds, oneOf, plainText } from "../check-fields.ts";
import { type FolderReading, readingKinds } from "./picture-files-node.ts";

/** How a data set of annotated pictures is read. */
export interface AnnotationOptions extends FolderReading {
  /** The classes in order, where the data set does not list them; others are bad annotations. */
  readonly classes?: readonly string[] | undefined;
  /**
   * What to do about annotations that cannot be right, and pictures that are missing: skip and count them
   * (the default), or stop at the first.
   */
  readonly damaged?: "skip" | "stop" | undefined;
  /**
   * A file instead of those that the folder's layout has: COCO's annotations, YOLO's `data.yaml`, VOC's
   * list of names.
   */
  readonly list?: string | undefined;
}

/** The kinds of how annotated pictures are read. */
export const annotationKinds: Kinds<AnnotationOptions> = {
  ...readingKinds,
  classes: itemsOf(plainText, "a list of texts"),
  damaged: oneOf("skip", "stop"),
  list: plainText,
};
