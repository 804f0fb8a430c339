/**
 * MobileNetV2 (section 4): table 2 as data and the one builder that makes every variant of it.
 * Width, resolution, class count and output stride are arguments; heads for detection and
 * segmentation start from the same backbone.
 */
import { MobileNetError } from "../errors.ts";
import type { BlockVariant, Landmarks, MobileNetV2Architecture } from "../graph/architecture.ts";
import { GraphBuilder, type LayerOptions } from "../graph/builder.ts";
import type { Network, Padding } from "../graph/ir.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { quote } from "../untrusted.ts";
import { addClassifier } from "./classifier-head.ts";
import {
  addInvertedResidual,
  type BlockEnd,
  readVariant,
  variantSuffix,
} from "./inverted-residual.ts";
import { outOfRange, requirePadding, requirePositive, resolutionOf } from "./options.ts";

/**
 * Table 2's bottleneck rows (section 4): expansion factor t, output channels c at width 1, repeats n,
 * and the stride s of the first of them.
 *
 * @example
 * ```ts
 * table2.reduce((blocks, { repeats }) => blocks + repeats, 0); // 17
 * ```
 */
export const table2: readonly {
  readonly expansion: number;
  readonly channels: number;
  readonly repeats: number;
  readonly stride: number;
}[] = [
  { expansion: 1, channels: 16, repeats: 1, stride: 1 },
  { expansion: 6, channels: 24, repeats: 2, stride: 2 },
  { expansion: 6, channels: 32, repeats: 3, stride: 2 },
  { expansion: 6, channels: 64, repeats: 4, stride: 2 },
  { expansion: 6, channels: 96, repeats: 3, stride: 1 },
  { expansion: 6, channels: 160, repeats: 3, stride: 2 },
  { expansion: 6, channels: 320, repeats: 1, stride: 1 },
];

/** What the blocks are called, in order. */
export const blockNames: readonly string[] = table2
  .flatMap(({ repeats }) => Array.from({ length: repeats }))
  .map((_, index) => `block_${index}`);

/** Table 2's first and last convolutions. */
const stemChannels = 32;
const headChannels = 1280;

/** What the backbone may vary. */
export interface BackboneOptions {
  /** Width multiplier α; the published ones are 0.35, 0.5, 0.75, 1, 1.3 and 1.4. */
  readonly width?: number;
  /** Rows and columns of the input; one number for a square. */
  readonly resolution?: number | readonly [rows: number, columns: number];
  /** Images per run. */
  readonly batch?: number;
  /** 32, or 16 or 8 by dilating the later depthwise convolutions (section 6.3). */
  readonly outputStride?: 8 | 16 | 32;
  /** `same` for TensorFlow's weights, `symmetric` for PyTorch's. */
  readonly padding?: Extract<Padding, "same" | "symmetric">;
  /** Batch norm's ε: 1e-3 for TensorFlow's weights, 1e-5 for PyTorch's. */
  readonly epsilon?: number;
  /** Strides (1 or 2) of the stem and of table 2's seven rows, for small pictures: `cifarStrides`. */
  readonly strides?: readonly number[];
  /** Other blocks than the paper's own, as its experiments compare them (figure 6). */
  readonly block?: BlockVariant;
}

/** Table 2's strides: the stem's and those of its rows. */
export const table2Strides: readonly number[] = [2, ...table2.map(({ stride }) => stride)];

/**
 * Strides of the stem and of table 2's seven rows for pictures of 32²: the stem and the 24-channel row
 * keep the resolution, 4² is left at the end.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ resolution: 32, classes: 10, strides: cifarStrides });
 * inferShapes(graph).get(graph.landmarks.features); // [1, 4, 4, 1280]
 * ```
 */
export const cifarStrides: readonly number[] = [1, 1, 1, 2, 2, 1, 2, 1];

