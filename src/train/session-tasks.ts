/**
 * What a session does for each task: the network that is trained, its objective, and what of augmentation
 * its labels can follow. A task is a row.
 */

import type { MaskLabel, TrueObject } from "../data/samples.ts";
import { MobileNetError } from "../errors.ts";
import type {
  DeeplabV3Architecture,
  MobileNetV2Architecture,
  SsdliteArchitecture,
} from "../graph/architecture.ts";
import type { Graph, Network } from "../graph/ir.ts";
import type { Fit } from "../image/presets.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import { detectorGraph } from "./base-detector.ts";
import { renewed, scratch } from "./base-network.ts";
import { renewedSegmenter, type SegmenterChoice, scratchSegmenter } from "./base-segmenter.ts";
import type { Augmentation } from "./data/augment.ts";
import type { TrainingNetwork } from "./network.ts";
import {
  type ClassificationOptions,
  type ClassifierTrainingEvaluation,
  classification,
} from "./objectives/classification.ts";
import { type DetectionTarget, detection } from "./objectives/detection.ts";
import type { DetectorTrainingEvaluation } from "./objectives/detection-evaluation.ts";
import type { DetectionObjectiveOptions } from "./objectives/detection-options.ts";
import {
  type MultiLabelOptions,
  type MultiLabelTrainingEvaluation,
  multiLabelClassification,
} from "./objectives/multi-label.ts";
import type { NetworkEvaluation, Objective } from "./objectives/objective.ts";
import { expectRareObjects } from "./objectives/rare-objects.ts";
import {
  type SegmentationOptions,
  type SegmentationTarget,
  type SegmenterTrainingEvaluation,
  segmentation,
} from "./objectives/segmentation.ts";
import type { Recipe } from "./recipes.ts";

/** What each task takes and gives. */
export interface TrainingTypes {
  readonly classify: {
    readonly architecture: MobileNetV2Architecture;
    readonly label: number;
    readonly target: Float32Array;
    readonly evaluation: ClassifierTrainingEvaluation;
    readonly settings: Pick<ClassificationOptions, "classWeights">;
  };
  readonly "multi-label": {
    readonly architecture: MobileNetV2Architecture;
    /** The numbers of the classes that a picture has; none is fine. */
    readonly label: readonly number[];
    readonly target: Float32Array;
    readonly evaluation: MultiLabelTrainingEvaluation;
    readonly settings: Pick<MultiLabelOptions, "classWeights">;
  };
  readonly detect: {
    readonly architecture: SsdliteArchitecture;
    readonly label: readonly TrueObject[];
    readonly target: DetectionTarget;
    readonly evaluation: DetectorTrainingEvaluation;
    readonly settings: Pick<
      DetectionObjectiveOptions,
      "loss" | "negatives" | "leastNegatives" | "alpha" | "gamma" | "matchThreshold"
    >;
  };
  readonly segment: {
    readonly architecture: DeeplabV3Architecture;
    readonly label: MaskLabel;
    readonly target: SegmentationTarget;
    readonly evaluation: SegmenterTrainingEvaluation;
    readonly settings: SegmentationOptions & SegmenterChoice;
  };
}

/** A task that is trained. */
export type TrainingTask = keyof TrainingTypes;

/** The network that is wanted. */
export interface NetworkChoice {
  /** What to start from; from scratch where absent. */
  readonly from: Graph | undefined;
  readonly classes: number;
  readonly width: number | undefined;
  readonly resolution: number | readonly [rows: number, columns: number] | undefined;
}

/** What an objective is made of. */
export interface ObjectiveChoice<T extends TrainingTask> {
  readonly recipe: Recipe;
  readonly network: Network<TrainingTypes[T]["architecture"]>;
  /** The classes' names. */
  readonly labels: readonly string[];
  readonly settings: TrainingTypes[T]["settings"];
}

/** A row. */
export interface SessionTask<T extends TrainingTask> {
  build(
    choice: NetworkChoice,
    settings: TrainingTypes[T]["settings"],
  ): Network<TrainingTypes[T]["architecture"]>;
  objective(
    choice: ObjectiveChoice<T>,
  ): Objective<
    TrainingTypes[T]["label"],
    TrainingTypes[T]["target"],
    TrainingTypes[T]["evaluation"] & NetworkEvaluation
  >;
  /** First values that are not those of every network; the weights of a model to start from come after it. */
  begin?(network: TrainingNetwork, settings: TrainingTypes[T]["settings"]): void;
  /** How pictures come to the input's size, where that is not as the model to start from has it. */
  readonly fit?: Fit;
  /** Augmentation that its labels cannot follow. */
  readonly excludes: readonly (keyof Augmentation)[];
}

/** The rows by task. */
export const sessionTasks: { readonly [T in TrainingTask]: SessionTask<T> } = {
  classify: {
    build: ({ from, classes, width, resolution }) =>
      from === undefined
        ? scratch({ width, resolution }, classes)
        : renewed(from, classes, { width, resolution }),
    objective: ({ recipe, settings }) =>
      classification({ labelSmoothing: recipe.labelSmoothing, ...settings }),
    excludes: [],
  },
  "multi-label": {
    build: ({ from, classes, width, resolution }) => {
      const options = { width, resolution, scores: "sigmoid" } as const;
      return from === undefined ? scratch(options, classes) : renewed(from, classes, options);
    },
    objective: ({ recipe, settings }) =>
      multiLabelClassification({ labelSmoothing: recipe.labelSmoothing, ...settings }),
    excludes: [],
  },
  detect: {
    build: ({ from, classes, width, resolution }, { loss }) => {
      const scores = loss === "softmax" ? loss : "sigmoid";
      return detectorGraph({ from, classes, width, resolution, scores });
    },
    objective: ({ network, labels, settings }) => {
      const { anchors, boxCoder, iouThreshold, maxDetections } = ssdliteDetection(
        network.architecture.resolution,
      );
      return detection({ anchors, boxCoder, iouThreshold, maxDetections, labels, ...settings });
    },
    begin: (network, { loss }) => {
      if (loss === "focal") expectRareObjects(network);
    },
    excludes: ["policy", "mixup", "cutmix"],
  },
  segment: {
    build: ({ from, classes, width, resolution }, settings) =>
      from === undefined
        ? scratchSegmenter({ width, resolution }, classes, settings)
        : renewedSegmenter(from, classes, { width, resolution }, settings),
    objective: ({ settings: { classWeights, ignore } }) => segmentation({ classWeights, ignore }),
    // The whole picture, as crops are cut: nothing of it is left without a class.
    fit: { kind: "stretch" },
    excludes: ["policy", "mixup", "cutmix"],
  },
};

/**
 * Refuses augmentation that moves pixels in ways that a task's labels do not follow.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkTaskAugmentation(task: TrainingTask, augmentation: Augmentation): void {
  for (const name of sessionTasks[task].excludes) {
    const value = augmentation[name];
    if (value === undefined || value === 0) continue;
    throw new MobileNetError("invalid-argument", "this augmentation is not for such labels", {
      node: task,
      expected: `no ${name}`,
      received: name,
    });
  }
}
