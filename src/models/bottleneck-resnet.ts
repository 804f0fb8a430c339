/**
 * ResNet's bottleneck (figure 3a) beside MobileNetV2's block: the same rows, stem and head, but 1×1
 * convolutions reduce, a full 3×3 one filters the narrow tensor, and shortcuts join the wide ends. Channel
 * numbers are chosen so that both networks take equally many multiply-adds.
 */
import type { BottleneckResnetArchitecture } from "../graph/architecture.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Network } from "../graph/ir.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { addClassifier } from "./classifier-head.ts";
import type { MobileNetV1Options } from "./mobilenet-v1.ts";
import { scaleChannels, table2 } from "./mobilenet-v2.ts";
import { requirePadding, requirePositive, resolutionOf } from "./options.ts";

/** Options of the network of ResNet's bottlenecks: those of MobileNetV1. */
export type BottleneckResnetOptions = MobileNetV1Options;

const optionNames: OptionNames<BottleneckResnetOptions> = {
  width: true,
  resolution: true,
  batch: true,
  padding: true,
  epsilon: true,
  classes: true,
};

/** How many times as many channels the wide ends have as the 3×3 convolution, as in ResNet. */
const reduction = 4;

/**
 * Channels of the wide ends in each of table 2's rows, at width 1. The narrow tensor has 0.63 times the
 * row's own channels, rounded to a multiple of 8, and these are four times that. Of all factors in
 * hundredths 0.63 comes nearest to MobileNetV2's multiply-adds at 224²: 298.8 M for 300.8 M (0.64 makes
 * 303.7 M).
 */
const wideChannels = [32, 64, 96, 160, 256, 416, 800] as const;

const [stemChannels, headChannels] = [32, 1280];

/**
 * A network of ResNet's bottlenecks as a classifier, for comparison with MobileNetV2 of the same width
 * and resolution: within 1 % of its multiply-adds at width 1 and 224². Outputs `probabilities`
 * `[n, 1, 1, classes]`.
 *
 * A block is reduce (1×1, ReLU) → filter (3×3, the stride, ReLU) → expand (1×1, linear), plus the shortcut,
 * and ReLU after the sum. Where channels or stride change, the shortcut is a 1×1 convolution. Every
 * convolution has a batch norm. At other widths the multiply-adds are 0.86 to 1.01 of MobileNetV2's.
 *
 * @param options - Defaults: width 1, resolution 224, 1000 classes, batch 1, TensorFlow's padding and ε.
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * const graph = bottleneckResnet({ classes: 10 });
 * const shapes = inferShapes(graph);
 * shapes.get("block_2/filter"); // [1, 56, 56, 16]
 * shapes.get("block_2/relu"); // [1, 56, 56, 64]
 * graph.architecture.network; // "bottleneck-resnet"
 * ```
 */
export function bottleneckResnet(
  options: BottleneckResnetOptions = {},
): Network<BottleneckResnetArchitecture> {
  checkOptions(options, optionNames, "bottleneckResnet");
  const { width = 1, classes = 1000, batch = 1, padding = "same", epsilon = 1e-3 } = options;
  requirePositive("width", width, false);
  requirePositive("batch", batch);
  requirePadding(padding);
  const resolution = resolutionOf(options);
  const convention = { padding, epsilon } as const;
  const builder = new GraphBuilder(`bottleneck_resnet_${width}_${resolution[0]}`);
  const stem = builder.conv2d(scaleChannels(stemChannels, width), {
    name: "stem",
    input: builder.input("image", [batch, ...resolution, 3]),
    kernel: 3,
    stride: 2,
    activation: "relu",
    ...convention,
  });
  const blocks: string[] = [];
  for (const [row, { repeats, stride }] of table2.entries()) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const output = addBottleneck({ builder, convention }, blocks.at(-1) ?? stem, {
        name: `block_${blocks.length}`,
        channels: scaleChannels(wideChannels[row]!, width),
        stride: repeat === 0 ? stride : 1,
      });
      blocks.push(output);
    }
  }
  const features = builder.conv2d(scaleChannels(headChannels, Math.max(1, width)), {
    name: "head",
    input: blocks.at(-1)!,
    activation: "relu",
    ...convention,
  });
  const { output, ...head } = addClassifier(builder, features, { classes, hidden: [] });
  const shared = { width, resolution, classes, padding, epsilon };
  return {
    ...builder.build([output]),
    architecture: { network: "bottleneck-resnet", task: "classify", ...shared },
    landmarks: { stem, blocks, features, ...head },
  };
}

interface BottleneckOptions {
  readonly name: string;
  readonly channels: number;
  readonly stride: number;
}

/** Reduce, filter, expand; the shortcut joins the wide ends, and ReLU comes after the sum. */
function addBottleneck(
  {
    builder,
    convention,
  }: {
    readonly builder: GraphBuilder;
    readonly convention: { readonly padding: "same" | "symmetric"; readonly epsilon: number };
  },
  input: string,
  { name, channels, stride }: BottleneckOptions,
): string {
  const layer = (part: string, from: string) =>
    ({ name: `${name}/${part}`, input: from, ...convention }) as const;
  const narrow = channels / reduction;
  const reduced = builder.conv2d(narrow, { ...layer("reduce", input), activation: "relu" });
  const filtered = builder.conv2d(narrow, {
    ...layer("filter", reduced),
    kernel: 3,
    stride,
    activation: "relu",
  });
  const expanded = builder.conv2d(channels, { ...layer("expand", filtered), activation: "none" });
  const same = stride === 1 && builder.channels(input) === channels;
  const shortcut = same
    ? input
    : builder.conv2d(channels, { ...layer("shortcut", input), stride, activation: "none" });
  return builder.activation(`${name}/relu`, builder.add(`${name}/add`, shortcut, expanded), "relu");
}