/** A classifier's options. */
export interface MobileNetV2Options extends BackboneOptions {
  /** Outputs of the classifier. */
  readonly classes?: number;
  /** Channels of dense ReLU layers between the pool and the classifier, as transfer learning adds. */
  readonly hidden?: readonly number[];
  /** What makes scores of the logits: a softmax, or a sigmoid each for pictures of several classes. */
  readonly scores?: "softmax" | "sigmoid";
}

/** Their names, complete by the type. */
export const backboneNames: OptionNames<BackboneOptions> = {
  width: true,
  resolution: true,
  batch: true,
  outputStride: true,
  padding: true,
  epsilon: true,
  strides: true,
  block: true,
};
const optionNames: OptionNames<MobileNetV2Options> = {
  ...backboneNames,
  classes: true,
  hidden: true,
  scores: true,
};

/**
 * Channels under a width multiplier (section 4, "trade-off hyper parameters"): the nearest multiple of 8,
 * at least 8, and never below 90 % of `width · channels`, as the authors' code rounds.
 *
 * @param channels - At width 1.
 * @param width - The multiplier α, above 0.
 *
 * @example
 * ```ts
 * scaleChannels(32, 0.35); // 16
 * ```
 */
export function scaleChannels(channels: number, width: number): number {
  requirePositive("channels", channels);
  requirePositive("width", width, false);
  const exact = channels * width;
  const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
  return rounded < 0.9 * exact ? rounded + 8 : rounded;
}

/**
 * MobileNetV2 as a classifier (section 4, table 2): the graph without weights. Outputs
 * `probabilities` `[n, 1, 1, classes]`.
 *
 * @param options - Defaults: width 1, resolution 224, 1000 classes, no hidden layers, softmax, output
 *   stride 32, batch 1, TensorFlow's padding and ε, the paper's block.
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ width: 0.5, resolution: 160, classes: 10 });
 * graph.outputs; // ["probabilities"]
 * graph.architecture.resolution; // [160, 160]
 * graph.landmarks.features; // "head/relu6"
 * const wide = mobilenetV2({ block: { shortcut: "expansion", expansion: 4 } });
 * inferShapes(wide).get("block_3/expand/add"); // [1, 56, 56, 96]
 * wide.architecture.block; // { shortcut: "expansion", expansion: 4 }
 * ```
 */
export function mobilenetV2(options: MobileNetV2Options = {}): Network<MobileNetV2Architecture> {
  checkOptions(options, optionNames, "mobilenetV2");
  const { classes = 1000, hidden = [], scores, ...shape } = options;
  const { width = 1, outputStride = 32 } = shape;
  requirePositive("width", width, false);
  const builder = new GraphBuilder(
    `mobilenet_v2_${width}_${formatResolution(options)}${variantSuffix(options.block)}`,
  );
  const backbone = addBackbone(builder, shape);
  const features = addHead(backbone);
  const { output, ...head } = addClassifier(builder, features, {
    ...{ classes, hidden },
    ...(scores && { scores }),
  });
  return {
    ...builder.build([output]),
    architecture: {
      ...{ network: "mobilenet-v2", task: "classify" },
      ...backbone.shared,
      ...{ classes, outputStride, hidden },
      ...(scores === "sigmoid" && { scores }),
    },
    landmarks: { ...backbone.landmarks, features, ...head },
  };
}

/** The tensors of a backbone that heads start from. */
export interface Backbone {
  readonly builder: GraphBuilder;
  /** What every convolution of this network shares. */
  readonly convention: Pick<LayerOptions, "padding"> & { readonly epsilon: number };
  /** Its part of the network's architecture. */
  readonly shared: Pick<
    MobileNetV2Architecture,
    "width" | "resolution" | "padding" | "epsilon" | "strides" | "block"
  >;
  /** Outputs of the stem and of each block, `block_0` … `block_16`. */
  readonly landmarks: Pick<Landmarks, "stem" | "blocks">;
  /** What each block's depthwise convolution reads: its expansion (its input where t = 1). */
  readonly expansions: readonly string[];
}

