/**
 * Trained networks compared run by run: run k of one saw the same pictures in the same order as run k of
 * another, so that what differs between runs goes out of their difference. A run that only one of them has
 * says nothing. From the differences comes the verdict on a claim, and the words for it.
 */
import type { ChartPoint } from "../plot/chart.ts";
import { type ExperimentResult, partValue } from "./experiment.ts";
import { trainedPartName } from "./small-networks/trained-parts.ts";
import type { TrainingSettings } from "./small-networks/training-settings.ts";
import type { VariantName } from "./small-networks/variants.ts";
import { type Estimate, estimate } from "./statistics.ts";

/** A value of each run, at the run's place; undefined where the run is not finished. */
export type Runs<Value> = readonly (Value | undefined)[];

/** The runs of a network. */
export function trainedRuns<Value>(
  result: ExperimentResult<{ readonly seeds: number }, Value>,
  network: VariantName,
): Runs<Value> {
  return Array.from({ length: result.settings.seeds }, (_, i) =>
    partValue(result, trainedPartName(network, i + 1)),
  );
}

/** What is there, in the order of the runs. */
export function finished<Value>(runs: Runs<Value>): readonly Value[] {
  return runs.filter((run): run is Value => run !== undefined);
}

/** A figure of each run. */
export function figureOfRuns<Value>(
  runs: Runs<Value>,
  figureOf: (run: Value) => number,
): Runs<number> {
  return runs.map((run) => (run === undefined ? undefined : figureOf(run)));
}

/**
 * How much more each run of one has than the same run of another.
 *
 * @example
 * ```ts
 * pairedDifferences([5, undefined, 7], [1, 2, 4]); // [4, 3]
 * ```
 */
export function pairedDifferences(ours: Runs<number>, others: Runs<number>): readonly number[] {
  return ours.flatMap((run, i) => {
    const other = others[i];
    return run === undefined || other === undefined ? [] : [run - other];
  });
}

/** What a difference says of a claim that it is above 0. */
export type Verdict = "agrees" | "contradicts" | "cannot tell";

/** The verdict by the interval; of a single run that is infinite. */
export function judgeDifference({ low, high }: Estimate): Verdict {
  if (low > 0) return "agrees";
  return high < 0 ? "contradicts" : "cannot tell";
}

/** The same of a claim that it is nearly 0: not further from it than the tolerance. */
export function judgeSameness({ low, high }: Estimate, tolerance: number): Verdict {
  if (low >= -tolerance && high <= tolerance) return "agrees";
  return low > tolerance || high < -tolerance ? "contradicts" : "cannot tell";
}

/** As the report says it. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  agrees: "**Agrees with the paper**",
  contradicts: "**Contradicts the paper**",
  "cannot tell": "**These runs cannot tell**",
};

/** A claim that one figure is above another, and how it fared. */
export interface Comparison {
  readonly difference: Estimate;
  readonly runs: number;
  readonly verdict: Verdict;
}

/** Judges the claim that ours is above others; undefined where no run has both. */
export function compareRuns(ours: Runs<number>, others: Runs<number>): Comparison | undefined {
  const differences = pairedDifferences(ours, others);
  if (differences.length === 0) return undefined;
  const difference = estimate(differences);
  return { difference, runs: differences.length, verdict: judgeDifference(difference) };
}

/** What whoever reads several verdicts has to know; nothing where there is one. */
export function chanceRemark(comparisons: number): string {
  if (comparisons < 2) return "";
  const expected = Number((0.05 * comparisons).toPrecision(1));
  return `Of the ${comparisons} comparisons here each is judged by itself at 95 %: where nothing differs at all, about ${expected} of them would still be told apart by chance. The intervals hold where runs spread normally, which so few runs cannot show.`;
}

/** A share in percent, or points of it: `77.1`. */
export function pointsText(share: number): string {
  return `${share < 0 ? "−" : ""}${(100 * Math.abs(share)).toFixed(1)}`;
}

/** The same with its sign: `+1.3`. */
export function signedPoints(share: number): string {
  return `${share < 0 ? "" : "+"}${pointsText(share)}`;
}

/** A mean with the half-width of its interval, where there is one. */
export function estimateText(
  { mean, low }: Estimate,
  show: (value: number) => string,
  showHalfWidth: (value: number) => string = show,
): string {
  return Number.isFinite(low) ? `${show(mean)} ± ${showHalfWidth(mean - low)}` : show(mean);
}

/** A difference of shares, with its sign: `+1.3 ± 0.4`. */
export function differenceText(difference: Estimate): string {
  return estimateText(difference, signedPoints, pointsText);
}

/** An estimate in a chart; its interval goes no further than the figure itself can. */
export function estimatePoint(
  x: number,
  { mean, low, high }: Estimate,
  [least, most]: readonly [number, number],
): ChartPoint {
  return Number.isFinite(low)
    ? { x, y: mean, low: Math.max(least, low), high: Math.min(most, high) }
    : { x, y: mean };
}

/** What some networks were trained on, and how many of their runs a figure has. */
export function runsNote(training: TrainingSettings, counts: readonly number[]): string {
  const data = training.data === "cifar10" ? "CIFAR-10" : "drawings";
  const epochs = `${training.epochs} epoch${training.epochs === 1 ? "" : "s"}`;
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (counts.length === 0) return `${data}, ${epochs}`;
  if (most === 1) return `${data}, ${epochs}; a single run, so without intervals`;
  const runs = least === most ? `${most} runs` : `${least} to ${most} runs`;
  const where = least === 1 ? " where there are two or more" : "";
  return `${data}, ${epochs}; mean of ${runs} with 95 % intervals${where}`;
}
