/** What the experiment of figure 1 is asked, and what it keeps; and how a file's values are known for such. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  wholeFrom,
} from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import type { Spread } from "../statistics.ts";
import type { ActivationName } from "./activations.ts";

/** What is asked. */
export type ManifoldSettings = {
  /** Of the spiral, and how often it winds. */
  readonly points: number;
  readonly turns: number;
  /** Of those that are drawn. */
  readonly drawnPoints: number;
  /** The dimensions of figure 1. */
  readonly drawn: readonly number[];
  /** Those that are measured, and over how many embeddings. */
  readonly dimensions: readonly number[];
  readonly runs: number;
  /** Of the theorem: input and output dimensions, and how often each is drawn. */
  readonly pairs: readonly (readonly number[])[];
  readonly draws: number;
};

/** Over many embeddings; what each is, is said in `embed.ts` and `collapse.ts`. */
export type ManifoldFigures = {
  readonly kind: "figures";
  readonly flattened: Spread;
  readonly merged: Spread;
  readonly error: Spread;
  readonly shapeError: Spread;
  readonly dead: Spread;
};

/** One spiral as it comes back, to four digits. */
export type ManifoldDrawing = {
  readonly kind: "drawing";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The places of the points that are merged. */
  readonly merged: readonly number[];
};

/** How many draws collapsed. */
export type TheoremCount = {
  readonly kind: "theorem";
  readonly collapsed: number;
  readonly draws: number;
};

export type ManifoldValue = ManifoldFigures | ManifoldDrawing | TheoremCount;

export type ManifoldResult = ExperimentResult<ManifoldSettings, ManifoldValue>;

/** The names of the parts. */
export const partNames = {
  drawing: (activation: ActivationName, dimension: number): string =>
    `drawing/${activation}/${dimension}`,
  figures: (activation: ActivationName, dimension: number): string =>
    `figures/${activation}/${dimension}`,
  theorem: (n: number, m: number): string => `theorem/${n}/${m}`,
};

const dimension = wholeFrom(1, 1024);
const spread: Kind = having(
  Object.fromEntries(
    ["mean", "low", "high", "p10", "p90"].map((name) => [name, needed(numberFrom(-10, 1e6))]),
  ),
  "a mean with its interval and reach",
);
const reals = itemsOf(numberFrom(-1e6, 1e6), "a list of numbers");
const fieldsOfKind: Readonly<Record<ManifoldValue["kind"], Kind>> = {
  figures: having(
    Object.fromEntries(
      ["flattened", "merged", "error", "shapeError", "dead"].map((name) => [name, needed(spread)]),
    ),
    "",
  ),
  drawing: having(
    { x: needed(reals), y: needed(reals), merged: needed(itemsOf(wholeFrom(0), "places")) },
    "",
  ),
  theorem: having({ collapsed: needed(wholeFrom(0)), draws: needed(wholeFrom(1)) }, ""),
};
const kindOfValue = having({ kind: needed(oneOf(...Object.keys(fieldsOfKind))) }, "");

export const manifoldKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      points: needed(wholeFrom(2, 1e6)),
      turns: needed(numberFrom(0.1, 100)),
      drawnPoints: needed(wholeFrom(2, 1e5)),
      drawn: needed(itemsOf(dimension, "dimensions")),
      dimensions: needed(itemsOf(dimension, "dimensions")),
      runs: needed(wholeFrom(2, 1e6)),
      pairs: needed(itemsOf(itemsOf(dimension, "dimensions"), "pairs of dimensions")),
      draws: needed(wholeFrom(1, 1e9)),
    },
    "the settings of this experiment",
  ),
  value: {
    expected: "figures over runs, a drawing, or a count of the theorem's draws",
    fits: (value) =>
      kindOfValue.fits(value) &&
      fieldsOfKind[(value as ManifoldValue).kind as keyof typeof fieldsOfKind].fits(value),
  },
};

/** All figures of an activation that are there, by dimension. */
export function figuresOf(
  { settings, parts }: ManifoldResult,
  activation: ActivationName,
): readonly (readonly [dimension: number, figures: ManifoldFigures])[] {
  const values = new Map(parts.map(({ name, value }) => [name, value]));
  return settings.dimensions.flatMap((one) => {
    const value = values.get(partNames.figures(activation, one));
    return value?.kind === "figures" ? [[one, value as ManifoldFigures] as const] : [];
  });
}

/** A drawing, where it is there. */
export function drawingOf(
  { parts }: ManifoldResult,
  activation: ActivationName,
  one: number,
): ManifoldDrawing | undefined {
  const value = parts.find(({ name }) => name === partNames.drawing(activation, one))?.value;
  return value?.kind === "drawing" ? (value as ManifoldDrawing) : undefined;
}

/** The counts of the theorem that are there. */
export function countsOf({ settings, parts }: ManifoldResult): readonly {
  readonly n: number;
  readonly m: number;
  readonly count: TheoremCount;
}[] {
  const values = new Map(parts.map(({ name, value }) => [name, value]));
  return settings.pairs.flatMap(([n = 0, m = 0]) => {
    const value = values.get(partNames.theorem(n, m));
    return value?.kind === "theorem" ? [{ n, m, count: value as TheoremCount }] : [];
  });
}
