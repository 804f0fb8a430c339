/** What a run says of its steps and epochs. */
import type { EpochEvent, StepEvent } from "../../train/train-options.ts";
import { formatPercent } from "../format.ts";
import type { EpochMetrics } from "./curves.ts";

/** A step in a line; the rate in images a second. */
export function stepLine(
  { epoch, step, steps, loss, learningRate }: StepEvent,
  rate: number,
): string {
  return `epoch ${epoch}, step ${step} of ${steps}: loss ${loss.toFixed(3)}, rate ${learningRate.toPrecision(3)}, ${rate.toFixed(1)} images/s`;
}

/** An epoch in a line. */
export function epochLine({
  epoch,
  epochs,
  trainingLoss,
  trainingAccuracy,
  validation,
  best,
}: EpochEvent): string {
  const test = validation
    ? `, test loss ${validation.loss.toFixed(3)}, ${formatPercent(validation.accuracy)} right`
    : "";
  return `epoch ${epoch} of ${epochs}: loss ${trainingLoss.toFixed(3)}, ${formatPercent(trainingAccuracy)} right${test}${best && validation ? " (best)" : ""}`;
}

/** An epoch's numbers for `metrics.jsonl`. */
export function metricsOf({
  epoch,
  trainingLoss,
  trainingAccuracy,
  validation,
}: EpochEvent): EpochMetrics {
  const [validationLoss, validationAccuracy] = [validation?.loss, validation?.accuracy];
  return { epoch, trainingLoss, trainingAccuracy, validationLoss, validationAccuracy };
}
