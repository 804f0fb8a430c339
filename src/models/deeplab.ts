/**
 * Mobile DeepLabv3 (section 6.3): the backbone with a smaller output stride by dilation, and a head
 * on the 320-channel feature map (the second to last, V2* in table 7). The light head has an
 * image-pooling and a pointwise branch; ASPP adds three 3×3 branches with growing dilation.
 */
import type { DeeplabV3Architecture } from "../graph/architecture.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Network } from "../graph/ir.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { variantSuffix } from "./inverted-residual.ts";
import { addBackbone, type BackboneOptions, backboneNames } from "./mobilenet-v2.ts";
import { outOfRange, requirePositive, resolutionOf } from "./options.ts";

/** Options of the segmenter. */
export interface DeeplabV3Options extends BackboneOptions {
  /** 8 or 16, or 32 to dilate nothing. Default: 16, or less where the strides come to less. */
  readonly outputStride?: 8 | 16 | 32;
  /** Classes including the background. */
  readonly classes?: number;
  /** Atrous spatial pyramid pooling in place of the light head. */
  readonly aspp?: boolean;
}

const optionNames: OptionNames<DeeplabV3Options> = {
  ...backboneNames,
  classes: true,
  aspp: true,
};

/** Channels of every branch of the head. */
const headDepth = 256;

/** ASPP's dilations at output stride 16; twice these at 8. */
const asppDilations = [6, 12, 18] as const;

/**
 * The segmenter's graph (section 6.3). Outputs `logits` `[n, rows, columns, classes]` at the output stride; the
 * caller upsamples them to the image.
 *
 * @param options - Defaults: width 1, resolution 513, 21 classes, output stride 16, light head.
 * @throws MobileNetError `invalid-argument` when an option is out of range.
 *
 * @example
 * ```ts
 * deeplabV3({ outputStride: 8 }).outputs; // ["logits"]
 * ```
 */
export function deeplabV3(options: DeeplabV3Options = {}): Network<DeeplabV3Architecture> {
  checkOptions(options, optionNames, "deeplabV3");
  const { classes = 21, aspp = false, outputStride: wanted = 16, ...shape } = options;
  requirePositive("classes", classes);
  if (typeof aspp !== "boolean") throw outOfRange("aspp", "true or false", aspp);
  const { width = 1 } = shape;
  const resolution = resolutionOf(options, 513);
  const builder = new GraphBuilder(
    `deeplabv3_mobilenet_v2_${width}_${resolution[0]}${variantSuffix(options.block)}`,
  );
  const backbone = addBackbone(builder, { ...shape, resolution, outputStride: wanted });
  const reached = backbone.shared.strides.reduce((product, stride) => product * stride, 1);
  if (options.outputStride !== undefined && wanted > reached) {
    throw outOfRange("outputStride", `at most ${reached}, which the strides come to`, wanted);
  }
  const outputStride = Math.min(wanted, reached) as 8 | 16 | 32;
  const features = backbone.landmarks.blocks.at(-1)!;
  const shared = { ...backbone.convention, activation: "relu" } as const;
  const branch = (name: string, input: string): string =>
    builder.conv2d(headDepth, { name: `aspp/${name}`, input, ...shared });

  const pooled = branch("image_pool", builder.unary("globalAveragePool", "pool", features));
  const size = resolution.map((pixels) => Math.ceil(pixels / outputStride)) as [number, number];
  const upsampled = builder.resizeBilinear("aspp/image_pool/resize", pooled, {
    size,
    alignCorners: true,
    halfPixelCenters: false,
  });
  const branches = [upsampled, branch("pointwise", features)];
  if (aspp) {
    for (const [index, dilation] of asppDilations.entries()) {
      branches.push(
        builder.conv2d(headDepth, {
          name: `aspp/atrous_${index + 1}`,
          input: features,
          kernel: 3,
          dilation: dilation * (16 / outputStride),
          ...shared,
        }),
      );
    }
  }
  const joined = branch("project", builder.concat("aspp/concat", branches, 3));
  const logits = builder.conv2d(classes, {
    name: "logits",
    input: joined,
    padding: "valid",
    activation: "none",
  });
  return {
    ...builder.build([logits]),
    architecture: {
      ...{ network: "deeplabv3", task: "segment" },
      ...backbone.shared,
      ...{ classes, outputStride, aspp },
    },
    landmarks: { ...backbone.landmarks, features, logits },
  };
}
