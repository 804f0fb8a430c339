/**
 * From weights whose names are all there is to a model: the names become ours, the architecture is a
 * record's or read off the weights, and what leaves no trace in them is said by the caller or follows
 * TensorFlow's conventions.
 */
import type { Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Model, Task } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { resolutionOf } from "../models/options.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { detectArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
import { chooseLabels } from "./labels.ts";
import { mapWeights } from "./map-weights.ts";
import { requireRead } from "./model-options.ts";
import { choosePreprocess, type ReadRequest } from "./request.ts";
import { detectScheme } from "./weight-names.ts";

/**
 * The model with these weights.
 *
 * @param tensors - By the names that their file gives them.
 * @throws MobileNetError `unsupported` where the weights are no MobileNetV2, `invalid-model` where they
 *   do not fit it, `invalid-argument` where `preprocess` makes other sizes than the input has or an
 *   option is given that this network does not have.
 */
export function modelOfWeights(
  tensors: ReadonlyMap<string, Tensor>,
  main: Pick<MainFile, "labels">,
  request: ReadRequest,
): Model {
  const named = mapWeights(tensors, detectScheme(tensors.keys()));
  const { name, published } = request;
  const architecture = published?.architecture ?? assumedArchitecture(named, request);
  const { task, resolution, classes } = architecture;
  const usual = usualPreprocess(task, resolution);
  const preprocess = choosePreprocess(request, { resolution, usual });
  const labels = chooseLabels(main, request, { classes });
  const graph = bindWeights(buildNetwork(architecture), named);
  const model = { name, graph, preprocess, labels, features: graph.landmarks.features };
  if (task !== "detect") return { ...model, task };
  return { ...model, task, detection: published?.detection ?? ssdliteDetection(resolution) };
}

const usualResolutions = { classify: 224, detect: 300, segment: 513 } as const;

/** What the weights tell, with the caller's word or the usual for what they do not. */
function assumedArchitecture(
  tensors: ReadonlyMap<string, Tensor>,
  { name, options }: ReadRequest,
): Architecture {
  const { task, width, classes, hidden, aspp } = detectArchitecture(tensors);
  const shared = ["resolution", "padding", "epsilon", "preprocess", "labels"] as const;
  const known = task === "segment" ? ([...shared, "outputStride"] as const) : shared;
  requireRead(options, known, `${name}, a model to ${task}`);
  const { padding = "same", epsilon = 1e-3, outputStride = 16, preprocess } = options;
  const prepared = preprocess && ([preprocess.height, preprocess.width] as const);
  const resolution = resolutionOf({
    resolution: options.resolution ?? prepared ?? usualResolutions[task],
  });
  const base = { width, resolution, classes, padding, epsilon, strides: table2Strides };
  switch (task) {
    case "classify":
      return { network: "mobilenet-v2", task, ...base, outputStride: 32, hidden };
    case "detect":
      return { network: "ssdlite", task, ...base, predictors: "separable" };
    case "segment":
      return { network: "deeplabv3", task, ...base, outputStride, aspp };
  }
}

/** From −1 to 1, stretched, or padded for a segmenter. */
function usualPreprocess(
  task: Task,
  [height, width]: readonly [rows: number, columns: number],
): Preprocess {
  const fit =
    task === "segment" ? ({ kind: "pad", value: 127.5 } as const) : ({ kind: "stretch" } as const);
  return { width, height, fit, centers: "half-pixel", ...ranges.signed };
}
