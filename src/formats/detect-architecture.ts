/**
 * Reads an architecture off its weights: the heads tell the task, channel counts the width (table 2
 * times the width multiplier), the last layer the classes. What leaves no trace in the weights
 * (resolution, output stride, preprocessing) is the caller's to know.
 */
import { MobileNetError } from "../errors.ts";
import { scaleChannels, table2 } from "../models/mobilenet-v2.ts";
import type { HeadTask } from "../models/model.ts";
import type { Shape } from "../tensor.ts";

/** Weights by name, of which only the shapes count. */
type Shapes = ReadonlyMap<string, { readonly shape: Shape }>;

/** What the weights tell. */
export interface DetectedArchitecture {
  readonly task: HeadTask;
  /** Width multiplier. */
  readonly width: number;
  /** Outputs of the classifier or segmenter; object classes without the background of a detector. */
  readonly classes: number;
  /** Channels of dense layers between the pool and the classifier; mostly none. */
  readonly hidden: readonly number[];
  /** Whether a segmenter has the atrous branches. */
  readonly aspp: boolean;
}

/** Published widths first, so that the usual one wins where rounding makes several alike. */
const widths: readonly number[] = [
  1,
  1.4,
  1.3,
  0.75,
  0.5,
  0.35,
  ...Array.from({ length: 40 }, (_, i) => (i + 1) / 20),
];

/** Anchors per cell of a detector's first feature map. */
const firstMapAnchors = 3;

/**
 * The architecture of weights under this library's names.
 *
 * @throws MobileNetError `unsupported` where the channels fit no width multiplier or no head is there.
 *
 * @example
 * ```ts
 * const { parameters } = mobilenetV2({ width: 0.5, classes: 5 });
 * const { task, width, classes } = detectArchitecture(parameters);
 * [task, width, classes]; // ["classify", 0.5, 5]
 * ```
 */
export function detectArchitecture(tensors: Shapes): DetectedArchitecture {
  const outputs = (layer: string): number | undefined =>
    tensors.get(`${layer}/weights`)?.shape.at(-1);
  const width = detectWidth(outputs);
  const hidden: number[] = [];
  for (let size = outputs("hidden_1"); size !== undefined; size = outputs(nextHidden(hidden))) {
    hidden.push(size);
  }
  const base = { width, hidden, aspp: tensors.has("aspp/atrous_1/weights") };
  const [detector, segmenter, classifier] = ["class_0/project", "logits", "classifier"].map(
    outputs,
  );
  if (detector !== undefined) {
    return { ...base, task: "detect", classes: Math.floor(detector / firstMapAnchors) - 1 };
  }
  if (segmenter !== undefined) return { ...base, task: "segment", classes: segmenter };
  if (classifier !== undefined) return { ...base, task: "classify", classes: classifier };
  throw new MobileNetError("unsupported", "the weights have no head", {
    expected: "a classifier, SSDLite predictors or DeepLab logits",
    received: "a backbone only",
  });
}

function nextHidden(hidden: readonly number[]): string {
  return `hidden_${hidden.length + 1}`;
}

function detectWidth(outputs: (layer: string) => number | undefined): number {
  let block = 0;
  const rows = table2.map(({ channels, repeats }) => {
    block += repeats;
    return { channels, layer: `block_${block - 1}/project` };
  });
  const layers = [{ channels: 32, layer: "stem" }, ...rows];
  const width = widths.find((candidate) =>
    layers.every(({ channels, layer }) => outputs(layer) === scaleChannels(channels, candidate)),
  );
  if (width === undefined) {
    throw new MobileNetError("unsupported", "the channels fit no width multiplier of table 2", {
      expected: layers.map(({ channels }) => channels).join(", "),
      received: layers.map(({ layer }) => outputs(layer) ?? "none").join(", "),
    });
  }
  return width;
}
