/**
 * What Hugging Face's libraries look for beside weights: the network's arguments, its classes and how
 * pictures are prepared, so that their `from_pretrained` and timm's `create_model` need nothing else.
 * What they have no words for is not written, and said.
 */
import { formatJson } from "../../format-json.ts";
import type { Network } from "../../graph/ir.ts";
import { scaleChannels, table2 } from "../../models/mobilenet-v2.ts";
import type { Model } from "../../models/model.ts";
import { fittingWords, normalWords } from "./picture-words.ts";
import { divisible } from "./transformers.ts";

/** Files by name, and what of a model has no words in them. */
export interface WrittenConfigs {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly unsaid: readonly ("network" | "preparation")[];
}

type Json = Readonly<Record<string, unknown>>;

const encode = (value: Json): Uint8Array => new TextEncoder().encode(formatJson(value));

/** `config.json` and `preprocessor_config.json` of transformers. */
export function transformersConfigs(
  model: Model,
  { architecture }: Network,
  { epsilon, half }: { readonly epsilon: number; readonly half: boolean },
): WrittenConfigs {
  const { network, width, padding, resolution } = architecture;
  const preprocessor = preprocessorConfig(model);
  // The library rounds to whole channels first.
  const channels = [32, 1280, ...table2.map((row) => row.channels)];
  const isSame = channels.every((c) => {
    return divisible(Math.round(c * width), 8, 8) === scaleChannels(c, width);
  });
  const [rows, columns] = resolution;
  const outputStride = "outputStride" in architecture ? architecture.outputStride : 32;
  const config = {
    architectures: [
      network === "deeplabv3"
        ? "MobileNetV2ForSemanticSegmentation"
        : "MobileNetV2ForImageClassification",
    ],
    model_type: "mobilenet_v2",
    num_channels: 3,
    image_size: rows === columns ? rows : [rows, columns],
    depth_multiplier: width,
    ...{ depth_divisible_by: 8, min_depth: 8, expand_ratio: 6 },
    output_stride: outputStride,
    ...{ first_layer_is_expansion: true, finegrained_output: true, hidden_act: "relu6" },
    tf_padding: padding === "same",
    layer_norm_eps: epsilon,
    ...classNames(model.labels, architecture.classes),
    ...(model.task === "classify" && {
      problem_type: model.multiLabel ? "multi_label_classification" : "single_label_classification",
    }),
    torch_dtype: half ? "float16" : "float32",
  };
  return {
    files: new Map([
      ...(isSame ? [["config.json", encode(config)] as const] : []),
      ...(preprocessor === undefined
        ? []
        : [["preprocessor_config.json", encode(preprocessor)] as const]),
    ]),
    unsaid: [
      ...(isSame ? [] : ["network" as const]),
      ...(preprocessor === undefined ? ["preparation" as const] : []),
    ],
  };
}

function classNames(labels: readonly string[], classes: number): Json {
  const names = Array.from({ length: classes }, (_, i) => labels[i] ?? `LABEL_${i}`);
  return {
    id2label: Object.fromEntries(names.map((name, i) => [i, name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
  };
}

function preprocessorConfig({ preprocess }: Model): Json | undefined {
  const [fitting, normal] = [fittingWords(preprocess), normalWords(preprocess)];
  if (fitting === undefined || normal === undefined) return undefined;
  const { resize, crop } = fitting;
  const size = ([height, width]: readonly [number, number]): Json => ({ height, width });
  return {
    image_processor_type: "MobileNetV2ImageProcessor",
    do_resize: true,
    size: typeof resize === "number" ? { shortest_edge: resize } : size(resize),
    resample: 2,
    do_center_crop: crop !== undefined,
    crop_size: size(crop ?? [preprocess.height, preprocess.width]),
    ...{ do_rescale: true, rescale_factor: 1 / 255, do_normalize: true },
    ...{ image_mean: normal.mean, image_std: normal.std },
  };
}

/** timm's names of networks by their widths. */
const timmNames: Readonly<Record<number, string>> = {
  0.35: "mobilenetv2_035",
  0.5: "mobilenetv2_050",
  0.75: "mobilenetv2_075",
  1: "mobilenetv2_100",
  1.4: "mobilenetv2_140",
};

/** `config.json` of timm, which says all or nothing: what is left out of it has other values there. */
export function timmConfigs(model: Model, { architecture }: Network): WrittenConfigs {
  const { preprocess, labels } = model;
  const { width, classes } = architecture;
  const name = timmNames[width];
  const [fitting, normal] = [fittingWords(preprocess), normalWords(preprocess)];
  const part = fitting && cropPart(preprocess, fitting.resize);
  if (name === undefined || fitting === undefined || normal === undefined || part === undefined) {
    return { files: new Map(), unsaid: [name === undefined ? "network" : "preparation"] };
  }
  const config = {
    architecture: name,
    num_classes: classes,
    num_features: Math.max(1280, scaleChannels(1280, width)),
    global_pool: "avg",
    pretrained_cfg: {
      input_size: [3, preprocess.height, preprocess.width],
      ...{ fixed_input_size: false, interpolation: "bilinear", crop_pct: part },
      crop_mode: typeof fitting.resize === "number" ? "center" : "squash",
      ...{ mean: normal.mean, std: normal.std, num_classes: classes },
      ...{ first_conv: "conv_stem", classifier: "classifier" },
    },
    ...(labels.length === classes && { label_names: labels }),
  };
  return { files: new Map([["config.json", encode(config)]]), unsaid: [] };
}

/**
 * The part of the resized picture that stays, of which the library makes the size: it divides, and drops
 * what is behind the point. Undefined where no part gives that size.
 */
function cropPart(
  { width, height }: Pick<Model["preprocess"], "width" | "height">,
  resize: readonly [number, number] | number,
): number | undefined {
  // Of other shapes the library does something else with one number.
  if (typeof resize === "number" && width !== height) return undefined;
  const [rows, columns] = typeof resize === "number" ? [resize, resize] : resize;
  const fits = (part: number): boolean =>
    Math.floor(height / part) === rows && Math.floor(width / part) === columns;
  // A little less than the quotient divides to a little more than the size.
  const exact = Math.max(height, width) / Math.max(rows, columns);
  const digits = [3, 4, 5, 6].map((count) => Number(exact.toPrecision(count)));
  return [...digits, exact, exact * (1 - 2 ** -50)].find((part) => part <= 1 && fits(part));
}
