/**
 * From weights whose names are all there is to a model: the names become ours, the architecture is a
 * record's or read off the weights, and what leaves no trace in them is said by the caller or follows
 * TensorFlow's conventions.
 */
import type { Architecture, SsdliteArchitecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Fit } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Assumption, HeadTask, Model, ModelBase } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { resolutionOf } from "../models/options.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { nameClasses, preparePictures, requireNoParts } from "./assume.ts";
import { type DetectedArchitecture, detectArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
import { mapWeights, namesHead } from "./map-weights.ts";
import { type ModelOptions, requireRead, weightOptions } from "./model-options.ts";
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
  const scheme = detectScheme(tensors.keys());
  const named = mapWeights(tensors, scheme);
  const { name, published, options } = request;
  const architecture = published?.architecture ?? assumedArchitecture(named, request);
  const { task, resolution, classes } = architecture;
  const { fit, head } = conventions[task];
  const whole = published === undefined ? options.preprocess && "the caller" : "the hub's record";
  if (whole !== undefined) requireNoParts(request, whole);
  const prepared = preparePictures({ resolution, channels: 3, fit }, request);
  const usual = prepared.preprocess;
  const preprocess = choosePreprocess(request, { resolution, usual });
  const background = task === "detect";
  const classNames = nameClasses(classes, { background, main, request });
  const graph = bindWeights(buildNetwork(architecture), named);
  const assumptions: readonly Assumption[] = [
    ...unsaid(architecture, { named, options }),
    ...(task === "classify" && !namesHead(tensors.keys(), scheme) ? [headByShape] : []),
    ...(whole === undefined ? prepared.assumptions : []),
    ...classNames.assumptions,
  ];
  return {
    ...{ name, graph, preprocess, labels: classNames.labels, features: graph.landmarks.features },
    ...(published === undefined ? { assumptions } : {}),
    origin: {
      ...{ format: "", operations: {}, notes: [fromNames] },
      ...{ range: whole ?? prepared.from, labels: classNames.from },
    },
    ...head(resolution, published),
  };
}

/** What people should know about such a model. */
const fromNames = "the network is built from the names and shapes of the weights; no graph is read";

/** What was assumed where shapes alone tell dense layers. */
const headByShape: Assumption = {
  about: "head",
  assumed:
    "matrices that fit the features are dense layers, with ReLU between and softmax at the end",
};

/** What was assumed about the network itself. */
function unsaid(
  architecture: Architecture,
  {
    named,
    options,
  }: { readonly named: ReadonlyMap<string, Tensor>; readonly options: ModelOptions },
): readonly Assumption[] {
  const { task, padding, epsilon } = architecture;
  const [rows, columns] = architecture.resolution;
  // Where batch norms are folded, their ε is in the weights.
  const normalizes = [...named.keys()].some((name) => name.endsWith("batch_norm/variance"));
  const stride = task === "segment" ? `the output stride is ${architecture.outputStride}` : "";
  const said = {
    ...(options.preprocess === undefined ? { resolution: `the input is ${columns}×${rows}` } : {}),
    ...(task === "segment" ? { outputStride: stride } : {}),
    padding: padding === "same" ? "convolutions pad as TensorFlow does" : `padding is ${padding}`,
    ...(normalizes ? { epsilon: `batch norm's ε is ${epsilon}` } : {}),
  };
  const open = (Object.keys(said) as (keyof typeof said)[]).filter(
    (option) => options[option] === undefined,
  );
  return [
    ...open.map((option): Assumption => ({ about: option, assumed: said[option]!, option })),
    ...(conventions[task].assumed ?? []).map((assumed): Assumption => ({ about: "head", assumed })),
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
  const general = weightOptions.filter((option) => option !== "outputStride");
  requireRead(options, [...general, ...convention.options], `${name}, a model to ${task}`);
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
  /** What is taken for granted and no option changes. */
  readonly assumed?: readonly string[];
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
    assumed: ["anchors, box coding and thresholds are the Object Detection API's"],
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
