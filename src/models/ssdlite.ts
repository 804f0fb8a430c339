/**
 * SSDLite on MobileNetV2 (section 6.2) as TensorFlow published it for COCO: six feature maps, the
 * first taken from the expansion of block 13, every predictor a 3×3 depthwise and a 1×1
 * convolution. The plain SSD predictors of table 5 are a variant of the same builder.
 */
import type { SsdliteArchitecture } from "../graph/architecture.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Network } from "../graph/ir.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { variantSuffix } from "./inverted-residual.ts";
import { addBackbone, addHead, type Backbone, type BackboneOptions } from "./mobilenet-v2.ts";
import type { AnchorSettings, DetectionSettings } from "./model.ts";
import { outOfRange, requirePositive, resolutionOf } from "./options.ts";

/** Options of the detector. */
export interface SsdliteOptions extends Omit<BackboneOptions, "outputStride"> {
  /** Object classes, without the background. */
  readonly classes?: number;
  /** `separable` is SSDLite; `full` has plain 3×3 convolutions, the SSD of table 5. */
  readonly predictors?: "separable" | "full";
  /**
   * What makes scores of an anchor's logits: a `sigmoid` each, as published, or a `softmax` over
   * background and classes, as in the original SSD.
   */
  readonly scores?: "sigmoid" | "softmax";
}

const optionNames: OptionNames<SsdliteOptions> = {
  width: true,
  resolution: true,
  batch: true,
  padding: true,
  epsilon: true,
  strides: true,
  block: true,
  classes: true,
  predictors: true,
  scores: true,
};

/** Extra feature layers on top of the backbone: reduce by 1×1, then 3×3 with stride 2. */
const extraLayers: readonly { readonly reduce: number; readonly channels: number }[] = [
  { reduce: 256, channels: 512 },
  { reduce: 128, channels: 256 },
  { reduce: 128, channels: 256 },
  { reduce: 64, channels: 128 },
];

/** Anchors per cell: three on the first map, six on the others. */
const anchorsPerCell = [3, 6, 6, 6, 6, 6] as const;

/**
 * The detector's graph (section 6.2). Outputs `box_encodings` `[n, anchors, 1, 4]` and `class_scores`
 * `[n, anchors, 1, 1 + classes]` (column 0: background); 1917 anchors at 300².
 *
 * @param options - Defaults: width 1, resolution 300, 90 classes, batch 1, separable predictors,
 *   scores by sigmoid.
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * ssdlite({ resolution: 320, classes: 80 }).outputs; // ["box_encodings", "class_scores"]
 * ```
 */
export function ssdlite(options: SsdliteOptions = {}): Network<SsdliteArchitecture> {
  checkOptions(options, optionNames, "ssdlite");
  const { classes = 90, predictors = "separable", scores = "sigmoid", ...shape } = options;
  requirePositive("classes", classes);
  if (scores !== "sigmoid" && scores !== "softmax") {
    throw outOfRange("scores", '"sigmoid" or "softmax"', scores);
  }
  const { width = 1 } = shape;
  const resolution = resolutionOf(options, 300);
  const builder = new GraphBuilder(
    `ssdlite_mobilenet_v2_${width}_${resolution[0]}${variantSuffix(options.block)}`,
  );
  const backbone = addBackbone(builder, { ...shape, resolution });
  // Block 13 is the first with stride 32; its expansion still has stride 16.
  const features = addHead(backbone);
  const maps = [backbone.expansions[13]!, features];
  for (const [index, extra] of extraLayers.entries()) {
    maps.push(addExtra(backbone, maps.at(-1)!, { ...extra, index, predictors }));
  }
  const [boxes, logits] = (["box", "class"] as const).map((kind) => {
    const values = kind === "box" ? 4 : classes + 1;
    const parts = maps.map((input, map) =>
      addPredictor(backbone, input, { kind, map, values, resolution, predictors }),
    );
    return builder.concat(kind === "box" ? "box_encodings" : "class_logits", parts, 1);
  }) as [string, string];
  return {
    ...builder.build([boxes, builder.unary(scores, "class_scores", logits)]),
    architecture: {
      ...{ network: "ssdlite", task: "detect" },
      ...backbone.shared,
      ...{ classes, predictors, ...(scores === "softmax" ? { scores } : {}) },
    },
    landmarks: { ...backbone.landmarks, features, logits },
  };
}

