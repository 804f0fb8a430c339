/** What `train`, `evaluate`, `quantize` and `convert` print with `--json`. */
import type { ConversionReport } from "../convert/conversion.ts";
import type { DataPart, DetectionFormatName, MaskFormatName } from "../data/annotated.ts";
import type { SkippedAnnotations } from "../data/bad-annotations.ts";
import type { ClassifierEvaluation } from "../evaluate/evaluate-classifier.ts";
import type { DetectorEvaluation } from "../evaluate/evaluate-detector.ts";
import type { MultiLabelEvaluation } from "../evaluate/evaluate-multi-label.ts";
import type { SegmenterEvaluation } from "../evaluate/evaluate-segmenter.ts";
import type { QuantizationReport } from "../quantize/report.ts";
import type { TrainingWay } from "../train/defaults.ts";
import type { WithAssumptions } from "./pictures.ts";

/** Pictures of the data that a model was trained on. */
export interface TrainedPictures {
  readonly pictures: number;
  /** Whether they are counted in the figures all the same: where there are no others. */
  readonly counted: boolean;
}

/** The annotations that a detector or a segmenter is judged by. */
export interface TakenAnnotations {
  readonly format: DetectionFormatName | MaskFormatName;
  readonly part: DataPart;
  readonly skipped: SkippedAnnotations;
}

/** What an evaluation says beside its figures. */
export interface EvaluationFacts extends WithAssumptions {
  readonly schemaVersion: 2;
  /** Absent where none of the pictures is known to have been trained on. */
  readonly trainedOn?: TrainedPictures;
  /** Of boxes and masks. */
  readonly annotations?: TakenAnnotations;
}

/** A classifier's figures, those of a second one in `comparison`. */
export interface EvaluatedClassifier
  extends Omit<ClassifierEvaluation, "comparison">,
    EvaluationFacts {
  readonly comparison?: NonNullable<ClassifierEvaluation["comparison"]> & WithAssumptions;
}

/** The figures of a classifier of several labels, those of a second one in `comparison`. */
export interface EvaluatedMultiLabel
  extends Omit<MultiLabelEvaluation, "comparison">,
    EvaluationFacts {
  readonly comparison?: NonNullable<MultiLabelEvaluation["comparison"]> & WithAssumptions;
}

/** A detector's figures, those of a second one in `comparison`. */
export interface EvaluatedDetector extends Omit<DetectorEvaluation, "comparison">, EvaluationFacts {
  readonly comparison?: NonNullable<DetectorEvaluation["comparison"]> & WithAssumptions;
}

/** A segmenter's figures, those of a second one in `comparison`. */
export interface EvaluatedSegmenter
  extends Omit<SegmenterEvaluation, "comparison">,
    EvaluationFacts {
  readonly comparison?: NonNullable<SegmenterEvaluation["comparison"]> & WithAssumptions;
}

/** What `mobilenetv2 evaluate --json` prints, and `report.json` of `--out` has. */
export type EvaluateOutput =
  | EvaluatedClassifier
  | EvaluatedMultiLabel
  | EvaluatedDetector
  | EvaluatedSegmenter;

/** What `mobilenetv2 convert --json` prints. */
export interface ConvertOutput extends ConversionReport, WithAssumptions {
  readonly schemaVersion: 1;
  /** The files that were written, as they were named. */
  readonly files: readonly string[];
}

/** What `mobilenetv2 quantize --json` prints, and the file of `--report` has. */
export interface QuantizeOutput extends QuantizationReport, WithAssumptions {
  readonly schemaVersion: 1;
  /** The file that was written, as it was named. */
  readonly file: string;
}

/** An epoch's figures, as `metrics.jsonl` has them too. */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  readonly trainingLoss: number;
  /** 0 to 1; of classifiers. */
  readonly trainingAccuracy?: number | undefined;
  /** Absent where nothing was held back to test on. */
  readonly validationLoss?: number | undefined;
  /** The figures of a task, 0 to 1: of classifiers, */
  readonly validationAccuracy?: number | undefined;
  /** of detectors, at an IoU of 0.50 and over 0.50 to 0.95, */
  readonly validationAp50?: number | undefined;
  readonly validationAp?: number | undefined;
  /** and of segmenters. */
  readonly validationMeanIou?: number | undefined;
  readonly validationPixelAccuracy?: number | undefined;
  /** Of classifiers that score each class by itself. */
  readonly validationMeanAp?: number | undefined;
}

/** The options of a run that nobody gave and that were chosen for it. */
export interface ChosenSettings extends Partial<Omit<TrainingWay, "resolution">> {
  readonly from?: string;
  /** One number for a square, else rows and columns. */
  readonly resolution?: number | readonly [rows: number, columns: number];
}

/** The part of the data that only the finished model was judged by. */
export interface TestPart {
  readonly images: number;
  /** 0 to 1; of detectors. */
  readonly ap50?: number;
  readonly ap?: number;
  /** 0 to 1; of segmenters. */
  readonly meanIou?: number;
  readonly pixelAccuracy?: number;
}

/** The 8-bit file of `train --quantize-aware`, by the figure that epochs are compared by, 0 to 1. */
export interface QuantizedPart {
  /** In the folder. */
  readonly file: string;
  readonly weights: "per-channel" | "per-tensor";
  readonly images: number;
  /** Of the file as it is loaded. */
  readonly measured: number;
  /** Of the folder's float weights on the same pictures. */
  readonly float: number;
  /** Of the network that training simulated, in its best epoch; absent without pictures to test on. */
  readonly simulated?: number;
  /** The share of answers that file and float weights have in common. */
  readonly agreement?: number;
}

/** A run of training, without its epochs. */
export interface TrainedRun extends WithAssumptions {
  readonly schemaVersion: 2;
  /** The folder that was written, as it was named. */
  readonly model: string;
  /** Absent where all was told. */
  readonly chosen?: ChosenSettings;
  /** The epoch whose weights are kept. */
  readonly bestEpoch: number;
  /** 0 to 1; absent where nothing was held back to test on. */
  readonly bestAccuracy?: number;
  readonly bestAp50?: number;
  readonly bestMeanIou?: number;
  readonly bestMeanAp?: number;
  /** Absent where the data have no such part. */
  readonly test?: TestPart;
  /** Absent where no 8 bits were simulated. */
  readonly quantized?: QuantizedPart;
  /** Why it ended: all epochs done, or no better one within the patience. */
  readonly reason: "epochs" | "patience";
  /** Pictures that could not be read and were left out; absent where there were none. */
  readonly damaged?: readonly string[];
}

/** What `mobilenetv2 train --json` prints. */
export interface TrainOutput extends TrainedRun {
  readonly epochs: readonly EpochMetrics[];
  /** The run that trained a float model first, where 8 bits are simulated in one. */
  readonly float?: TrainedRun;
}
