/**
 * This library's own models: `model.json`, which says all that the weights do not (architecture,
 * preprocessing, labels), and a safetensors file beside it. Training writes them; every loader reads
 * them. Both files may come from strangers, so every number is checked.
 */
import { MobileNetError } from "../errors.ts";
import {
  findByName,
  folderOf,
  invalidModel,
  isRecord,
  isSafePath,
  type ModelFiles,
  parseJson,
  requireFile,
} from "../formats/files.ts";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph } from "../graph/ir.ts";
import { isEdge } from "../image/image.ts";
import type { Fit, Preprocess } from "../image/presets.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { ClassifierModel } from "../models/model.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { Architecture } from "./record.ts";

/** A classifier's architecture without hidden layers. */
export type ClassifierArchitecture = Omit<
  Extract<Architecture, { task: "classify" }>,
  "task" | "hidden"
>;

/** What `model.json` holds besides the weights' name. */
export interface TrainedModel {
  readonly architecture: ClassifierArchitecture;
  readonly preprocess: Preprocess;
  readonly labels: readonly string[];
  /** How it came to be; for people. */
  readonly training?: unknown;
}

const format = "mobilenetv2";
const weightsFile = "model.safetensors";

/**
 * A model's files.
 *
 * @example
 * ```ts
 * const architecture = { width: 1, resolution: 224, classes: 2, padding: "same", epsilon: 1e-3 } as const;
 * const preprocess = { width: 224, height: 224, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.signed } as const;
 * const files = writeTrainedModel({ architecture, preprocess, labels: ["cat", "dog"] }, new Map());
 * [...files.keys()]; // ["model.safetensors", "model.json"]
 * ```
 */
