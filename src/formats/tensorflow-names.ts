/**
 * How TensorFlow's programs name MobileNetV2's weights, and this library: tables of the layers and of
 * what a tensor is to its layer. Published weights have these names, so pages that run them need no more.
 */
import { formatShape, type Tensor } from "../tensor.ts";
import { invalidModel } from "./files.ts";
import {
  type LayerName,
  type NameTable,
  renamed,
  type SchemeRow,
  type WeightConvention,
  type WeightPart,
  type WeightPlace,
} from "./naming-scheme.ts";

/** Who named the weights. `canonical` are this library's own names. */
export type TensorflowScheme = "slim" | "keras" | "canonical";

const slimLayers: NameTable<LayerName> = [
  [/^Conv$/, "stem"],
  [/^expanded_conv\/(depthwise|project)$/, "block_0/$1"],
  [/^expanded_conv_(\d+)\/(expand|depthwise|project)$/, "block_$1/$2"],
  [/^Conv_1$/, "head"],
  [/^Logits\/Conv2d_1c_1x1$/, "classifier"],
  // Object Detection API: extra layers count from 2, ours from 1.
  [/^layer_19_1_Conv2d_(\d)_1x1_\d+$/, (k) => `extra_${Number(k) - 1}/reduce`],
  [/^layer_19_2_Conv2d_(\d)_3x3_s2_\d+_depthwise$/, (k) => `extra_${Number(k) - 1}/depthwise`],
  [/^layer_19_2_Conv2d_(\d)_3x3_s2_\d+$/, (k) => `extra_${Number(k) - 1}/project`],
  [/^BoxPredictor_(\d)\/BoxEncodingPredictor_depthwise$/, "box_$1/depthwise"],
  [/^BoxPredictor_(\d)\/BoxEncodingPredictor$/, "box_$1/project"],
  [/^BoxPredictor_(\d)\/ClassPredictor_depthwise$/, "class_$1/depthwise"],
  [/^BoxPredictor_(\d)\/ClassPredictor$/, "class_$1/project"],
  // DeepLab.
  [/^image_pooling$/, "aspp/image_pool"],
  [/^aspp0$/, "aspp/pointwise"],
  [/^aspp([123])$/, "aspp/atrous_$1"],
  [/^concat_projection$/, "aspp/project"],
  [/^logits\/semantic$/, "logits"],
];

/** Longest first, because a name is cut where one of these ends it. */
const slimParts: NameTable<WeightPart> = [
  [/\/Conv2D\/merged_input$/, "weights"],
  [/\/(?:depthwise_weights|weights|Conv2D_weights)$/, "weights"],
  [/\/biases$/, "bias"],
  // Folded: y = conv(x, weights · mul) + sub.
  [/\/BatchNorm\/batchnorm\/sub$/, "bias"],
  [/\/BatchNorm\/batchnorm\/mul$/, "scale"],
  [/\/BatchNorm\/FusedBatchNorm(?:V\d)?\/Offset$/, "bias"],
  [/\/BatchNorm\/FusedBatchNorm(?:V\d)?\/Scaled$/, "scale"],
  [/\/(?:Conv2D|depthwise)_bn_offset$/, "bias"],
  [/\/BatchNorm\/gamma$/, "batch_norm/gamma"],
  [/\/BatchNorm\/beta$/, "batch_norm/beta"],
  [/\/BatchNorm\/moving_mean$/, "batch_norm/mean"],
  [/\/BatchNorm\/moving_variance$/, "batch_norm/variance"],
];

/** Keras numbers its blocks as we do; block 0 is `expanded_conv`. */
const kerasLayers: NameTable<LayerName> = [
  [/^(?:Conv1|bn_Conv1)$/, "stem"],
  [/^expanded_conv_(depthwise|project)(?:_BN)?$/, "block_0/$1"],
  [/^block_(\d+)_(expand|depthwise|project)(?:_BN)?$/, "block_$1/$2"],
  [/^(?:Conv_1|Conv_1_bn)$/, "head"],
  [/^(?:Logits|predictions)$/, "classifier"],
  // Dense layers of a transfer-learnt head; mapWeights puts them in order.
  [/^(dense(?:_\d+)?)$/, "$1"],
];

