/**
 * MobileNetV1, for comparison (figure 4b): a 3×3 depthwise and a 1×1 pointwise convolution per
 * block, ReLU6 after both, no shortcuts and no linear bottlenecks.
 */
import type { MobileNetV1Architecture } from "../graph/architecture.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Network } from "../graph/ir.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { addClassifier } from "./classifier-head.ts";
import type { MobileNetV2Options } from "./mobilenet-v2.ts";
import { requirePadding, requirePositive, resolutionOf } from "./options.ts";

/** A MobileNetV1's options. */
export type MobileNetV1Options = Omit<
  MobileNetV2Options,
  "outputStride" | "strides" | "block" | "hidden" | "scores"
>;

const optionNames: OptionNames<MobileNetV1Options> = {
  width: true,
  resolution: true,
  batch: true,
  padding: true,
  epsilon: true,
  classes: true,
};

/** Each block's output channels and stride (arXiv 1704.04861, table 1). */
const table1: readonly { readonly channels: number; readonly stride: number }[] = [
  { channels: 64, stride: 1 },
  { channels: 128, stride: 2 },
  { channels: 128, stride: 1 },
  { channels: 256, stride: 2 },
  { channels: 256, stride: 1 },
  { channels: 512, stride: 2 },
  ...Array.from({ length: 5 }, () => ({ channels: 512, stride: 1 })),
  { channels: 1024, stride: 2 },
  { channels: 1024, stride: 1 },
];

/**
 * MobileNetV1 as a classifier. Outputs `probabilities` `[n, 1, 1, classes]`.
 *
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * mobilenetV1({ width: 1, resolution: 224 }).outputs; // ["probabilities"]
 * ```
 */
export function mobilenetV1(options: MobileNetV1Options = {}): Network<MobileNetV1Architecture> {
  checkOptions(options, optionNames, "mobilenetV1");
  const { width = 1, classes = 1000, batch = 1, padding = "same", epsilon = 1e-3 } = options;
  requirePositive("width", width, false);
  requirePositive("batch", batch);
  requirePadding(padding);
  const resolution = resolutionOf(options);
  const convention = { padding, epsilon, activation: "relu6" } as const;
  const scale = (channels: number): number => Math.max(8, Math.floor(channels * width));
  const builder = new GraphBuilder(`mobilenet_v1_${width}_${resolution[0]}`);
  const input = builder.input("image", [batch, ...resolution, 3]);
  const stem = builder.conv2d(scale(32), {
    name: "stem",
    input,
    kernel: 3,
    stride: 2,
    ...convention,
  });
  const blocks: string[] = [];
  let x = stem;
  for (const [index, { channels, stride }] of table1.entries()) {
    const name = `block_${index}`;
    x = builder.depthwiseConv2d({
      name: `${name}/depthwise`,
      input: x,
      kernel: 3,
      stride,
      ...convention,
    });
    x = builder.conv2d(scale(channels), { name: `${name}/pointwise`, input: x, ...convention });
    blocks.push(x);
  }
  const { output, ...head } = addClassifier(builder, x, { classes, hidden: [] });
  const shared = { width, resolution, classes, padding, epsilon };
  return {
    ...builder.build([output]),
    architecture: { network: "mobilenet-v1", task: "classify", ...shared },
    landmarks: { stem, blocks, features: x, ...head },
  };
}
