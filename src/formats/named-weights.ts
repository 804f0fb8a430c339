/**
 * From weights whose names are all there is to a model: the names become ours, the architecture is a
 * record's or read off the weights, and what leaves no trace in them is said by the caller or follows
 * TensorFlow's conventions.
 */
import type { Architecture, SsdliteArchitecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Fit, Preprocess } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Assumption, HeadTask, Model, ModelBase } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { resolutionOf } from "../models/options.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { type DetectedArchitecture, detectArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
import { rangeOf } from "./graph-model.ts";
import { chooseLabels } from "./labels.ts";
import { mapWeights } from "./map-weights.ts";
import { graphOptions, type ModelOptions, requireRead } from "./model-options.ts";
import { choosePreprocess, type ModelDescription, type ReadRequest } from "./request.ts";
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
  const { fit, head } = conventions[task];
  const usual = usualPreparation(fit, resolution, request.options);
  const preprocess = choosePreprocess(request, { resolution, usual });
  const labels = chooseLabels(main, request, { classes });
  const graph = bindWeights(buildNetwork(architecture), named);
  const model = { name, graph, preprocess, labels, features: graph.landmarks.features };
  if (published !== undefined) return { ...model, ...head(resolution, published) };
  const { options } = request;
  const from = options.labels === undefined ? main.labels?.path : "the caller";
  return {
    ...model,
    assumptions: assumedOf(architecture, main, request),
    origin: { format: "", operations: {}, notes: [], labels: from },
    ...head(resolution, published),
  };
}

/** How pictures are prepared where no whole preset is given. */
function usualPreparation(
  fit: Fit,
  [height, width]: readonly [rows: number, columns: number],
  { range, crop, grey }: ModelOptions,
): Preprocess {
  return {
    ...{ width, height, centers: "half-pixel", ...rangeOf(range) },
    fit: crop ? { kind: "resize-then-crop", shortestEdge: Math.max(width, height) } : fit,
    ...(grey ? { grey: 3 } : {}),
  };
}

/** Dense layers lack their activations where there are only weights. */
const softmaxAssumed: Assumption = {
  about: "head",
  assumed:
    "outputs are logits, turned to probabilities by softmax; ReLU comes between dense layers",
};

/** What neither the weights nor the caller says of a model. */
function assumedOf(
  { task, resolution, padding, epsilon }: Architecture,
  { labels }: Pick<MainFile, "labels">,
  { options }: ReadRequest,
): readonly Assumption[] {
  const { preprocess } = options;
  const assume = (
    about: Assumption["about"],
    assumed: string,
    option: keyof ModelOptions,
    said: unknown,
  ): readonly Assumption[] => (said === undefined ? [{ about, assumed, option }] : []);
  const size = resolution.join("×");
  return [
    ...assume(
      "resolution",
      `the input has ${size} pixels`,
      "resolution",
      options.resolution ?? preprocess,
    ),
    ...assume("padding", `convolutions pad by the rule "${padding}"`, "padding", options.padding),
    ...assume("epsilon", `batch norms have ε ${epsilon}`, "epsilon", options.epsilon),
    ...assume("range", "bytes become −1 to 1", "range", options.range ?? preprocess),
    ...assume(
      "fit",
      `pictures are fitted to ${size} as is usual`,
      "crop",
      options.crop ?? preprocess,
    ),
    ...(task === "classify" ? [softmaxAssumed] : []),
    ...assume("labels", "classes are numbered", "labels", options.labels ?? labels),
  ];
}

/** What the weights tell, with the caller's word or the usual for what they do not. */
function assumedArchitecture(
  tensors: ReadonlyMap<string, Tensor>,
  { name, options }: ReadRequest,
): Architecture {
  const found = detectArchitecture(tensors);
  const { task, width, classes } = found;
  const convention = conventions[task];
  const shared = ["resolution", "padding", "epsilon", ...graphOptions] as const;
  requireRead(options, [...shared, ...convention.options], `${name}, a model to ${task}`);
  const { padding = "same", epsilon = 1e-3, preprocess } = options;
  const prepared = preprocess && ([preprocess.height, preprocess.width] as const);
  const resolution = resolutionOf({
    resolution: options.resolution ?? prepared ?? convention.resolution,
  });
  const base = { width, resolution, classes, padding, epsilon, strides: table2Strides };
  return convention.architecture(base, { ...found, ...options });
}

/** The arguments that all networks of this family have. */
type Shared = Pick<
  SsdliteArchitecture,
  "width" | "resolution" | "classes" | "padding" | "epsilon" | "strides"
>;

/** What weights of a task leave unsaid, as TensorFlow's exports have it. */
interface Convention<T extends HeadTask> {
  /** Rows and columns of the input. */
  readonly resolution: number;
  /** How a picture becomes one of that size; its range is −1 to 1. */
  readonly fit: Fit;
  /** What a caller may say besides what all may. */
  readonly options: readonly (keyof ModelOptions)[];
  architecture(base: Shared, said: DetectedArchitecture & ModelOptions): Architecture;
  /** What such a model has besides its network. */
  head(
    resolution: Shared["resolution"],
    published: ModelDescription | undefined,
  ): Omit<Extract<Model, { readonly task: T }>, keyof ModelBase>;
}

/** A row for each task. */
const conventions: { readonly [T in HeadTask]: Convention<T> } = {
  classify: {
    resolution: 224,
    fit: { kind: "stretch" },
    options: [],
    architecture: (base, { hidden }) => ({
      ...base,
      network: "mobilenet-v2",
      task: "classify",
      outputStride: 32,
      hidden,
    }),
    head: () => ({ task: "classify" }),
  },
  detect: {
    resolution: 300,
    fit: { kind: "stretch" },
    options: [],
    architecture: (base) => ({
      ...base,
      network: "ssdlite",
      task: "detect",
      predictors: "separable",
    }),
    head: (resolution, published) => ({
      task: "detect",
      detection: published?.detection ?? ssdliteDetection(resolution),
    }),
  },
  segment: {
    resolution: 513,
    fit: { kind: "pad", value: 127.5 },
    options: ["outputStride"],
    architecture: (base, { outputStride = 16, aspp }) => ({
      ...base,
      network: "deeplabv3",
      task: "segment",
      outputStride,
      aspp,
    }),
    head: () => ({ task: "segment" }),
  },
};
