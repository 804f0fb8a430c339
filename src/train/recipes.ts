/**
 * How published models were trained, as data, and recipes for small data sets on a CPU. Every number
 * can be overridden; batch sizes and epochs of the published recipes are those of many accelerators.
 */
import {
  anyObject,
  belowOne,
  checkSettings,
  type Kinds,
  needed,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { type Augmentation, checkAugmentation } from "./data/augment.ts";
import { type Initialization, initializationKind } from "./initialize.ts";
import { checkOptimizer, type DecayOptions, type OptimizerOptions } from "./optimizers.ts";
import { checkSchedule, type Schedule } from "./schedules.ts";

/** Everything that belongs to a way of training. */
export interface Recipe {
  readonly optimizer: OptimizerOptions & DecayOptions;
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batch: number;
  readonly labelSmoothing: number;
  readonly dropout: number;
  readonly batchNormDecay: number;
  /** Batch norms keep the statistics that they begin with: those of a small batch say little. */
  readonly frozenBatchNorm?: boolean | undefined;
  readonly initialization: Initialization;
  /** Decay of the weights' moving average, per step; none where 0. */
  readonly averageDecay: number;
  readonly augmentation: Augmentation;
  /**
   * Augmented versions of each picture, which come again and again; absent for new ones every epoch. A
   * frozen part computes each version once.
   */
  readonly views?: number | undefined;
}

const settingKinds: Kinds<Recipe> = {
  optimizer: needed(anyObject),
  schedule: needed(anyObject),
  epochs: needed(wholeFrom(1)),
  batch: needed(wholeFrom(1, 65_536)),
  labelSmoothing: needed(belowOne),
  dropout: needed(belowOne),
  batchNormDecay: needed(belowOne),
  frozenBatchNorm: truthValue,
  initialization: needed(initializationKind),
  averageDecay: needed(belowOne),
  augmentation: needed(anyObject),
  views: wholeFrom(1),
};

/**
 * Refuses settings that nobody reads, at any depth, and values of another kind.
 *
 * @throws MobileNetError `invalid-argument` naming the setting.
 */
export function checkRecipe(recipe: Recipe): void {
  checkSettings(recipe, settingKinds, "a recipe");
  checkOptimizer(recipe.optimizer);
  checkSchedule(recipe.schedule);
  checkAugmentation(recipe.augmentation);
}

/** A recipe's name. */
export type RecipeName =
  | "small"
  | "digits"
  | "few"
  | "fine-tune"
  | "detect"
  | "segment"
  | "paper"
  | "torchvision-v1"
  | "torchvision-v2"
  | "quantize-aware";

/**
 * From scratch on some ten thousand small pictures, in few epochs: a high rate that falls to 0, strong
 * decay of the weights, and the average of the last epoch or so.
 */
const small: Recipe = {
  optimizer: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  schedule: { learningRate: 0.05, decay: { kind: "cosine" }, warmupEpochs: 2 },
  epochs: 30,
  batch: 64,
  labelSmoothing: 0.1,
  dropout: 0,
  batchNormDecay: 0.9,
  initialization: "kaiming",
  averageDecay: 0.999,
  augmentation: { crop: { kind: "shift", pixels: 4 }, flip: true },
};

/** The recipes by name. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = {
  small,
  /** The same for pictures that mean something else when mirrored. */
  digits: { ...small, epochs: 5, augmentation: { crop: { kind: "shift", pixels: 2 } } },
  /**
   * From published weights on some twenty pictures of each class, with the first blocks frozen: eight
   * versions of each picture pass them once and are trained on in turns.
   */
  few: {
    optimizer: { kind: "adamw", weightDecay: 0.01 },
    schedule: { learningRate: 1e-3, decay: { kind: "cosine" }, warmupEpochs: 1 },
    epochs: 15,
    batch: 16,
    labelSmoothing: 0.1,
    dropout: 0.2,
    batchNormDecay: 0.9,
    frozenBatchNorm: true,
    initialization: "kaiming",
    averageDecay: 0,
    augmentation: { crop: { kind: "resized", area: [0.5, 1] }, flip: true },
    views: 8,
  },
  /** From published weights on some hundred pictures. */
  "fine-tune": {
    optimizer: { kind: "adamw", weightDecay: 0.05 },
    schedule: { learningRate: 1e-3, decay: { kind: "cosine" } },
    epochs: 15,
    batch: 32,
    labelSmoothing: 0.1,
    dropout: 0.2,
    batchNormDecay: 0.9,
    initialization: "kaiming",
    averageDecay: 0,
    augmentation: { crop: { kind: "resized", area: [0.5, 1] }, flip: true },
  },
  /**
   * Detectors on published weights: some hundred pictures, of which parts are seen, each with at least a
   * box's centre in it. Batches are small and deep maps have few pixels, so that the statistics of single
   * steps say little: the average of many is what is kept.
   */
  detect: {
    optimizer: { kind: "adamw", weightDecay: 0.01 },
    schedule: { learningRate: 1e-3, decay: { kind: "cosine" }, warmupEpochs: 2 },
    epochs: 60,
    batch: 16,
    labelSmoothing: 0,
    dropout: 0,
    batchNormDecay: 0.9,
    initialization: "kaiming",
    averageDecay: 0.99,
    augmentation: { crop: { kind: "overlap", area: [0.3, 1] }, flip: true, color: 0.2 },
  },
  /** Segmenters on published weights: some hundred pictures, at half to twice their size. */
  segment: {
    optimizer: { kind: "adamw", weightDecay: 0.01 },
    schedule: { learningRate: 1e-3, decay: { kind: "cosine" }, warmupEpochs: 1 },
    epochs: 50,
    batch: 8,
    labelSmoothing: 0,
    dropout: 0,
    batchNormDecay: 0.9,
    initialization: "kaiming",
    averageDecay: 0,
    augmentation: { crop: { kind: "scaled", factor: [0.5, 2] }, flip: true, color: 0.2 },
  },
  /** The paper, section 6.1, and slim's code: batch 96 on each of 16 workers. */
  paper: {
    optimizer: { kind: "rmsprop", decay: 0.9, momentum: 0.9, epsilon: 1, weightDecay: 4e-5 },
    schedule: {
      learningRate: 0.045,
      decay: { kind: "exponential", factor: 0.98, staircase: true },
    },
    epochs: 300,
    batch: 96,
    labelSmoothing: 0.1,
    dropout: 0.2,
    batchNormDecay: 0.997,
    initialization: "truncated-normal",
    averageDecay: 0.9999,
    augmentation: { crop: { kind: "resized", area: [0.05, 1] }, flip: true, color: 0.125 },
  },
  /** torchvision's first weights: 71.878 %. */
  "torchvision-v1": {
    optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 4e-5, exemptNorms: false },
    schedule: {
      learningRate: 0.045,
      decay: { kind: "exponential", factor: 0.98, staircase: true },
    },
    epochs: 300,
    batch: 256,
    labelSmoothing: 0,
    dropout: 0.2,
    batchNormDecay: 0.9,
    initialization: "torchvision",
    averageDecay: 0,
    augmentation: { crop: { kind: "resized", area: [0.08, 1] }, flip: true },
  },
  /** torchvision's second weights: 72.154 %. */
  "torchvision-v2": {
    optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 2e-5, exemptNorms: true },
    schedule: { learningRate: 0.5, decay: { kind: "cosine" }, warmupEpochs: 5, warmupStart: 0.01 },
    epochs: 600,
    batch: 1024,
    labelSmoothing: 0.1,
    dropout: 0.2,
    batchNormDecay: 0.9,
    initialization: "torchvision",
    // 0.99998 for every 32 steps, which torchvision scales by batch and epochs; here per step.
    averageDecay: 0.999966,
    augmentation: {
      crop: { kind: "resized", area: [0.08, 1] },
      flip: true,
      erase: 0.1,
      mixup: 0.2,
      cutmix: 1,
    },
  },
  /**
   * A finished model with its 8 bits simulated: steps that are smaller than what rounding moves, and
   * pictures as the finished model sees them.
   */
  "quantize-aware": {
    optimizer: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 0 },
    schedule: { learningRate: 2e-3, decay: { kind: "cosine" } },
    epochs: 4,
    batch: 32,
    labelSmoothing: 0.1,
    dropout: 0,
    batchNormDecay: 0.9,
    initialization: "kaiming",
    averageDecay: 0,
    augmentation: { flip: true },
  },
};
