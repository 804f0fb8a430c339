/** The error for a model that is asked for what it was not trained to do; programs may tell it apart. */
import { MobileNetError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { taskNames, type Verb } from "./task-names.ts";

/** `invalid-argument`: the model has another task than the loader's. */
export class WrongTaskError extends MobileNetError {
  constructor(model: Model, verb: Verb) {
    super("invalid-argument", `${model.name} has another task`, {
      expected: taskNames[verb].noun,
      received: taskNames[model.task].noun,
      remedy: `Load it with ${taskNames[model.task].loader}, or any model with loadEmbedder`,
    });
  }
}
