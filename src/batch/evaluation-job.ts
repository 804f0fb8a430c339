/** An evaluation whose pictures go through a queue: what every machine has to know of it. */
import { anyObject, type Kind, type Kinds, needed, plainText, wholeFrom } from "../check-fields.ts";
import { type DataJobBody, dataJobKinds, readDataJob } from "./data-job.ts";
import type { BatchModel } from "./job.ts";
import type { Named } from "./named-file.ts";

/** What an evaluation says. */
export interface EvaluationJobBody extends DataJobBody {
  readonly model: BatchModel;
  /** What else was said about data and figures. */
  readonly told: object;
  /** The marks of the pictures that the model was trained on. */
  readonly trained: string;
  readonly pictures: number;
  /** A hash of the pictures' names in their order. */
  readonly names: string;
  /** Pictures in a unit. */
  readonly unit: number;
}

/** An evaluation with its name. */
export type EvaluationJob = Named<EvaluationJobBody>;

const model: Kind = needed(dataJobKinds.model);

const kinds: Kinds<EvaluationJobBody> = {
  ...dataJobKinds,
  model,
  told: needed(anyObject),
  trained: needed(plainText),
  pictures: needed(wholeFrom(0)),
  names: needed(plainText),
  unit: needed(wholeFrom(1)),
};

/**
 * An evaluation from its file.
 *
 * @throws MobileNetError as `readDataJob`.
 */
export function readEvaluationJob(bytes: Uint8Array, place: string): EvaluationJob {
  return readDataJob<EvaluationJobBody>(bytes, place, kinds);
}

/** The folder of what was found out. */
export const answersFolder = "answers";

/** A unit's file there. */
export function answersName({ unit }: { readonly unit: number }): string {
  return `${unit.toString().padStart(8, "0")}.json`;
}
