/** What weights of each task leave unsaid and what models of it have besides, a row for each. */
import type { Architecture, SsdliteArchitecture } from "../graph/architecture.ts";
import type { Fit } from "../image/presets.ts";
import type { HeadTask, Model, ModelBase } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { DetectedArchitecture } from "./detect-architecture.ts";
import type { ModelOptions } from "./model-options.ts";
import type { ModelDescription } from "./request.ts";

/** The arguments that all networks of this family have. */
type Shared = Pick<
  SsdliteArchitecture,
  "width" | "resolution" | "classes" | "padding" | "epsilon" | "strides"
>;

/** What is usual for weights of a task. */
interface Usual {
  /** Rows and columns of the input. */
  readonly resolution: number;
  readonly outputStride: 8 | 16 | 32;
  /** How a picture becomes one of that size. */
  readonly fit: Fit;
  /** What a caller may say besides what all may. */
  readonly options: readonly (keyof ModelOptions)[];
  /** What is taken for granted and no option changes. */
  readonly assumed?: readonly string[];
}

interface Convention<T extends HeadTask> extends Usual {
  architecture(
    base: Shared,
    said: DetectedArchitecture & { readonly outputStride: 8 | 16 | 32 },
  ): Architecture;
  /** What such a model has besides its network. */
  head(
    resolution: Shared["resolution"],
    published: ModelDescription | undefined,
  ): Omit<Extract<Model, { readonly task: T }>, keyof ModelBase>;
}

/** The table. */
export const taskConventions: { readonly [T in HeadTask]: Convention<T> } & {
  readonly embed: Usual;
} = {
  embed: { resolution: 224, outputStride: 32, fit: { kind: "stretch" }, options: [] },
  classify: {
    resolution: 224,
    outputStride: 32,
    fit: { kind: "stretch" },
    options: [],
    architecture: (base, { hidden, outputStride }) => ({
      ...base,
      network: "mobilenet-v2",
      task: "classify",
      outputStride,
      hidden,
    }),
    head: () => ({ task: "classify" }),
  },
  detect: {
    resolution: 300,
    outputStride: 32,
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
    outputStride: 16,
    fit: { kind: "pad", value: 127.5 },
    options: ["outputStride"],
    architecture: (base, { outputStride, aspp }) => ({
      ...base,
      network: "deeplabv3",
      task: "segment",
      outputStride,
      aspp,
    }),
    head: () => ({ task: "segment" }),
  },
};
