/**
 * The table of tasks: a row for each verb, which the compiler demands. Other stages have tables of
 * their own under the same names: agreements (quantize/), evaluators (evaluate/), reports (cli/).
 */
import type { Task } from "../models/model.ts";
import { type ClassifyTypes, classify } from "./classifier.ts";
import { type DetectTypes, detect } from "./detector.ts";
import type { EachOptions, EachPictures, PictureOutcome } from "./each.ts";
import { type EmbedTypes, embed } from "./embedder.ts";
import type { LoadedModel } from "./platform.ts";
import { type SegmentTypes, segment } from "./segmenter.ts";
import { outputNodes, type TaskRow, type TaskTypes } from "./task.ts";
import type { Verb } from "./task-names.ts";

/** The types of each verb. */
export interface VerbTypes {
  readonly classify: ClassifyTypes;
  readonly detect: DetectTypes;
  readonly segment: SegmentTypes;
  readonly embed: EmbedTypes;
}

/** A loaded model: what all have, the task's facts and its verb, which takes a platform's pictures. */
export type Loaded<V extends Verb, Input> = V extends Verb
  ? LoadedModel<Input> &
      VerbTypes[V]["facts"] & {
        readonly [Name in V]: (
          image: Input,
          options?: VerbTypes[V]["options"],
        ) => Promise<VerbTypes[V]["result"]>;
      } & {
        readonly [Name in V as `${Name}Each`]: EachOf<VerbTypes[V], Input>;
      }
  : never;

/** A verb for many pictures. */
export type EachOf<T extends TaskTypes, Input> = (
  pictures: EachPictures<Input>,
  options?: T["options"] & EachOptions,
) => AsyncGenerator<PictureOutcome<T["result"]>, void, undefined>;

/** A row for each verb. */
export const tasks: { readonly [V in Verb]: TaskRow<VerbTypes[V]> } = {
  classify,
  detect,
  segment,
  embed,
};

/** The nodes that a model's own task reads, in the task's order. */
export function nodesOf<T extends Task>(task: T, model: VerbTypes[T]["model"]): readonly string[] {
  return outputNodes(model, tasks[task].outputs(model));
}
