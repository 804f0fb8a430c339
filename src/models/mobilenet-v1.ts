/**
 * MobileNetV1, for comparison (figure 4b): a 3×3 depthwise and a 1×1 pointwise convolution per
 * block, ReLU6 after both, no shortcuts and no linear bottlenecks.
 */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/ir.ts";
import { type MobileNetV2Options, requirePositive, resolutionOf } from "./mobilenet-v2.ts";

/** Each block's output channels and stride (arXiv 1704.04861, table 1). */
const blocks: readonly { readonly channels: number; readonly stride: number }[] = [
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
export function mobilenetV1(options: Omit<MobileNetV2Options, "outputStride"> = {}): Graph {
  const { width = 1, classes = 1000, batch = 1, padding = "same", epsilon = 1e-3 } = options;
  requirePositive("width", width, false);
  requirePositive("classes", classes);
  requirePositive("batch", batch);
  const [rows, columns] = resolutionOf(options);
  const convention = { padding, epsilon, activation: "relu6" } as const;
  const scale = (channels: number): number => Math.max(8, Math.floor(channels * width));
  const builder = new GraphBuilder(`mobilenet_v1_${width}_${rows}`);
  const input = builder.input("image", [batch, rows, columns, 3]);
  let x = builder.conv2d(scale(32), { name: "stem", input, kernel: 3, stride: 2, ...convention });
  for (const [index, { channels, stride }] of blocks.entries()) {
    const name = `block_${index}`;
    x = builder.depthwiseConv2d({
      name: `${name}/depthwise`,
      input: x,
      kernel: 3,
      stride,
      ...convention,
    });
    x = builder.conv2d(scale(channels), { name: `${name}/pointwise`, input: x, ...convention });
  }
  const pooled = builder.unary("globalAveragePool", "pool", x);
  const logits = builder.conv2d(classes, {
    name: "classifier",
    input: pooled,
    padding: "valid",
    activation: "none",
  });
  return builder.build([builder.unary("softmax", "probabilities", logits)]);
}
