/**
 * This library's own models: `model.json`, which says all that the weights do not (architecture,
 * preprocessing, labels, how a detector's boxes are read), and a safetensors file beside it. Training
 * writes them; the loader of their task reads them. Both files may come from strangers, so every number
 * is checked.
 *
 * Version 1 is a classifier of the paper's own blocks. Version 2 is any network of the table in
 * `models/networks.ts`; readers of the first version refuse it, where they would build another network
 * than the weights are for.
 */
import {
  checkFields,
  checkMap,
  having,
  itemsOf,
  needed,
  numberFrom,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Network } from "../graph/ir.ts";
import { checkPreset } from "../image/check-preset.ts";
import type { Preprocess } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { DetectionSettings, HeadTask, Model } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { wrongArgument } from "../wrong-argument.ts";
import { nameClasses } from "./assume.ts";
import { invalidModel, isRecord, isSafePath, parseJson } from "./files.ts";
import type { MainFile } from "./format.ts";
import { readNetwork } from "./read-architecture.ts";
import { detectionAsJson, readDetectionSettings } from "./read-detection.ts";
import { readPreprocess } from "./read-preprocess.ts";
import { ByteBudget } from "./reading.ts";
import type { ReadRequest } from "./request.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { sha256 } from "./sha256.ts";

/** What `model.json` holds besides the weights' name. */
export interface TrainedModel {
  /** What builds the network, its task included. */
  readonly architecture: Architecture;
  readonly preprocess: Preprocess;
  /** One a class; a detector's leave out the background. */
  readonly labels: readonly string[];
  /** A detector's anchors, box coding and thresholds. Default: the published ones for its resolution. */
  readonly detection?: DetectionSettings | undefined;
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
const detectionKind = having(
  {
    anchors: needed(
      having({ boxes: { expected: "", fits: (boxes) => boxes instanceof Float32Array } }, ""),
    ),
    boxCoder: needed(itemsOf(numberFrom(0), "")),
    scoreThreshold: needed(numberFrom(0, 1)),
    iouThreshold: needed(numberFrom(0, 1)),
    maxDetections: needed(wholeFrom(1)),
  },
  "settings with anchors, boxCoder, scoreThreshold, iouThreshold and maxDetections",
);
const modelKinds = {
  architecture: needed(having({ network: needed(plainText) }, "a network's field architecture")),
  labels: needed(itemsOf(plainText, "a list of texts")),
  detection: detectionKind,
};

/**
 * A model's files, which the loader of its task reads: a classifier's, a detector's or a segmenter's.
 *
 * @param weights - The network's parameters by their names.
 * @throws MobileNetError `invalid-argument` for fields of another kind, or settings of a detector beside
 *   another network.
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
  const { architecture, preprocess, labels, detection, ...others } = model;
  if (detection !== undefined && architecture.task !== "detect") {
    throw wrongArgument(call, `no settings of a detector to ${architecture.task}`, detection);
  }
  const description = {
    ...{ format, version: versionOf(architecture), task: architecture.task, ...file },
    ...{ architecture, preprocess, labels },
    ...(detection && { detection: detectionAsJson(detection) }),
    ...others,
  };
  const json = new TextEncoder().encode(`${JSON.stringify(description, undefined, 2)}\n`);
  // Weights first: a reader that finds model.json finds them too.
  return new Map([
    [weightsFile, values],
    ["model.json", json],
  ]);
}

/** The first version that reads an architecture as it is meant. */
function versionOf({ network, ...rest }: Architecture): 1 | 2 {
  const isPlain = !("block" in rest && rest.block) && !("scores" in rest && rest.scores);
  return network === "mobilenet-v2" && isPlain ? 1 : 2;
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
export async function readOwnModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const json = parseJson(main.bytes, main.place);
  if (!isRecord(json) || json["format"] !== format) {
    throw invalidModel(main.place, "another kind of model", `format ${format}`, "none");
  }
  const { network, preprocess, labels: stated } = describe(json);
  const { task } = network.architecture;
  const detection = task === "detect" ? readDetection(json, network) : undefined;
  const path = weightsPath(json);
  const budget = new ByteBudget(mostWeightBytes(network));
  const bytes = await main.read(path, budget, request.signal);
  requireHash(bytes, json["weightsSha256"], path);
  const { tensors } = readSafetensors(bytes, path);
  const graph = bindWeights(network, tensors);
  const own = { value: stated, from: main.name };
  const { labels, from } = nameClasses(stated.length, {
    ...{ own, main, request },
    background: task === "detect",
  });
  const base = {
    ...{ name: request.name, graph, preprocess, labels, features: graph.landmarks.features },
    origin: { format: "", operations: {}, range: main.name, labels: from, notes: [] },
  };
  if (detection !== undefined) return { ...base, task: "detect", detection };
  const { architecture } = network;
  const isMultiLabel = architecture.network === "mobilenet-v2" && architecture.scores === "sigmoid";
  if (isMultiLabel) return { ...base, task: "classify", multiLabel: true };
  return { ...base, task: task as Exclude<HeadTask, "detect"> };
}

/** How a detector's boxes are read: as the file says, else as is usual for its network. */
function readDetection(
  { detection }: Readonly<Record<string, unknown>>,
  { architecture: { resolution } }: Network,
): DetectionSettings {
  return detection === undefined
    ? ssdliteDetection(resolution)
    : readDetectionSettings(detection, "model.json");
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
interface Description extends Pick<TrainedModel, "preprocess" | "labels"> {
  readonly network: Network;
}

function describe(json: Readonly<Record<string, unknown>>): Description {
  const { version, task, architecture, labels } = json;
  if (version !== 1 && version !== 2) {
    const received = quote(version);
    throw invalidModel("model.json", "another kind of model", "version 1 or 2", received);
  }
  const whole =
    version === 1 && isRecord(architecture) ? { ...once, ...architecture } : architecture;
  const network = readNetwork(whole, "model.json");
  const { classes, resolution, task: own } = network.architecture;
  if (task !== own) {
    const received = quote(task);
    throw invalidModel("model.json", "another task than the network's", own, received);
  }
  const preprocess = readPreprocessFor(resolution, json["preprocess"]);
  if (
    !Array.isArray(labels) ||
    labels.length !== classes ||
    labels.some((l) => typeof l !== "string")
  ) {
    throw invalidModel("model.json", "bad labels", `${classes} texts`, quote(labels));
  }
  return { network, preprocess, labels: labels as string[] };
}

/** What had one value when the first files were written, and is left out in them. */
const once = {
  ...{ network: "mobilenet-v2", task: "classify" },
  ...{ strides: table2Strides, outputStride: 32, hidden: [] },
} as const;

/** Preprocessing to the size of the network's input. */
function readPreprocessFor(
  [rows, columns]: Network["architecture"]["resolution"],
  value: unknown,
): Preprocess {
  const preprocess = readPreprocess(value, "model.json");
  const { width, height } = preprocess;
  if (height === rows && width === columns) return preprocess;
  const expected = `a width of ${columns} and a height of ${rows}, the network's`;
  throw invalidModel("model.json", "bad preprocessing", expected, `${width} and ${height}`);
}