interface ExtraOptions {
  readonly index: number;
  readonly reduce: number;
  readonly channels: number;
  readonly predictors: "separable" | "full";
}

function addExtra(
  { builder, convention, shared: { width } }: Backbone,
  input: string,
  extra: ExtraOptions,
): string {
  const name = `extra_${extra.index + 1}`;
  const depth = (channels: number): number => Math.max(16, Math.floor(channels * width));
  const window = { kernel: 3, stride: 2 } as const;
  const shared = { activation: "relu6", ...convention } as const;
  const reduced = builder.conv2d(depth(extra.reduce), { name: `${name}/reduce`, input, ...shared });
  if (extra.predictors === "full") {
    const layer = { name: `${name}/project`, input: reduced, ...window, ...shared };
    return builder.conv2d(depth(extra.channels), layer);
  }
  const filtered = builder.depthwiseConv2d({
    name: `${name}/depthwise`,
    input: reduced,
    ...window,
    ...shared,
  });
  return builder.conv2d(depth(extra.channels), {
    name: `${name}/project`,
    input: filtered,
    ...shared,
  });
}

interface PredictorOptions {
  readonly kind: "box" | "class";
  readonly map: number;
  readonly values: number;
  readonly resolution: readonly [number, number];
  readonly predictors: "separable" | "full";
}

function addPredictor(
  { builder, convention }: Backbone,
  input: string,
  predictor: PredictorOptions,
): string {
  const { kind, map, values, predictors } = predictor;
  const name = `${kind}_${map}`;
  const perCell = anchorsPerCell[map]!;
  const separable = predictors === "separable";
  const filtered = separable
    ? builder.depthwiseConv2d({
        name: `${name}/depthwise`,
        input,
        kernel: 3,
        activation: "relu6",
        ...convention,
      })
    : input;
  const projected = builder.conv2d(perCell * values, {
    name: `${name}/project`,
    input: filtered,
    kernel: separable ? 1 : 3,
    padding: "same",
    activation: "none",
  });
  const [rows, columns] = featureMapSizes(predictor.resolution)[map]!;
  return builder.reshape(`${name}/anchors`, projected, [rows * columns * perCell, 1, values]);
}

/**
 * Rows and columns of the six feature maps: strides 16, 32, 64, 128, 256 and 512, each halving
 * rounded up.
 *
 * @example
 * ```ts
 * featureMapSizes([300, 300])[0]; // [19, 19]
 * ```
 */
export function featureMapSizes(
  resolution: readonly [number, number],
): readonly (readonly [number, number])[] {
  return anchorsPerCell.map((_, map) => {
    const halve = (size: number): number => {
      let halved = size;
      for (let i = 0; i < map + 4; i++) halved = Math.ceil(halved / 2);
      return halved;
    };
    return [halve(resolution[0]), halve(resolution[1])] as const;
  });
}

/** The published anchor grid: scales 0.2 to 0.95, five aspect ratios, a reduced first map. */
export function ssdliteAnchors(resolution: readonly [number, number] = [300, 300]): AnchorSettings {
  return {
    featureMaps: featureMapSizes(resolution),
    minScale: 0.2,
    maxScale: 0.95,
    // The published weights were trained with this rounding of 1/3.
    aspectRatios: [1, 2, 0.5, 3, 0.3333],
    reduceBoxesInLowestLayer: true,
  };
}

/**
 * The Object Detection API's settings for this network; thresholds as applications want them.
 *
 * @param resolution - `[rows, columns]` of the network's input.
 * @throws MobileNetError `invalid-argument` for other sizes.
 *
 * @example
 * ```ts
 * const { boxCoder, scoreThreshold } = ssdliteDetection([320, 320]);
 * [boxCoder, scoreThreshold]; // [[10, 10, 5, 5], 0.5]
 * ```
 */
export function ssdliteDetection(resolution: readonly [number, number]): DetectionSettings {
  return {
    anchors: ssdliteAnchors(resolutionOf({ resolution }, 300)),
    boxCoder: [10, 10, 5, 5],
    scoreThreshold: 0.5,
    iouThreshold: 0.6,
    maxDetections: 100,
  };
}
