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
import { type DetectedArchitecture, detectArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
import { chooseLabels } from "./labels.ts";
import { mapWeights } from "./map-weights.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import {
  choosePreprocess,
  chosenRange,
  type ModelDescription,
  type ReadRequest,
} from "./request.ts";
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
  const [height, width] = resolution;
  const usual = {
    width,
    height,
    fit,
    centers: "half-pixel",
    ...chosenRange(request.options),
  } as const;
  const preprocess = choosePreprocess(request, { resolution, usual });
  const labels = chooseLabels(main, request, { classes });
  const graph = bindWeights(buildNetwork(architecture), named);
  const assumptions =
    published === undefined
      ? { assumptions: assumptionsOf(architecture, named, { main, request }) }
      : {};
  const { features } = graph.landmarks;
  const model = { name, graph, preprocess, labels, features, ...assumptions };
  return { ...model, ...head(resolution, published) };
}

/** What neither the weights nor the caller say of a model. */
function assumptionsOf(
  { task, resolution: [rows, columns], padding, epsilon, ...rest }: Architecture,
  tensors: ReadonlyMap<string, Tensor>,
  {
    main,
    request: { options },
  }: { readonly main: Pick<MainFile, "labels">; readonly request: ReadRequest },
): readonly Assumption[] {
  const { words } = conventions[task];
  const has = (option: keyof ModelOptions): boolean => options[option] !== undefined;
  const isSized = has("resolution") || has("preprocess");
  const isNormalised = [...tensors.keys()].some((name) => name.endsWith("batch_norm/variance"));
  const isHidden = "hidden" in rest && rest.hidden.length > 0;
  const all: readonly (Assumption | false)[] = [
    !isSized && {
      about: "resolution",
      assumed: `pictures have ${rows} rows and ${columns} columns`,
      option: "resolution",
    },
    !has("preprocess") &&
      !has("range") && { about: "range", assumed: "bytes become −1 to 1", option: "range" },
    !has("preprocess") && { about: "fit", assumed: words.fit, option: "preprocess" },
    !has("padding") && {
      about: "padding",
      assumed: `zeros are added by TensorFlow's rule, ${padding}`,
      option: "padding",
    },
    isNormalised &&
      !has("epsilon") && {
        about: "epsilon",
        assumed: `the batch norms' ε is ${epsilon}`,
        option: "epsilon",
      },
    {
      about: "head",
      assumed: isHidden ? `${words.head}, ReLU comes between dense layers` : words.head,
    },
    !has("labels") &&
      main.labels === undefined && {
        about: "labels",
        assumed: "classes are numbered",
        option: "labels",
      },
  ];
  return all.filter((assumption) => assumption !== false);
}

/** What the weights tell, with the caller's word or the usual for what they do not. */
function assumedArchitecture(
  tensors: ReadonlyMap<string, Tensor>,
  { name, options }: ReadRequest,
): Architecture {
  const found = detectArchitecture(tensors);
  const { task, width, classes } = found;
  const convention = conventions[task];
  const shared = ["resolution", "padding", "epsilon", "range", "preprocess", "labels"] as const;
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
  /** What is assumed of pictures and outputs, in words. */
  readonly words: { readonly fit: string; readonly head: string };
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
    words: {
      fit: "pictures are stretched to the input's size",
      head: "outputs are logits, turned to probabilities by softmax",
    },
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
    words: {
      fit: "pictures are stretched to the input's size",
      head: "anchors, divisors and thresholds are those of the published detector",
    },
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
    words: {
      fit: "pictures are set at the top left, the rest is grey",
      head: "the output stride is 16 where it is not given, class 0 the background",
    },
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
