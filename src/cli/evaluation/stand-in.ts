/**
 * An evaluation in which something stands for each picture, and something for the model's answer. What an
 * evaluator reads it hands to the model and looks at no more, so that anything may stand there.
 */
import {
  type EvaluationOf,
  type EvaluationTask,
  type EvaluationTypes,
  evaluators,
} from "../../evaluate/evaluators.ts";
import type { ImageInput } from "../../tasks/platform.ts";
import type { Judged, JudgedPictures } from "../evaluate-model.ts";

/** The verb by which a model of a task is asked. */
export const askedBy: {
  readonly [T in EvaluationTask]: T extends "multi-label" ? "classify" : T;
} = {
  classify: "classify",
  "multi-label": "classify",
  detect: "detect",
  segment: "segment",
};

/** What stands for pictures and answers. */
export interface StandIn<Image> {
  /** What stands for a picture; `picture` reads the picture itself. */
  read(index: number, picture: () => Promise<ImageInput>): Promise<Image>;
  /** What is answered; `ask` asks the model itself as the evaluator does. */
  answer(image: Image, ask: (picture: ImageInput) => Promise<unknown>): Promise<unknown>;
}

/** Evaluates a model with stand-ins. */
export async function evaluateStandIn<T extends EvaluationTask, Image>(
  task: T,
  { model, samples, settings }: JudgedPictures<T> & { readonly model: Judged },
  { read, answer }: StandIn<Image>,
): Promise<EvaluationOf<T>> {
  type Types = EvaluationTypes<Image>[T];
  const verb = askedBy[task];
  const own = (model as unknown as Readonly<Record<string, Ask>>)[verb]!;
  const standing = {
    ...model,
    [verb]: (image: Image, call: object) => answer(image, (picture) => own(picture, call)),
  };
  const pictures: readonly { readonly read: () => Promise<Image> }[] = samples.map(
    (sample, index) => ({
      ...sample,
      read: () => read(index, async () => await sample.read()),
    }),
  );
  // All three are of the same task, which the spread of a generic type loses.
  return await evaluators[task].evaluate(
    standing as unknown as Types["model"],
    pictures as unknown as readonly Types["sample"][],
    settings as Types["options"],
  );
}

type Ask = (picture: ImageInput, call: object) => Promise<unknown>;
