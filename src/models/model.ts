/**
 * A model: a network with its weights and everything that belongs to those weights. Preprocessing,
 * labels and the head's settings travel with the weights, because they are wrong for any others.
 */
import type { Graph } from "../graph/ir.ts";
import type { Preprocess } from "../image/presets.ts";

/** What every model has. */
export interface ModelBase {
  readonly name: string;
  readonly graph: Graph;
  readonly preprocess: Preprocess;
  /** Class names; index i names output i. */
  readonly labels: readonly string[];
  /** The node whose spatial mean serves as the embedding: `[n, h, w, c]`. */
  readonly features: string;
  /** What the model's files do not say and was assumed; none where absent. */
  readonly assumptions?: readonly Assumption[] | undefined;
  /** Where it comes from, where it was read from files. */
  readonly origin?: ModelOrigin | undefined;
}

/** Something about a model that its files do not say. */
export interface Assumption {
  /** What it is about. */
  readonly about:
    | "range"
    | "fit"
    | "labels"
    | "resolution"
    | "outputStride"
    | "padding"
    | "epsilon"
    | "head";
  /** What was assumed, as a part of a sentence: `bytes become −1 to 1`. */
  readonly assumed: string;
  /** The option that says otherwise. */
  readonly option?: string | undefined;
}

/** Where a model comes from and what its files say about it; for people. */
export interface ModelOrigin {
  /** `a TensorFlow Lite file`. */
  readonly format: string;
  /** What wrote it, as far as the files say. */
  readonly framework?: string | undefined;
  /** How often each of the file's operations occurs, by the file's names. */
  readonly operations: Readonly<Record<string, number>>;
  /** Who says how bytes become the input's numbers, and where; absent where that was assumed. */
  readonly range?: string | undefined;
  /** Where the labels come from; absent where classes are numbered. */
  readonly labels?: string | undefined;
  /** What is unusual. */
  readonly notes: readonly string[];
}

/** Graph output 0: probabilities `[n, 1, 1, classes]`. */
export interface ClassifierModel extends ModelBase {
  readonly task: "classify";
  /** Whether each class is scored by itself, by a sigmoid, so that probabilities do not sum to 1. */
  readonly multiLabel?: boolean | undefined;
}

/** No head: graph output 0 is the features, `[n, h, w, c]`. */
export interface FeatureModel extends ModelBase {
  readonly task: "embed";
}

/**
 * With anchors, graph output 0: box encodings `[n, anchors, 1, 4]` (ty, tx, th, tw); output 1: class
 * scores after the sigmoid, or the softmax, `[n, anchors, 1, 1 + classes]`, column 0 the background. Of a grid, output 0:
 * the probabilities of every cell, `[n, h, w, 1 + classes]`, channel 0 the background. Labels leave out
 * the background.
 */
export interface DetectorModel extends ModelBase {
  readonly task: "detect";
  readonly detection: DetectionSettings | GridSettings;
}

/** Graph output 0: scores `[n, h, w, classes]` at the network's output stride; class 0 is the background where its label says so. */
export interface SegmenterModel extends ModelBase {
  readonly task: "segment";
  /**
   * What the scores are: logits, of which a softmax makes probabilities between pixels too, or
   * probabilities, which are interpolated as they are. Default: logits.
   */
  readonly scores?: "logits" | "probabilities" | undefined;
  /** How an 8-bit file brings its logits to the size of its input, where it does. */
  readonly enlargement?: LogitEnlargement;
}

/**
 * The steps from 8-bit logits to the class of every pixel of the network's input: bilinear
 * interpolation with aligned corners, each time rounded to the bytes of the logits, and the lowest class
 * among the largest.
 */
export interface LogitEnlargement {
  /** What one step of the bytes is worth in logits, a float32 number above 0. */
  readonly scale: number;
  /** Rows and columns after each interpolation; the last are those of the input. */
  readonly sizes: readonly (readonly [rows: number, columns: number])[];
}

export type Model = ClassifierModel | DetectorModel | SegmenterModel | FeatureModel;

/** Whether a value is a model already, by its parts and not by what is in them. */
export function isModel(value: unknown): value is Model {
  return (
    typeof value === "object" &&
    value !== null &&
    "task" in value &&
    "graph" in value &&
    "preprocess" in value
  );
}

/** What a model may be for. */
export type Task = Model["task"];

/** What a model with a head may be for. */
export type HeadTask = Exclude<Task, "embed">;

/** Whether a task is more than features. */
export function isHeadTask(task: Task): task is HeadTask {
  return task !== "embed";
}

/** Anchors, box coding and suppression of an SSD (section 6.2). */
export interface DetectionSettings {
  readonly kind?: "anchors" | undefined;
  readonly anchors: AnchorSettings | ListedAnchors;
  /** Divisors of the box encodings: centre y, centre x, height, width. */
  readonly boxCoder: readonly [number, number, number, number];
  /** The published pipeline's defaults. */
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
  readonly maxDetections: number;
  /** Whether column 0 of the scores is the background. Default: true. */
  readonly background?: boolean | undefined;
  /** Whether boxes of all classes suppress each other, each under its best class. Default: false. */
  readonly classAgnostic?: boolean | undefined;
  /** Whether boxes are cut to the picture before they suppress each other. Default: true. */
  readonly clip?: boolean | undefined;
  /** Whether a score that equals the threshold counts. Default: false. */
  readonly inclusive?: boolean | undefined;
  /** The most boxes of one class. Default: `maxDetections`. */
  readonly maxPerClass?: number | undefined;
}

/**
 * A grid of cells that each tell what lies in them (Edge Impulse's FOMO): cells of one class that touch
 * are one object, from its first cell to its last.
 */
export interface GridSettings {
  readonly kind: "grid";
  /** Cells count from this probability on. */
  readonly scoreThreshold: number;
  readonly maxDetections: number;
}

/** Anchors one by one. */
export interface ListedAnchors {
  /** `[anchors, 4]`: centre y, centre x, height, width, in fractions of the image. */
  readonly boxes: Float32Array;
}

/** The anchor grid of the Object Detection API's `ssd_anchor_generator`. */
export interface AnchorSettings {
  /** Rows and columns of each feature map, largest first. */
  readonly featureMaps: readonly (readonly [rows: number, columns: number])[];
  readonly minScale: number;
  readonly maxScale: number;
  readonly aspectRatios: readonly number[];
  /** The first feature map has three anchors instead of six. */
  readonly reduceBoxesInLowestLayer: boolean;
}
