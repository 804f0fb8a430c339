/** Measured times as they are kept: the median, and the half of all rounds that lies around it. */
import { having, type Kind, needed, numberFrom } from "../check-fields.ts";
import { quantile } from "../timing.ts";

/** The middle of many measurements, in their unit. */
export type Middle = {
  readonly median: number;
  /** A quarter of the rounds lies below the one, a quarter above the other. */
  readonly low: number;
  readonly high: number;
};

/** The same as a kind. */
export const middleKind: Kind = having(
  { median: needed(numberFrom(0)), low: needed(numberFrom(0)), high: needed(numberFrom(0)) },
  "a median with its quartiles",
);

/** Of at least one value, to five digits. */
export function middleOf(values: readonly number[]): Middle {
  const at = (part: number): number => Number(quantile(values, part).toPrecision(5));
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
