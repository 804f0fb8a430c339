/**
 * The verbs of loaded models and their words: what people, messages and the command line call them.
 * The table is light, so that help and error texts need not load what the verbs do (tasks.ts).
 */
import type { Task } from "../models/model.ts";

/** What can be done with a picture: what a model was trained for, or `embed`, which any model can. */
export type Verb = Task | "embed";

/** The library's function that loads a model for each verb. */
interface LoaderNames {
  readonly classify: "loadClassifier";
  readonly detect: "loadDetector";
  readonly segment: "loadSegmenter";
  readonly embed: "loadEmbedder";
}

/** The words of one verb. */
export interface TaskNames<V extends Verb = Verb> {
  /** What a model that does it is. */
  readonly noun: string;
  readonly loader: LoaderNames[V];
  /** The task of the models that it takes. */
  readonly takes: Task | "any";
  /** The hub's model where none is named. */
  readonly defaultModel: string;
}

/** A row for each verb. */
export const taskNames: { readonly [V in Verb]: TaskNames<V> } = {
  classify: {
    noun: "a classifier",
    loader: "loadClassifier",
    takes: "classify",
    defaultModel: "imagenet",
  },
  detect: {
    noun: "a detector",
    loader: "loadDetector",
    takes: "detect",
    defaultModel: "ssdlite-coco",
  },
  segment: {
    noun: "a segmenter",
    loader: "loadSegmenter",
    takes: "segment",
    defaultModel: "deeplabv3-voc",
  },
  embed: {
    noun: "an embedder",
    loader: "loadEmbedder",
    takes: "any",
    defaultModel: "imagenet",
  },
};

/** Whether a verb can be done with models of a task. */
export function takesTask(verb: Verb, task: Task): boolean {
  const { takes } = taskNames[verb];
  return takes === "any" || takes === task;
}
