/** What a format of boxes consists of: how a folder shows that it has it, and its reader. */
import type { DetectionFormatName } from "./annotated.ts";
import type { OnBadAnnotation } from "./bad-annotations.ts";
import type { FolderView } from "./folder-view-node.ts";
import type { NotedData } from "./noted.ts";

/** What a reader of a format is told. */
export interface FormatReading {
  /** A file that says which pictures there are, or has the annotations. */
  readonly list: string | undefined;
  /** The classes by the caller. */
  readonly classes: readonly string[] | undefined;
  readonly bad: OnBadAnnotation;
  /** Counts pictures that nobody has annotated. */
  readonly unannotated: (count: number) => void;
}

/** A format of boxes. */
export interface DetectionFormat {
  readonly name: DetectionFormatName;
  /** In words, for messages: what a folder of this format holds. */
  readonly holds: string;
  /** The first file that speaks for this format; nothing where none does. */
  recognise(view: FolderView): Promise<string | undefined>;
  read(view: FolderView, reading: FormatReading): Promise<NotedData>;
}
