/** What timm keeps beside weights on Hugging Face: `config.json` with how they were trained to see. */

import type { Preprocess } from "../../image/presets.ts";
import type { Stated } from "../file-facts.ts";
import type { WeightFacts } from "../weight-facts.ts";
import type { ConfigFields } from "./fields.ts";
import { fittingOf, rangeOf } from "./picture-size.ts";

/** timm's interpolations; ours is bilinear, whatever was used for training. */
const bilinear = "bilinear";

/** What `config.json` says. */
export function timmFacts(config: ConfigFields, from: string): WeightFacts {
  const name = config.text("architecture") ?? "";
  if (!/^mobilenetv2_/.test(name))
    config.require("architecture", "mobilenetv2_100", "mobilenetv2_…");
  const trained = config.object("pretrained_cfg");
  // Arguments that would make another network of the same weights.
  const model = config.object("model_args");
  for (const other of ["act_layer", "norm_layer", "pad_type", "output_stride"])
    model?.require(other);
  model?.require("in_chans", 1, 3);
  config.require("global_pool", "avg", "");
  const preprocess = trained && preprocessOf(trained, from);
  const interpolation = trained?.text("interpolation") ?? bilinear;
  const labels = labelsOf(config, trained, from);
  return {
    from,
    scheme: "timm",
    framework: `timm, ${name}`,
    padding: "symmetric",
    epsilon: 1e-5,
    ...(preprocess === undefined ? {} : { preprocess }),
    labels,
    notes:
      interpolation === bilinear
        ? []
        : [`${from} has pictures resized by ${interpolation} interpolation; here it is bilinear`],
  };
}

/** The size without `crop_pct` is the crop's; the shorter edge is that much longer. */
function preprocessOf(config: ConfigFields, from: string): Stated<Preprocess> {
  const size = config.raw("input_size");
  const [channels, rows, columns] = Array.isArray(size) ? size : [3, 224, 224];
  const fits = [rows, columns].every((edge) => Number.isInteger(edge) && edge > 0 && edge <= 4096);
  if (!fits || (channels !== 3 && channels !== 1)) {
    throw config.bad("input_size", "channels, rows and columns");
  }
  const part = config.number("crop_pct", 0.01, 1) ?? 0.875;
  config.require("crop_mode", "center", "squash");
  const [height, width] = [Math.floor(rows / part), Math.floor(columns / part)];
  const squash = config.raw("crop_mode") === "squash";
  const { fit } = squash
    ? fittingOf([height, width], [rows, columns], from)
    : fittingOf(Math.max(height, width), [rows, columns], from);
  const range = rangeOf(
    1 / 255,
    config.colours("mean") ?? [0.485, 0.456, 0.406],
    config.colours("std") ?? [0.229, 0.224, 0.225],
  );
  const value = { width: columns, height: rows, fit, centers: "half-pixel", ...range } as const;
  return { value, from: `${from}, pretrained_cfg` };
}

/** Names of classes, where the file has them: `label_names`, and descriptions by these. */
function labelsOf(
  config: ConfigFields,
  trained: ConfigFields | undefined,
  from: string,
): Stated<readonly string[]> | undefined {
  const holder = config.raw("label_names") === undefined ? trained : config;
  const names = holder?.raw("label_names");
  if (names === undefined) return undefined;
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
    throw holder!.bad("label_names", "a list of texts");
  }
  const words = holder!.object("label_descriptions");
  const value = names.map((name: string) => words?.text(name) ?? name);
  return { value, from: `${from}, label_names` };
}
