/** Keras's MobileNetV2: a file for each width and input size, with the classifier or without. */
import type { ModelDescription } from "../formats/request.ts";
import { ranges } from "../image/presets.ts";
import type { ParseName } from "./named-source.ts";
import { tensorflow } from "./records-shared.ts";

/** Input sizes of the widths that were trained. */
const all: readonly string[] = ["96", "128", "160", "192", "224"];
const published: Readonly<Record<string, readonly string[]>> = {
  ...{ "0.35": all, "0.5": all, "0.75": all, "1.0": all },
  ...{ "1.3": ["224"], "1.4": ["224"] },
};

/** `mobilenet_v2_1.0_224`, `mobilenet_v2_0.35_96_no_top` … */
export const kerasWeights: ParseName = (rest, base) => {
  const [, alpha = "", rows = "", noTop] =
    /^mobilenet_v2_([\d.]+)_(\d+)(_no_top)?$/.exec(rest) ?? [];
  const isPublished = Object.hasOwn(published, alpha) && published[alpha]?.includes(rows) === true;
  if (!isPublished) return undefined;
  const headless = noTop !== undefined;
  const file = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${alpha}_${rows}${noTop ?? ""}.h5`;
  return {
    version: "keras-applications",
    baseUrl: `${base}/`,
    files: [{ paths: [file] }],
    describe: () => describeKeras(Number(alpha), Number(rows), headless),
  };
};

async function describeKeras(
  width: number,
  edge: number,
  headless: boolean,
): Promise<Omit<ModelDescription, "name">> {
  const { imagenetLabels } = await import("../models/imagenet-labels.ts");
  const fit = { kind: "stretch" } as const;
  return {
    architecture: {
      ...{ network: "mobilenet-v2", task: "classify", width, resolution: [edge, edge] },
      ...{ classes: 1000, outputStride: 32, hidden: [], ...tensorflow },
    },
    preprocess: { width: edge, height: edge, fit, centers: "half-pixel", ...ranges.signed },
    labels: headless ? [] : imagenetLabels,
    ...(headless ? { headless } : {}),
  };
}
