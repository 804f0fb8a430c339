/**
 * How others name MobileNetV2's weights, as tables: slim (TensorFlow's research code, also after its
 * exporters folded the batch norms) and Keras. A name is a layer and a part; each scheme is one table
 * for layers and one for parts, and maps onto ours: `block_3/expand/weights`.
 */
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** Who named the weights. `canonical` are this library's own names. */
export type NamingScheme = "slim" | "keras" | "canonical";

/** What a tensor is to its layer. `scale` multiplies the weights, where an exporter left it apart. */
export type WeightPart =
  | "weights"
  | "bias"
  | "scale"
  | "batch_norm/gamma"
  | "batch_norm/beta"
  | "batch_norm/mean"
  | "batch_norm/variance";

/** A tensor's place in our network. */
export interface WeightPlace {
  readonly layer: string;
  readonly part: WeightPart;
}

/** Pattern of a whole name → ours; `$1` as in `String.replace`, a function where numbers shift. */
type Table<T> = readonly (readonly [RegExp, T])[];
type LayerName = string | ((number: string) => string);

const slimLayers: Table<LayerName> = [
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
const slimParts: Table<WeightPart> = [
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
const kerasLayers: Table<LayerName> = [
  [/^(?:Conv1|bn_Conv1)$/, "stem"],
  [/^expanded_conv_(depthwise|project)(?:_BN)?$/, "block_0/$1"],
  [/^block_(\d+)_(expand|depthwise|project)(?:_BN)?$/, "block_$1/$2"],
  [/^(?:Conv_1|Conv_1_bn)$/, "head"],
  [/^(?:Logits|predictions)$/, "classifier"],
  // Dense layers of a transfer-learnt head; mapWeights puts them in order.
  [/^(dense(?:_\d+)?)$/, "$1"],
];

const kerasParts: Table<WeightPart> = [
  [/\/(?:kernel|depthwise_kernel)$/, "weights"],
  [/\/bias$/, "bias"],
  [/\/gamma$/, "batch_norm/gamma"],
  [/\/beta$/, "batch_norm/beta"],
  [/\/moving_mean$/, "batch_norm/mean"],
  [/\/moving_variance$/, "batch_norm/variance"],
];

const canonicalParts: Table<WeightPart> = [
  [/\/batch_norm\/gamma$/, "batch_norm/gamma"],
  [/\/batch_norm\/beta$/, "batch_norm/beta"],
  [/\/batch_norm\/mean$/, "batch_norm/mean"],
  [/\/batch_norm\/variance$/, "batch_norm/variance"],
  [/\/weights$/, "weights"],
  [/\/bias$/, "bias"],
];

const canonicalLayers: Table<LayerName> = [
  [
    /^((?:block_\d+|extra_\d|box_\d|class_\d)\/(?:expand|depthwise|project|reduce)|aspp\/\w+|stem|head|hidden_\d+|classifier|logits)$/,
    "$1",
  ],
];

const schemes: Readonly<
  Record<
    NamingScheme,
    {
      /** A weight that every network of the scheme has. */
      readonly mark: RegExp;
      /** What may stand before a layer's name. */
      readonly prefix: RegExp;
      readonly layers: Table<LayerName>;
      readonly parts: Table<WeightPart>;
    }
  >
> = {
  canonical: {
    mark: /^stem\/weights$/,
    prefix: /^/,
    layers: canonicalLayers,
    parts: canonicalParts,
  },
  slim: {
    mark: /(?:^|\/)expanded_conv\/depthwise\/depthwise_weights$/,
    prefix: /^(?:.*\/)?MobilenetV2\//,
    layers: slimLayers,
    parts: slimParts,
  },
  keras: {
    mark: /(?:^|\/)expanded_conv_depthwise\/depthwise_kernel$/,
    prefix: /^.*\/(?=[^/]+\/[^/]+$)/,
    layers: kerasLayers,
    parts: kerasParts,
  },
};

/**
 * Who named these weights.
 *
 * @throws MobileNetError `unsupported` where no scheme knows them.
 *
 * @example
 * ```ts
 * detectScheme(["stem/weights"]); // "canonical"
 * ```
 */
export function detectScheme(names: Iterable<string>): NamingScheme {
  const list = [...names];
  for (const scheme of Object.keys(schemes) as NamingScheme[]) {
    if (list.some((name) => schemes[scheme].mark.test(name))) return scheme;
  }
  throw new MobileNetError("unsupported", "the weights are not named like a MobileNetV2", {
    expected: "names as slim, Keras or this library write them",
    received: list.slice(0, 3).join(", ") || "no weights",
  });
}

/** Where a tensor belongs, or nothing where the scheme does not know its name. */
export function placeOf(name: string, scheme: NamingScheme): WeightPlace | undefined {
  const { prefix, layers, parts } = schemes[scheme];
  const local = name.replace(prefix, "");
  const part = parts.find(([pattern]) => pattern.test(local));
  if (part === undefined) return undefined;
  const theirs = local.replace(part[0], "");
  const layer = layers.find(([pattern]) => pattern.test(theirs));
  if (layer === undefined) return undefined;
  const [pattern, ours] = layer;
  const renamed =
    typeof ours === "string"
      ? theirs.replace(pattern, ours)
      : theirs.replace(pattern, (_, number: string) => ours(number));
  return { layer: renamed, part: part[1] };
}

/**
 * Whether a tensor without a place is one that the network would need: constants of postprocessing,
 * counters and shapes have low ranks, convolutions and dense layers do not.
 */
export function looksLikeWeights(name: string, tensor: Tensor): boolean {
  const { length: rank } = tensor.shape;
  return tensor.dtype === "float32" && (rank === 4 || (rank === 2 && /kernel|weights/.test(name)));
}
