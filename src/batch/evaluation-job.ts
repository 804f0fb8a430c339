/** An evaluation whose pictures go through a queue: what every machine has to know of it. */
import {
  having,
  itemsOf,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import type { PictureLimits } from "../image/limits.ts";
import { type DataJobBody, dataJobKinds, readDataJob } from "./data-job.ts";
import type { BatchModel } from "./job.ts";
import type { Named } from "./named-file.ts";

/** What else was said about data and figures. */
export interface EvaluationTold extends PictureLimits {
  /** Of annotations. */
  readonly format?: string | undefined;
  readonly voidValues?: readonly number[] | undefined;
  readonly limit?: number | undefined;
  readonly scoreThreshold?: number | undefined;
  readonly threshold?: number | undefined;
}

/** What an evaluation says. */
export interface EvaluationJobBody extends DataJobBody {
  readonly model: BatchModel;
  readonly told: EvaluationTold;
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

const toldKinds: Kinds<EvaluationTold> = {
  format: plainText,
  voidValues: itemsOf(wholeFrom(0, 255), "values of masks"),
  limit: wholeFrom(1),
  scoreThreshold: numberFrom(0, 1),
  threshold: numberFrom(0, 1),
  maxPixels: numberFrom(0),
  maxEdge: numberFrom(0),
  maxDecodeBytes: numberFrom(0),
};

const kinds: Kinds<EvaluationJobBody> = {
  ...dataJobKinds,
  model,
  told: needed(having(toldKinds, "what evaluate was told")),
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