/**
 * Adds table 2 up to the last bottleneck (section 4): the picture, the stem and 17 inverted residuals
 * with linear bottlenecks. A head of one's own starts from `landmarks.blocks`; block i has
 * `[batch, rows, columns, channels]` at the output stride that has been reached there.
 *
 * @param options - Defaults: width 1, resolution 224, batch 1, output stride 32, TensorFlow's padding
 *   and ε, table 2's strides.
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * const builder = new GraphBuilder("keypoints");
 * const { landmarks, convention } = addBackbone(builder, { width: 0.5, resolution: 192 });
 * const last = landmarks.blocks.at(-1);
 * const heat = builder.conv2d(17, { name: "heat", input: last, activation: "none", ...convention });
 * const graph = builder.build([heat]);
 * inferShapes(graph).get(heat); // [1, 6, 6, 17]
 * countCost(graph).parameters; // 483074
 * ```
 */
export function addBackbone(builder: GraphBuilder, options: BackboneOptions): Backbone {
  if (!(builder instanceof GraphBuilder)) {
    throw outOfRange("builder", "a GraphBuilder", builder);
  }
  checkOptions(options, backboneNames, "addBackbone");
  const { width = 1, batch = 1, outputStride = 32, padding = "same", epsilon = 1e-3 } = options;
  requirePositive("width", width, false);
  requirePositive("batch", batch);
  if (![8, 16, 32].includes(outputStride)) {
    throw outOfRange("outputStride", "8, 16 or 32", outputStride);
  }
  requirePadding(padding);
  const resolution = resolutionOf(options);
  const convention = { padding, epsilon };
  const { stored, ...variant } = readVariant(options.block);
  const strides = options.strides ?? table2Strides;
  const wanted = 1 + table2.length;
  if (
    !Array.isArray(strides) ||
    strides.length !== wanted ||
    strides.some((s) => s !== 1 && s !== 2)
  ) {
    throw new MobileNetError("invalid-argument", "bad strides", {
      expected: `${wanted} numbers, each 1 or 2`,
      received: quote(strides),
    });
  }
  let stride: number = strides[0]!;
  const stem = builder.conv2d(scaleChannels(stemChannels, width), {
    name: "stem",
    input: builder.input("image", [batch, ...resolution, 3]),
    kernel: 3,
    stride,
    activation: "relu6",
    ...convention,
  });
  let last: BlockEnd = { output: stem };
  const [blocks, expansions]: [string[], string[]] = [[], []];
  let dilation = 1;
  for (const [index, row] of table2.entries()) {
    for (let repeat = 0; repeat < row.repeats; repeat++) {
      const wanted = repeat === 0 ? strides[index + 1]! : 1;
      const dilate = stride === outputStride && wanted > 1;
      const added = addInvertedResidual({ builder, convention }, last, {
        ...variant,
        name: blockNames[blocks.length]!,
        // All layers but the first have the same factor (section 4); there table 2 expands nothing.
        expansion: row.expansion === 1 ? 1 : variant.expansion,
        channels: scaleChannels(row.channels, width),
        stride: dilate ? 1 : wanted,
        dilation,
      });
      // A stride that is not taken becomes dilation, from the next block on.
      if (dilate) dilation *= wanted;
      else stride *= wanted;
      blocks.push(added.output);
      expansions.push(added.expanded);
      last = added;
    }
  }
  const shared = {
    ...{ width, resolution, padding, epsilon, strides },
    ...(stored && { block: stored }),
  };
  return { builder, convention, shared, landmarks: { stem, blocks }, expansions };
}

/** The last 1×1 convolution, which keeps 1280 channels where the width is below 1. */
export function addHead({ builder, convention, shared, landmarks }: Backbone): string {
  return builder.conv2d(scaleChannels(headChannels, Math.max(1, shared.width)), {
    name: "head",
    input: landmarks.blocks.at(-1)!,
    activation: "relu6",
    ...convention,
  });
}

function formatResolution(options: BackboneOptions): string {
  const [rows, columns] = resolutionOf(options);
  return rows === columns ? `${rows}` : `${rows}x${columns}`;
}
