/** What the experiment of figure 1 is asked, and what it keeps; and how a file's values are known for such. */
import { having, itemsOf, type Kind, needed, numberFrom, wholeFrom } from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import { variantKind, variantOf } from "../kept-values.ts";
import type { Estimate, Quartiles } from "../statistics.ts";
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
  readonly flattened: Estimate;
  /** Embeddings that flatten a point at all: of few, the interval above says little. */
  readonly flattening: number;
  readonly coinciding: Estimate;
  /** At n = 2 it has no mean, at n = 3 no variance: the inverse of a random T may be as large as it likes. */
  readonly error: Quartiles;
  readonly shapeError: Estimate;
  readonly dead: Estimate;
};

/** One spiral as it comes back, to four digits. */
export type ManifoldDrawing = {
  readonly kind: "drawing";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The indices of the points whose image another point has, too. */
  readonly coinciding: readonly number[];
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
/** Of shares; the ends of an interval may lie beyond 0 and 1. */
const estimateKind: Kind = having(
  {
    mean: needed(numberFrom(0, 1)),
    low: needed(numberFrom(-7, 1)),
    high: needed(numberFrom(0, 8)),
  },
  "a mean with its interval",
);
const quartiles: Kind = having(
  { lower: needed(numberFrom(0)), median: needed(numberFrom(0)), upper: needed(numberFrom(0)) },
  "a median with its quartiles",
);
const reals = itemsOf(numberFrom(-Number.MAX_VALUE), "a list of numbers");

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
  value: variantKind(
    {
      figures: having(
        {
          ...{ flattened: needed(estimateKind), flattening: needed(wholeFrom(0)) },
          ...{ coinciding: needed(estimateKind), error: needed(quartiles) },
          ...{ shapeError: needed(estimateKind), dead: needed(estimateKind) },
        },
        "",
      ),
      drawing: having(
        {
          x: needed(reals),
          y: needed(reals),
          coinciding: needed(itemsOf(wholeFrom(0), "indices")),
        },
        "",
      ),
      theorem: having({ collapsed: needed(wholeFrom(0)), draws: needed(wholeFrom(1)) }, ""),
    },
    "figures over runs, a drawing, or a count of the theorem's draws",
  ),
};

/** All figures of an activation that are there, by dimension. */
export function figuresOf(
  result: ManifoldResult,
  activation: ActivationName,
): readonly (readonly [dimension: number, figures: ManifoldFigures])[] {
  return result.settings.dimensions.flatMap((one) => {
    const value = variantOf(result, partNames.figures(activation, one), "figures");
    return value === undefined ? [] : [[one, value] as const];
  });
}

/** A drawing, where it is there. */
export function drawingOf(
  result: ManifoldResult,
  activation: ActivationName,
  one: number,
): ManifoldDrawing | undefined {
  return variantOf(result, partNames.drawing(activation, one), "drawing");
}

/** The counts of the theorem that are there. */
export function countsOf(result: ManifoldResult): readonly {
  readonly n: number;
  readonly m: number;
  readonly count: TheoremCount;
}[] {
  return result.settings.pairs.flatMap(([n = 0, m = 0]) => {
    const count = variantOf(result, partNames.theorem(n, m), "theorem");
    return count === undefined ? [] : [{ n, m, count }];
  });
}
