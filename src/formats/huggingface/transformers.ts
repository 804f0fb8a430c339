/**
 * What Hugging Face transformers keeps beside MobileNetV2's weights: `config.json`, the network's
 * arguments and its classes, and `preprocessor_config.json`, how pictures become its input.
 */
import type { Preprocess } from "../../image/presets.ts";
import { isNumberIn } from "../../untrusted.ts";
import type { Stated } from "../file-facts.ts";
import type { WeightFacts } from "../weight-facts.ts";
import type { ConfigFields } from "./fields.ts";
import { fittingOf, type PictureSize, rangeOf } from "./picture-size.ts";

/** Largest edge of an input. */
const mostPixels = 4096;

/** What `config.json` says. */
export function transformersFacts(config: ConfigFields, from: string): WeightFacts {
  config.require("model_type", "mobilenet_v2");
  // What our networks do and no other: the weights would fit and the answers would be wrong.
  config.require("hidden_act", "relu6");
  config.require("first_layer_is_expansion", true);
  config.require("num_channels", 3);
  config.require("quantization_config");
  config.require("problem_type", "single_label_classification", "multi_label_classification");
  config.require("output_stride", 8, 16, 32);
  // The shapes tell these; a number out of place is damage.
  config.number("expand_ratio", 0.1, 100);
  config.flag("finegrained_output");
  const multiplier = config.number("depth_multiplier", 0.01, 16);
  const divisor = config.number("depth_divisible_by", 1, 1024) ?? 8;
  const least = config.number("min_depth", 1, 1024) ?? 8;
  const size = imageSize(config);
  const padding = config.flag("tf_padding");
  const single = config.raw("problem_type") === "single_label_classification";
  const several = config.raw("problem_type") === "multi_label_classification";
  const version = config.text("transformers_version");
  return {
    from,
    scheme: "transformers",
    framework: `Hugging Face transformers${version === undefined ? "" : ` ${version}`}`,
    // What a configuration leaves out has the library's default.
    padding: (padding ?? true) ? "same" : "symmetric",
    epsilon: config.number("layer_norm_eps", 0, 1) ?? 1e-3,
    outputStride: (config.raw("output_stride") as 8 | 16 | 32 | undefined) ?? 32,
    ...(size === undefined ? {} : { resolution: size }),
    ...(multiplier === undefined
      ? {}
      : { stemChannels: divisible(Math.round(32 * multiplier), divisor, least) }),
    ...(single || several ? { ending: several ? "sigmoid" : "softmax" } : {}),
    labels: labelsOf(config, from),
  };
}

/** A number for both edges, or rows and columns. */
function imageSize(config: ConfigFields): PictureSize | undefined {
  const raw = config.raw("image_size");
  if (!Array.isArray(raw)) {
    const edge = config.number("image_size", 1, mostPixels);
    return edge === undefined ? undefined : [edge, edge];
  }
  const [rows, columns]: readonly unknown[] = raw;
  const fits = (edge: unknown): edge is number => isNumberIn(edge, 1, mostPixels);
  if (raw.length === 2 && fits(rows) && fits(columns)) return [rows, columns];
  throw config.bad("image_size", "a number, or rows and columns");
}

/** As the library rounds channels. */
export function divisible(value: number, divisor: number, least: number): number {
  const rounded = Math.max(least, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

/** The classes' names by their numbers; `LABEL_0` … stand where nobody named them. */
function labelsOf(config: ConfigFields, from: string): Stated<readonly string[]> | undefined {
  const names = config.object("id2label");
  if (names === undefined) return undefined;
  const keys = names.names;
  const labels = keys.map((_, i) => names.text(String(i)));
  if (labels.some((label) => label === undefined)) {
    throw config.bad("id2label", `names for 0 to ${keys.length - 1}`);
  }
  if (labels.every((label, i) => label === `LABEL_${i}`)) return undefined;
  return { value: labels as readonly string[], from: `${from}, id2label` };
}

/**
 * What `preprocessor_config.json` says.
 *
 * @throws MobileNetError `unsupported` naming a step that is not read.
 */
export function preprocessorFacts(config: ConfigFields, from: string): Stated<Preprocess> {
  for (const step of ["do_pad", "do_flip_channel_order", "do_thumbnail", "do_align_long_axis"]) {
    config.require(step, false);
  }
  const sizeIn = (name: string): PictureSize | number | undefined => readSize(config, name);
  const resize = config.flag("do_resize") === false ? undefined : (sizeIn("size") ?? 256);
  const given = sizeIn("crop_size") ?? 224;
  const crop = config.flag("do_center_crop") === false ? undefined : pairOf(given);
  const { fit, size } = fittingOf(resize, crop, from);
  const rescaled = config.flag("do_rescale") !== false;
  const factor = rescaled ? (config.number("rescale_factor", 1e-9, 1e9) ?? 1 / 255) : 1;
  const normalized = config.flag("do_normalize") !== false;
  const mean = (normalized && config.colours("image_mean")) || (normalized ? half : none);
  const deviation = (normalized && config.colours("image_std")) || (normalized ? half : one);
  if (deviation.some((value) => value <= 0)) throw config.bad("image_std", "numbers above 0");
  const [height, width] = size;
  const range = rangeOf(factor, mean, deviation);
  return { value: { width, height, fit, centers: "half-pixel", ...range }, from };
}

const half = [0.5, 0.5, 0.5] as const;
const none = [0, 0, 0] as const;
const one = [1, 1, 1] as const;

function pairOf(size: PictureSize | number): PictureSize {
  return typeof size === "number" ? [size, size] : size;
}

/** `{ height, width }`, `{ shortest_edge }` or, in older files, a number for the shorter edge. */
function readSize(config: ConfigFields, name: string): PictureSize | number | undefined {
  const raw = config.raw(name);
  if (raw === undefined || typeof raw === "number") return config.number(name, 1, mostPixels);
  const size = config.object(name);
  const [edge, rows, columns] = ["shortest_edge", "height", "width"].map((edge) =>
    size?.number(edge, 1, mostPixels),
  );
  if (edge !== undefined && rows === undefined && columns === undefined) return edge;
  if (rows !== undefined && columns !== undefined && edge === undefined) return [rows, columns];
  throw config.bad(name, "height and width, or shortest_edge");
}
