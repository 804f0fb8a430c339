/** The error for a model that is asked for what it was not trained to do; programs may tell it apart. */
import { MobileNetError } from "../errors.ts";
import type { Model, Task } from "../models/model.ts";

/** The noun and the loader of each task, for messages. */
const names: Record<Task, { readonly noun: string; readonly loader: string }> = {
  classify: { noun: "a classifier", loader: "loadClassifier" },
  detect: { noun: "a detector", loader: "loadDetector" },
  segment: { noun: "a segmenter", loader: "loadSegmenter" },
};

/** `invalid-argument`: the model has another task than the loader's. */
export class WrongTaskError extends MobileNetError {
  constructor(model: Model, task: Task) {
    super("invalid-argument", `${model.name} has another task`, {
      expected: names[task].noun,
      received: names[model.task].noun,
      remedy: `Load it with ${names[model.task].loader}, or any model with loadEmbedder`,
    });
  }
}
