/** What the figure that epochs are compared by is called, for each task. */
import type { EpochMetrics, TrainOutput } from "../../json/work.ts";
import type { NetworkEvaluation } from "../../train/objectives/objective.ts";
import type { TrainingTask, TrainingTypes } from "../../train/session-tasks.ts";
import { formatPercent } from "../format.ts";

/** A task's figures. */
export interface TrainFigures<Evaluation = NetworkEvaluation> {
  /** Over its chart. */
  readonly title: string;
  /** The fields of `metrics.jsonl`, and of the best in what `--json` prints. */
  readonly training: keyof EpochMetrics | undefined;
  readonly validation: keyof EpochMetrics;
  readonly best: keyof TrainOutput;
  /** The figure in a sentence. */
  words(value: number): string;
  /** What else an epoch's line in `metrics.jsonl` says. */
  more?(evaluation: Evaluation): Partial<EpochMetrics>;
}

/** A row for each task. */
export const trainFigures: {
  readonly [T in TrainingTask]: TrainFigures<TrainingTypes[T]["evaluation"]>;
} = {
  classify: {
    title: "accuracy, %",
    training: "trainingAccuracy",
    validation: "validationAccuracy",
    best: "bestAccuracy",
    words: (value) => `${formatPercent(value)} right`,
  },
  "multi-label": {
    title: "mAP, %",
    training: undefined,
    validation: "validationMeanAp",
    best: "bestMeanAp",
    words: (value) => `mAP ${formatPercent(value)}`,
  },
  detect: {
    title: "AP50, %",
    training: undefined,
    validation: "validationAp50",
    best: "bestAp50",
    words: (value) => `AP50 ${formatPercent(value)}`,
    more: ({ ap }) => ({ validationAp: ap }),
  },
  segment: {
    title: "mean IoU, %",
    training: undefined,
    validation: "validationMeanIou",
    best: "bestMeanIou",
    words: (value) => `mIoU ${formatPercent(value)}`,
    more: ({ pixelAccuracy }) => ({ validationPixelAccuracy: pixelAccuracy }),
  },
};

/** A figure of an epoch by its name. */
export function figureOf(metrics: EpochMetrics, name: string | undefined): number | undefined {
  const all = new Map<string, number | undefined>(Object.entries(metrics));
  return name === undefined ? undefined : all.get(name);
}
