/**
 * Reads an architecture off its weights: the heads tell the task, channel counts the width (table 2
 * times the width multiplier), the last layer the classes. What leaves no trace in the weights
 * (resolution, output stride, preprocessing) is the caller's to know.
 */
import { MobileNetError } from "../errors.ts";
import { scaleChannels, table2 } from "../models/mobilenet-v2.ts";
import type { Task } from "../models/model.ts";
import type { Shape } from "../tensor.ts";
import { quote } from "../untrusted.ts";

/** Weights by name, of which only the shapes count. */
type Shapes = ReadonlyMap<string, { readonly shape: Shape }>;

/** What the weights tell. */
export interface DetectedArchitecture {
  /** `embed` where there is no head. */
  readonly task: Task;
  /** Width multiplier, where the channels are those of one. */
  readonly width: number | undefined;
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
 * @throws MobileNetError `unsupported` where there is no first layer.
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
  if (outputs("stem") === undefined) {
    throw new MobileNetError("unsupported", "the weights have no first layer", {
      expected: "all layers of a MobileNetV2",
      received: quote([...tensors.keys()]),
    });
  }
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
  return { ...base, task: "embed", classes: 0 };
}

function nextHidden(hidden: readonly number[]): string {
  return `hidden_${hidden.length + 1}`;
}

function detectWidth(outputs: (layer: string) => number | undefined): number | undefined {
  let block = 0;
  const rows = table2.map(({ channels, repeats }) => {
    block += repeats;
    return { channels, layer: `block_${block - 1}/project` };
  });
  const layers = [{ channels: 32, layer: "stem" }, ...rows];
  return widths.find((candidate) =>
    layers.every(({ channels, layer }) => outputs(layer) === scaleChannels(channels, candidate)),
  );
}
