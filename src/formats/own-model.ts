/**
 * This library's own models: `model.json`, which says all that the weights do not (architecture,
 * preprocessing, labels), and a safetensors file beside it. Training writes them; every loader reads
 * them. Both files may come from strangers, so every number is checked.
 */
import {
  checkFields,
  checkMap,
  having,
  itemsOf,
  needed,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { MobileNetV2Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Network } from "../graph/ir.ts";
import { checkPreset } from "../image/check-preset.ts";
import { isEdge } from "../image/image.ts";
import type { Preprocess } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { ClassifierModel } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { wrongArgument } from "../wrong-argument.ts";
import { nameClasses } from "./assume.ts";
import { invalidModel, isRecord, isSafePath, parseJson } from "./files.ts";
import type { MainFile } from "./format.ts";
import { readPreprocess } from "./read-preprocess.ts";
import { ByteBudget } from "./reading.ts";
import type { ReadRequest } from "./request.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { sha256 } from "./sha256.ts";

/** What `model.json` holds besides the weights' name. */
export interface TrainedModel {
  readonly architecture: MobileNetV2Architecture;
  readonly preprocess: Preprocess;
  readonly labels: readonly string[];
  /** How it came to be; for people. */
  readonly training?: unknown;
}

const format = "mobilenetv2";
const weightsFile = "model.safetensors";

const call = "writeTrainedModel";
const tensorKind = having(
  {
    shape: needed(itemsOf(wholeFrom(0), "")),
    data: needed({ expected: "", fits: (data) => data instanceof Float32Array }),
  },
  "tensors with a shape and float32 values",
);
const modelKinds = {
  architecture: needed(having({ network: needed(plainText) }, "a network's field architecture")),
  labels: needed(itemsOf(plainText, "a list of texts")),
};

/**
 * A model's files.
 *
 * @example
 * ```ts
 * const { architecture } = mobilenetV2({ classes: 2 });
 * const preprocess = { width: 224, height: 224, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.signed } as const;
 * const files = writeTrainedModel({ architecture, preprocess, labels: ["cat", "dog"] }, new Map());
 * [...files.keys()]; // ["model.safetensors", "model.json"]
 * ```
 */
export function writeTrainedModel(
  model: TrainedModel,
  weights: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Uint8Array> {
  checkPreset(model?.preprocess, call);
  checkFields(model, modelKinds, call);
  checkMap(weights, call, "tensors by their names");
  for (const tensor of weights.values()) {
    if (!tensorKind.fits(tensor)) throw wrongArgument(call, tensorKind.expected, tensor);
  }
  const tensors = weights as ReadonlyMap<string, Tensor<"float32">>;
  const values = writeSafetensors({ tensors, metadata: { format } });
  const file = { weights: weightsFile, weightsSha256: sha256(values) };
  const description = { format, version: 1, task: "classify", ...file, ...model };
  const json = new TextEncoder().encode(`${JSON.stringify(description, undefined, 2)}\n`);
  // Weights first: a reader that finds model.json finds them too.
  return new Map([
    [weightsFile, values],
    ["model.json", json],
  ]);
}

/** The most bytes that a network's weights take: the header has about a hundred a tensor. */
function mostWeightBytes({ parameters }: Network): number {
  const values = [...parameters.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return values * 4 + 2 ** 20;
}

/**
 * The model of a `model.json` that this library wrote.
 *
 * @throws MobileNetError `invalid-model` naming what is wrong.
 */
export async function readOwnModel(main: MainFile, request: ReadRequest): Promise<ClassifierModel> {
  const json = parseJson(main.bytes, main.place);
  if (!isRecord(json) || json["format"] !== format) {
    throw invalidModel(main.place, "another kind of model", `format ${format}`, "none");
  }
  const { network, model } = describe(json);
  const path = weightsPath(json);
  const budget = new ByteBudget(mostWeightBytes(network));
  const bytes = await main.read(path, budget, request.signal);
  requireHash(bytes, json["weightsSha256"], path);
  const { tensors } = readSafetensors(bytes, path);
  const graph = bindWeights(network, tensors);
  const own = { value: model.labels, from: main.name };
  const { labels, from } = nameClasses(model.labels.length, { own, main, request });
  return {
    ...{ name: request.name, task: "classify", graph, preprocess: model.preprocess },
    ...{ labels, features: graph.landmarks.features },
    origin: { format: "", operations: {}, range: main.name, labels: from, notes: [] },
  };
}

/** Refuses weights that are not those of `model.json`; the first files of this kind name no hash. */
function requireHash(bytes: Uint8Array, expected: unknown, path: string): void {
  if (expected === undefined) return;
  if (typeof expected !== "string" || !/^[0-9a-f]{64}$/.test(expected)) {
    throw invalidModel("model.json", "bad weightsSha256", "64 digits", quote(expected));
  }
  const received = sha256(bytes);
  if (received === expected) return;
  throw new MobileNetError("integrity", "the weights are not those that model.json is about", {
    node: path,
    expected: `SHA-256 ${expected}`,
    received,
    remedy: "Copy both files of one run, or train again; a half-copied file is damaged.",
  });
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

/** What `model.json` says, checked, and the network it describes. */
function describe(json: Readonly<Record<string, unknown>>): {
  readonly model: TrainedModel;
  readonly network: Network;
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
  const network = build(architecture);
  const preprocess = readPreprocessFor(architecture, json["preprocess"]);
  const { labels } = json;
  const { classes } = architecture;
  if (
    !Array.isArray(labels) ||
    labels.length !== classes ||
    labels.some((l) => typeof l !== "string")
  ) {
    throw invalidModel("model.json", "bad labels", `${classes} texts`, quote(labels));
  }
  return { network, model: { architecture, preprocess, labels: labels as string[] } };
}

function build(architecture: MobileNetV2Architecture): Network {
  try {
    return buildNetwork(architecture);
  } catch (cause) {
    if (!(cause instanceof MobileNetError)) throw cause;
    throw new MobileNetError("invalid-model", `bad architecture: ${cause.message}`, {
      node: "model.json",
      cause,
    });
  }
}

/** The arguments of the network; files of the first kind leave out those that had one value. */
function readArchitecture(value: unknown): MobileNetV2Architecture {
  const {
    network = "mobilenet-v2",
    task = "classify",
    width,
    resolution,
    classes,
    padding,
    epsilon,
    strides = table2Strides,
    outputStride = 32,
    hidden = [],
  } = isRecord(value) ? value : {};
  const fits =
    network === "mobilenet-v2" &&
    task === "classify" &&
    isNumberIn(width, 0.01, 16) &&
    isList(resolution, (size) => isEdge(size as number) && (size as number) <= 4096) &&
    resolution.length === 2 &&
    isCount(classes) &&
    (padding === "same" || padding === "symmetric") &&
    isNumberIn(epsilon, 0, 1) &&
    isList(strides, (stride) => stride === 1 || stride === 2) &&
    (outputStride === 8 || outputStride === 16 || outputStride === 32) &&
    isList(hidden, isCount);
  if (!fits) {
    const expected = "the arguments of mobilenet-v2: width, resolution, classes …, each in range";
    throw invalidModel("model.json", "bad architecture", expected, quote(value));
  }
  return {
    ...{ network, task, width, classes, padding, epsilon, outputStride },
    resolution: resolution as unknown as readonly [number, number],
    strides: strides as number[],
    hidden: hidden as number[],
  };
}

/** Preprocessing to the size of the network's input. */
function readPreprocessFor(
  { resolution: [rows, columns] }: MobileNetV2Architecture,
  value: unknown,
): Preprocess {
  const preprocess = readPreprocess(value, "model.json");
  const { width, height } = preprocess;
  if (height === rows && width === columns) return preprocess;
  const expected = `a width of ${columns} and a height of ${rows}, the network's`;
  throw invalidModel("model.json", "bad preprocessing", expected, `${width} and ${height}`);
}

/** A number of channels or classes. */
function isCount(value: unknown): value is number {
  return isEdge(value as number) && (value as number) <= 65_536;
}

/** A short list of what `fits` lets through. */
function isList(value: unknown, fits: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= 16 && value.every(fits);
}
