/** What a format of boxes consists of: how a folder shows that it has it, and its reader. */
import type { DetectionFormatName } from "./annotated.ts";
import type { OnBadAnnotation } from "./bad-annotations.ts";
import type { RecognisedFormat } from "./choose-format-node.ts";
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
  readonly onWarning: ((message: string) => void) | undefined;
}

/** A format of boxes. */
export interface DetectionFormat extends RecognisedFormat {
  readonly name: DetectionFormatName;
  read(view: FolderView, reading: FormatReading): Promise<NotedData>;
}
