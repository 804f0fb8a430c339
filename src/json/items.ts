/**
 * From a verb's result to the item that documents have of its picture. The command line and the server
 * write the same.
 */
import type { Assumption } from "../models/model.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { VerbTypes } from "../tasks/tasks.ts";
import type { FailedPicture, PictureItems, WithAssumptions } from "./pictures.ts";

/** A picture's name, and what its model says of all its results. */
export interface ItemFacts<V extends Verb = Verb> {
  /** As the picture was named or found. */
  readonly image: string;
  readonly model: VerbTypes[V]["facts"] & { readonly assumptions?: readonly Assumption[] };
}

/** What an item is made of; plain lists will do for typed arrays. */
interface ItemSources {
  readonly classify: VerbTypes["classify"]["result"];
  readonly detect: VerbTypes["detect"]["result"];
  readonly segment: Pick<VerbTypes["segment"]["result"], "width" | "height" | "area"> &
    Pick<PictureItems["segment"], "classes">;
  readonly embed: ArrayLike<number>;
}

type MakeItem<V extends Verb> = (result: ItemSources[V], facts: ItemFacts<V>) => PictureItems[V];

/** A row for each verb. */
const items: { readonly [V in Verb]: MakeItem<V> } = {
  classify: (found, { image, model }) => ({
    ...{ schemaVersion: 1, image, predictions: found.map(shortScore) },
    ...{ multiLabel: model.multiLabel, ...assumed(model.assumptions) },
  }),
  detect: ({ width, height, detections }, { image, model }) => ({
    ...{ schemaVersion: 1, image, width, height, detections: detections.map(shortScore) },
    ...assumed(model.assumptions),
  }),
  segment: ({ width, height, classes, area }, { image, model }) => ({
    ...{ schemaVersion: 1, image, width, height, classes },
    ...(area && { area }),
    ...assumed(model.assumptions),
  }),
  embed: (vector, { image, model }) => ({
    ...{ schemaVersion: 1, image, embedding: Array.from(vector, shortFloat) },
    ...assumed(model.assumptions),
  }),
};

/** The item of a picture that has a result. */
export function pictureItem<V extends Verb>(
  verb: V,
  result: ItemSources[V],
  facts: ItemFacts<V>,
): PictureItems[V] {
  return items[verb](result, facts);
}

/** The item of a picture that has no result. */
export type FailedItem = FailedPicture<PictureItems[Verb]["schemaVersion"]>;

const versions: { readonly [V in Verb]: PictureItems[V]["schemaVersion"] } = {
  classify: 1,
  detect: 1,
  segment: 1,
  embed: 1,
};

/** Says in a verb's JSON why a picture has no result. */
export function failedItem(verb: Verb, image: string, error: string): FailedItem {
  return { schemaVersion: versions[verb], image, error };
}

/** The field of a document that says what was assumed; none where nothing was. */
export function assumed(assumptions: readonly Assumption[] = []): WithAssumptions {
  return assumptions.length === 0 ? {} : { assumptions };
}

/** A float32's value with no more digits than tell it from its neighbours. */
export function shortFloat(value: number): number {
  return Number(value.toPrecision(9));
}

function shortScore<Scored extends { readonly score: number }>(found: Scored): Scored {
  return { ...found, score: shortFloat(found.score) };
}
