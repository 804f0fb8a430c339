/** What the experiment of receptive fields is asked, and what it keeps; and how a file's values are known. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  someItemsOf,
  wholeFrom,
} from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import { type Absent, variantKind, variantOf } from "../kept-values.ts";

/** What is asked. */
export type FieldSettings = {
  /** Whose weights are trained; the network is the same with weights drawn at random. */
  readonly model: "imagenet" | "cifar10";
  /** The blocks, by number. */
  readonly blocks: readonly number[];
  /** Those whose maps are drawn. */
  readonly drawn: readonly number[];
  /** Noise pictures for each. */
  readonly pictures: number;
};

/** The names of both sets of weights. */
export type Weights = "trained" | "random";

/** The field of a block's middle value. */
export type FieldValue = {
  readonly kind: "field";
  /** All pixels that it can depend on, padding included, and the picture's own side. */
  readonly theoretical: number;
  readonly picture: number;
  /** Of the theoretical side what lies in the picture: as much as that where the field fits. */
  readonly seen: number;
  /** Sides of squares around its place that hold 50 and 95 % of the squared gradient. */
  readonly half: number;
  readonly most: number;
  /** The map, a PNG in base64, where it is drawn. */
  readonly map?: string;
};

/** A small picture with a word below. */
export type Thumbnail = {
  readonly title: string;
  /** PNG in base64. */
  readonly png: string;
};

/** Rows of small pictures. */
export type Thumbnails = {
  readonly kind: "thumbnails";
  readonly rows: readonly (readonly Thumbnail[])[];
};

export type ReceptiveValue = FieldValue | Thumbnails | Absent;

export type ReceptiveResult = ExperimentResult<FieldSettings, ReceptiveValue>;

/** The names of the parts. */
export const fieldParts = {
  field: (weights: Weights, block: number): string => `${weights}/${block}`,
  features: "features",
  activation: "activation",
} as const;

const base64: Kind = {
  expected: "a small PNG in base64",
  fits: (value) =>
    typeof value === "string" && value.length < 400_000 && /^iVBOR[A-Za-z0-9+/]*=*$/.test(value),
};
const words: Kind = {
  expected: "a few words",
  fits: (value) => typeof value === "string" && /^[\p{L}\p{N} .,%()'-]{0,60}$/u.test(value),
};
const size = needed(numberFrom(1, 1e5));
const blocks = needed(itemsOf(wholeFrom(0, 16), "numbers of blocks"));
const fieldsOfKind: Readonly<Record<ReceptiveValue["kind"], Kind>> = {
  field: having(
    { ...{ theoretical: size, picture: size, seen: size }, half: size, most: size, map: base64 },
    "",
  ),
  thumbnails: having(
    {
      rows: needed(
        someItemsOf(someItemsOf(having({ title: needed(words), png: needed(base64) }, ""), ""), ""),
      ),
    },
    "",
  ),
  absent: having({}, ""),
};

export const receptiveKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      model: needed(oneOf("imagenet", "cifar10")),
      ...{ blocks, drawn: blocks },
      pictures: needed(wholeFrom(1, 10_000)),
    },
    "the settings of this experiment",
  ),
  value: variantKind(fieldsOfKind, "a receptive field, small pictures, or that they are absent"),
};

/** The fields of a set of weights that are there, by block. */
export function measuredFields(
  result: ReceptiveResult,
  weights: Weights,
): readonly (readonly [block: number, field: FieldValue])[] {
  return result.settings.blocks.flatMap((block) => {
    const field = variantOf(result, fieldParts.field(weights, block), "field");
    return field === undefined ? [] : [[block, field] as const];
  });
}

/** Small pictures, where they are there. */
export function thumbnailsOf(
  result: ReceptiveResult,
  part: "features" | "activation",
): Thumbnails | undefined {
  return variantOf(result, fieldParts[part], "thumbnails");
}