export function writeTrainedModel(
  model: TrainedModel,
  weights: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Uint8Array> {
  const description = { format, version: 1, task: "classify", weights: weightsFile, ...model };
  const json = new TextEncoder().encode(`${JSON.stringify(description, undefined, 2)}\n`);
  const tensors = weights as ReadonlyMap<string, Tensor<"float32">>;
  // Weights first: a reader that finds model.json finds them too.
  return new Map([
    [weightsFile, writeSafetensors({ tensors, metadata: { format } })],
    ["model.json", json],
  ]);
}

/** The weights' file and its largest size, where a `model.json` is one of ours. */
export function trainedWeightsFile(
  json: unknown,
): { readonly path: string; readonly mostBytes: number } | undefined {
  if (!isOwn(json)) return undefined;
  const path = weightsPath(json);
  const { graph } = describe(json);
  const values = [...graph.parameters.values()].reduce(
    (sum, { shape }) => sum + elementCount(shape),
    0,
  );
  // The header has about a hundred bytes a tensor.
  return { path, mostBytes: values * 4 + 2 ** 20 };
}

function isOwn(json: unknown): json is Readonly<Record<string, unknown>> {
  return isRecord(json) && json["format"] === format;
}

function weightsPath({ weights }: Readonly<Record<string, unknown>>): string {
  if (typeof weights !== "string" || !isSafePath(weights) || !weights.endsWith(".safetensors")) {
    throw invalidModel(
      "model.json",
      "bad weights",
      "the name of a .safetensors file",
      quote(weights),
    );
  }
  return weights;
}

/** Whether files are a model that this library wrote. */
export function isTrainedModel(files: ModelFiles): boolean {
  const manifest = findByName(files, ["model.json"]);
  if (manifest === undefined) return false;
  const json = parseJson(requireFile(files, manifest), manifest);
  return isOwn(json);
}

/**
 * The model in such files.
 *
 * @throws MobileNetError `invalid-model` naming what is wrong.
 */
export function readTrainedModel(files: ModelFiles, name: string): ClassifierModel {
  const manifest = findByName(files, ["model.json"]) ?? "model.json";
  const json = parseJson(requireFile(files, manifest), manifest);
  if (!isOwn(json)) {
    throw invalidModel(manifest, "another kind of model", `format ${format}`, "none");
  }
  const { graph, model } = describe(json);
  const path = folderOf(manifest) + weightsPath(json);
  const { tensors } = readSafetensors(requireFile(files, path), path);
  const { preprocess, labels } = model;
  const bound = bindWeights(graph, tensors);
  return { name, task: "classify", graph: bound, preprocess, labels, features: "head/relu6" };
}

/** What `model.json` says, checked, and the network it describes. */
function describe(json: Readonly<Record<string, unknown>>): {
  readonly model: TrainedModel;
  readonly graph: Graph;
} {
  const { version, task } = json;
  if (version !== 1 || task !== "classify") {
    throw invalidModel(
      "model.json",
      "another kind of model",
      "version 1, classify",
      `${quote(version)}, ${quote(task)}`,
    );
  }
  const architecture = readArchitecture(json["architecture"]);
  const graph = buildGraph(architecture);
  const preprocess = readPreprocess(json["preprocess"], architecture.resolution);
  const { labels } = json;
  const { classes } = architecture;
  if (
    !Array.isArray(labels) ||
    labels.length !== classes ||
    labels.some((l) => typeof l !== "string")
  ) {
    throw invalidModel("model.json", "bad labels", `${classes} texts`, quote(labels));
  }
  return { graph, model: { architecture, preprocess, labels: labels as string[] } };
}

function buildGraph(architecture: ClassifierArchitecture): Graph {
  try {
    return mobilenetV2(architecture);
  } catch (cause) {
    if (!(cause instanceof MobileNetError)) throw cause;
    throw new MobileNetError("invalid-model", `bad architecture: ${cause.message}`, {
      node: "model.json",
      cause,
    });
  }
}

function readArchitecture(value: unknown): ClassifierArchitecture {
  const { width, resolution, classes, padding, epsilon, strides } = isRecord(value) ? value : {};
  const fits =
    isNumberIn(width, 0.01, 16) &&
    Array.isArray(resolution) &&
    resolution.length === 2 &&
    resolution.every((size) => isEdge(size) && size <= 4096) &&
    isEdge(classes as number) &&
    (classes as number) <= 65_536 &&
    (padding === "same" || padding === "symmetric") &&
    isNumberIn(epsilon, 0, 1) &&
    (strides === undefined || (Array.isArray(strides) && strides.length <= 16));
  if (!fits) {
    const expected = "width, resolution, classes, padding and epsilon in range";
    throw invalidModel("model.json", "bad architecture", expected, quote(value));
  }
  const base = { width, resolution: resolution as unknown as readonly [number, number] };
  const rest = { classes: classes as number, padding: padding as "same" | "symmetric", epsilon };
  return { ...base, ...rest, ...(strides === undefined ? {} : { strides: strides as number[] }) };
}

function readPreprocess(
  value: unknown,
  resolution: ClassifierArchitecture["resolution"],
): Preprocess {
  const { width, height, fit, centers, scale, offset } = isRecord(value) ? value : {};
  const three = (list: unknown): boolean =>
    Array.isArray(list) && list.length === 3 && list.every((item) => isNumberIn(item, -1e6, 1e6));
  const [rows, columns] = resolution as readonly [number, number];
  const fits =
    height === rows &&
    width === columns &&
    isFit(fit) &&
    (centers === "legacy" || centers === "half-pixel" || centers === "align-corners") &&
    three(scale) &&
    three(offset);
  if (fits) return { width, height, fit, centers, scale, offset } as unknown as Preprocess;
  const expected = `${rows} by ${columns} pixels, a fit, centers, scale and offset`;
  throw invalidModel("model.json", "bad preprocessing", expected, quote(value));
}

function isFit(value: unknown): value is Fit {
  if (!isRecord(value)) return false;
  switch (value["kind"]) {
    case "stretch":
      return true;
    case "resize-then-crop":
      return isNumberIn(value["shortestEdge"], 1, 65_536);
    case "central-crop":
      return isNumberIn(value["fraction"], 0, 1);
    case "pad":
      return isNumberIn(value["value"], 0, 255);
    default:
      return false;
  }
}
