/** What a run says of its epochs. */
import type { EpochMetrics } from "../../json/work.ts";
import type { NetworkEvaluation } from "../../train/objectives/objective.ts";
import type { EpochEvent } from "../../train/train-options.ts";
import type { TrainFigures } from "./figures.ts";

/** An epoch in a line. */
export function epochLine<Evaluation extends NetworkEvaluation>(
  event: EpochEvent<Evaluation>,
  { words }: TrainFigures<Evaluation>,
): string {
  const { epoch, epochs, trainingLoss, trainingAccuracy, validation, best } = event;
  const right = trainingAccuracy === undefined ? "" : `, ${words(trainingAccuracy)}`;
  const test = validation
    ? `, test loss ${validation.loss.toFixed(3)}, ${words(validation.headline)}`
    : "";
  return `epoch ${epoch} of ${epochs}: loss ${trainingLoss.toFixed(3)}${right}${test}${best && validation ? " (best)" : ""}`;
}

/** An epoch's numbers for `metrics.jsonl`. */
export function metricsOf<Evaluation extends NetworkEvaluation>(
  { epoch, trainingLoss, trainingAccuracy, validation }: EpochEvent<Evaluation>,
  { training, validation: name, more }: TrainFigures<Evaluation>,
): EpochMetrics {
  return {
    ...{ epoch, trainingLoss },
    ...(training !== undefined && { [training]: trainingAccuracy }),
    ...{ validationLoss: validation?.loss, [name]: validation?.headline },
    ...(validation && more?.(validation)),
  };
}