const kerasParts: NameTable<WeightPart> = [
  [/\/(?:kernel|depthwise_kernel)$/, "weights"],
  [/\/bias$/, "bias"],
  [/\/gamma$/, "batch_norm/gamma"],
  [/\/beta$/, "batch_norm/beta"],
  [/\/moving_mean$/, "batch_norm/mean"],
  [/\/moving_variance$/, "batch_norm/variance"],
];

const canonicalParts: NameTable<WeightPart> = [
  [/\/batch_norm\/gamma$/, "batch_norm/gamma"],
  [/\/batch_norm\/beta$/, "batch_norm/beta"],
  [/\/batch_norm\/mean$/, "batch_norm/mean"],
  [/\/batch_norm\/variance$/, "batch_norm/variance"],
  [/\/weights$/, "weights"],
  [/\/bias$/, "bias"],
];

const canonicalLayers: NameTable<LayerName> = [
  [
    /^((?:block_\d+|extra_\d|box_\d|class_\d)\/(?:expand|depthwise|project|reduce)|aspp\/\w+|stem|head|hidden_\d+|classifier|logits)$/,
    "$1",
  ],
];

const tensorflow: WeightConvention = { padding: "same", epsilon: 1e-3, range: "-1..1" };

/** The schemes whose tensors lie as TensorFlow's do. */
export const tensorflowSchemes: Readonly<Record<TensorflowScheme, SchemeRow>> = {
  canonical: {
    title: "this library",
    mark: /^stem\/weights$/,
    layout: "tensorflow",
    filters: tensorflowFilters,
    convention: tensorflow,
    localNames: () => (name) => name,
    place: (local) => placeBy(local, canonicalLayers, canonicalParts),
  },
  slim: {
    title: "TensorFlow's slim",
    mark: /(?:^|\/)expanded_conv\/depthwise\/depthwise_weights$/,
    layout: "tensorflow",
    filters: tensorflowFilters,
    convention: tensorflow,
    localNames: () => (name) => name.replace(/^(?:.*\/)?MobilenetV2\//, ""),
    place: (local) => placeBy(local, slimLayers, slimParts),
    written: {
      layers: slimLayers,
      parts: slimParts.map(([pattern]) => pattern),
      // DeepLab's own layers stand beside the network.
      fullName: (local) => (/^[A-Z]|^expanded/.test(local) ? `MobilenetV2/${local}` : local),
      write: (layer, weights) =>
        layer.endsWith("/depthwise") ? { ...weights, shape: [...weights.shape, 1] } : weights,
    },
  },
  keras: {
    title: "Keras",
    mark: /(?:^|\/)expanded_conv_depthwise\/depthwise_kernel(?::0)?$/,
    layout: "tensorflow",
    filters: tensorflowFilters,
    convention: tensorflow,
    // Weight files write the layer twice, and which of a variable's outputs it is: `Conv1/Conv1/kernel:0`.
    localNames: () => (name) => name.replace(/^.*\/(?=[^/]+\/[^/]+$)/, "").replace(/:0$/, ""),
    place: (local) => placeBy(local, kerasLayers, kerasParts),
  },
};

/** By a table for what ends a name, and one for what is left of it. */
function placeBy(
  local: string,
  layers: NameTable<LayerName>,
  parts: NameTable<WeightPart>,
): WeightPlace | undefined {
  const part = parts.find(([pattern]) => pattern.test(local));
  const layer = part && renamed(local.replace(part[0], ""), layers);
  return layer === undefined ? undefined : { layer, part: part![1] };
}

/** `[rows, columns, channels, 1]` loses its multiplier; a dense `[in, out]` becomes 1×1. */
function tensorflowFilters(name: string, weights: Tensor<"float32">): Tensor<"float32"> {
  const { shape } = weights;
  if (name.endsWith("/depthwise") && shape.length === 4) {
    if (shape[3] !== 1) {
      throw invalidModel(name, "bad depth multiplier", "1 filter per channel", formatShape(shape));
    }
    return { ...weights, shape: shape.slice(0, 3) };
  }
  return shape.length === 2 ? { ...weights, shape: [1, 1, ...shape] } : weights;
}
