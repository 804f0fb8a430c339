/** What a run says of its epochs. */
import type { EpochMetrics } from "../../json/work.ts";
import type { EpochEvent } from "../../train/train-options.ts";
import { formatPercent } from "../format.ts";

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
