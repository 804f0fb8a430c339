/** What readers are told about a model besides its files, and what all of them check of it. */
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Preprocess } from "../image/presets.ts";
import type { DetectionSettings } from "../models/model.ts";
import type { ModelOptions } from "./model-options.ts";

/** A model's description apart from its weights. */
export interface ModelDescription {
  readonly name: string;
  readonly architecture: Architecture;
  readonly preprocess: Preprocess;
  /** Index i names output i; a detector's leave out the background. */
  readonly labels: readonly string[];
  /** Whether the weights end before the classifier: features, without labels. */
  readonly headless?: boolean;
  /** A detector's anchors, box coding and thresholds; the Object Detection API's where absent. */
  readonly detection?: DetectionSettings;
}

/** What is known of a model before its files are read. */
export interface ReadRequest {
  /** What the model will be called; also for messages. */
  readonly name: string;
  /** What a caller says; nothing where the model is published. */
  readonly options: ModelOptions;
  /** What a record says of published weights. */
  readonly published?: ModelDescription | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How pictures are prepared: as a record, the caller or the model's own file says, else as is usual.
 *
 * @throws MobileNetError `invalid-argument` where that makes other sizes than the input has.
 */
export function choosePreprocess(
  { name, options, published }: ReadRequest,
  {
    resolution: [rows, columns],
    own,
    usual,
  }: {
    readonly resolution: readonly [rows: number, columns: number];
    readonly own?: Preprocess | undefined;
    readonly usual: Preprocess;
  },
): Preprocess {
  if (published !== undefined) return published.preprocess;
  const chosen = options.preprocess ?? own ?? usual;
  const { width, height } = chosen;
  if (height === rows && width === columns) return chosen;
  throw new MobileNetError("invalid-argument", "preprocess does not fit the input's resolution", {
    node: name,
    expected: `${rows} rows and ${columns} columns`,
    received: `${height} rows and ${width} columns`,
    remedy: "Give preprocess the input's width and height, or leave it out.",
  });
}
