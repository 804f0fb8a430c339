/**
 * The table of tasks: a row for each verb, which the compiler demands. Other stages have tables of
 * their own under the same names: agreements (quantize/), evaluators (evaluate/), reports (cli/).
 */

import type { Model } from "../models/model.ts";
import { type ClassifyTypes, classify } from "./classifier.ts";
import { type DetectTypes, detect } from "./detector.ts";
import { type EmbedTypes, embed } from "./embedder.ts";
import type { LoadedModel } from "./platform.ts";
import { type SegmentTypes, segment } from "./segmenter.ts";
import type { TaskRow, TaskTypes } from "./task.ts";
import type { Verb } from "./task-names.ts";

/** The types of each verb. */
export interface VerbTypes {
  readonly classify: ClassifyTypes;
  readonly detect: DetectTypes;
  readonly segment: SegmentTypes;
  readonly embed: EmbedTypes;
}

/** A loaded model: what all have, the task's facts and its verb, which takes a platform's pictures. */
export type Loaded<V extends Verb, Input> = LoadedModel &
  VerbTypes[V]["facts"] & {
    readonly [Name in V]: (
      image: Input,
      options?: VerbTypes[V]["options"],
    ) => Promise<VerbTypes[V]["result"]>;
  };

/** A row for each verb. */
export const tasks: { readonly [V in Verb]: TaskRow<VerbTypes[V]> } = {
  classify,
  detect,
  segment,
  embed,
};

/** The row of what a model was trained for. */
export function rowOf<M extends Model>(model: M): TaskRow<TaskTypes & { readonly model: M }> {
  // A model's task is the name of the row whose models are of its type.
  return tasks[model.task] as unknown as TaskRow<TaskTypes & { readonly model: M }>;
}
