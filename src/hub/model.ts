/**
 * From files to a model: read the tensors, give them our names, build the architecture and bind. A
 * hub record says everything about its weights; for anybody's own files the architecture is read off
 * the weights and the rest follows the conventions of those who exported them.
 */
import { MobileNetError } from "../errors.ts";
import { detectArchitecture } from "../formats/detect-architecture.ts";
import { findByName, type ModelFiles, requireFile } from "../formats/files.ts";
import { mapWeights } from "../formats/map-weights.ts";
import { readTfjs } from "../formats/tfjs.ts";
import { isTfjsBundle, unpackTfjsBundle } from "../formats/tfjs-bundle.ts";
import { detectScheme } from "../formats/weight-names.ts";
import type { Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { resolutionOf } from "../models/options.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { chooseLabels, labelLines } from "./model-labels.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import type { HubRecord, ModelDescription } from "./record.ts";
import { isTrainedModel, readTrainedModel } from "./trained-model.ts";

/**
 * The model of a hub record.
 *
 * @param files - By their paths in the record, as `pull` gives them.
 * @throws MobileNetError `invalid-model` where the files do not hold the record's weights.
 */
export async function buildModel(record: HubRecord, files: ModelFiles): Promise<Model> {
  const { name, architecture, preprocess } = record;
  const labels =
    "file" in record.labels ? labelLines(requireFile(files, record.labels.file)) : record.labels;
  const tflite = tflitePath(files);
  if (tflite === undefined) return assemble({ ...record, labels }, readTensors(files));
  // What reads other kinds of files is loaded where one comes: pages download it only then.
  const { readTfliteNetwork } = await import("./tflite-model.ts");
  const { head, resolution, classes } = readTfliteNetwork(requireFile(files, tflite));
  const { task } = head;
  const [rows, columns] = architecture.resolution;
  const fits =
    [task, ...resolution, classes].join() ===
    [architecture.task, rows, columns, architecture.classes].join();
  if (!fits) {
    throw new MobileNetError("invalid-model", "the file is not the record's network", {
      node: name,
      expected: `${architecture.task}, ${rows}×${columns}, ${architecture.classes} classes`,
      received: `${task}, ${resolution.join("×")}, ${classes} classes`,
    });
  }
  const given = chooseLabels(files, { name, classes, given: labels });
  const graph = { ...head.graph, architecture };
  return { name, preprocess, labels: given, ...head, graph };
}

/**
 * The model of files that no record describes: a TensorFlow.js folder or a TensorFlow Lite file, whose
 * network says itself what it is.
 *
 * @param files - `model.json` with its shards or one `.tflite` file, and, if present, `labels.txt`
 *   (one a line) or `classes.json` (a list, or an object by index).
 * @throws MobileNetError `unsupported` where the weights are no MobileNetV2, `invalid-model` where
 *   files are damaged, `invalid-argument` where `preprocess` makes other sizes than the input has
 *   or an option is given that these files settle themselves.
 */
export async function modelFromFiles(
  files: ModelFiles,
  name: string,
  options: ModelOptions = {},
): Promise<Model> {
  requireFiles(files);
  const tflite = tflitePath(files);
  if (tflite !== undefined) {
    requireRead(options, ["preprocess", "labels"], `${name}, a TensorFlow Lite file`);
    const bytes = requireFile(files, tflite);
    const [{ readTfliteNetwork }, { readModelMetadata }] = await Promise.all([
      import("./tflite-model.ts"),
      import("../formats/tflite/model-metadata.ts"),
    ]);
    const network = readTfliteNetwork(bytes);
    const own = readModelMetadata(bytes);
    const preprocess = options.preprocess ?? own?.preprocess ?? network.preprocess;
    requireSize(preprocess, network.resolution, name);
    const given = options.labels ?? own?.labels;
    const labels = chooseLabels(files, { name, classes: network.classes, given });
    return { name, preprocess, labels, ...network.head };
  }
  if (isTrainedModel(files)) {
    requireRead(options, ["labels"], `${name}, a model of this library`);
    const model = readTrainedModel(files, name);
    const given = options.labels ?? model.labels;
    return { ...model, labels: chooseLabels(files, { name, classes: model.labels.length, given }) };
  }
  const tensors = readTensors(files);
  const { task, width, classes, hidden, aspp } = detectArchitecture(tensors);
  const shared = ["resolution", "padding", "epsilon", "preprocess", "labels"] as const;
  requireRead(
    options,
    task === "segment" ? [...shared, "outputStride"] : shared,
    `${name}, a model to ${task}`,
  );
  const sizes = { classify: 224, detect: 300, segment: 513 } as const;
  const { padding = "same", epsilon = 1e-3, outputStride = 16 } = options;
  const prepared =
    options.preprocess && ([options.preprocess.height, options.preprocess.width] as const);
  const resolution = resolutionOf({ resolution: options.resolution ?? prepared ?? sizes[task] });
  const base = { width, resolution, classes, padding, epsilon, strides: table2Strides };
  const architectures: Record<Model["task"], Architecture> = {
    classify: { network: "mobilenet-v2", task: "classify", ...base, outputStride: 32, hidden },
    detect: { network: "ssdlite", task: "detect", ...base, predictors: "separable" },
    segment: { network: "deeplabv3", task: "segment", ...base, outputStride, aspp },
  };
  const preprocess: Preprocess = options.preprocess ?? {
    width: resolution[1],
    height: resolution[0],
    fit: task === "segment" ? { kind: "pad", value: 127.5 } : { kind: "stretch" },
    centers: "half-pixel",
    ...ranges.signed,
  };
  requireSize(preprocess, resolution, name);
  const labels = chooseLabels(files, { name, classes, given: options.labels });
  return assemble({ name, architecture: architectures[task], preprocess, labels }, tensors);
}

/** Refuses what is no model's files: JavaScript's callers may give anything as a source. */
function requireFiles(files: unknown): asserts files is ModelFiles {
  const isFile = ([path, bytes]: readonly unknown[]): boolean =>
    typeof path === "string" && bytes instanceof Uint8Array;
  if (files instanceof Map && [...files].every(isFile)) return;
  throw new MobileNetError("invalid-argument", "this names no model", {
    expected: "a name, an address, a path, or a Map from paths to a Uint8Array each",
    received: quote(files),
  });
}

/** Refuses pictures of another size than the network's input. */
function requireSize(
  { width, height }: Preprocess,
  [rows, columns]: readonly [number, number],
  name: string,
): void {
  if (height === rows && width === columns) return;
  throw new MobileNetError("invalid-argument", "preprocess does not fit the input's resolution", {
    node: name,
    expected: `${rows} rows and ${columns} columns`,
    received: `${height} rows and ${width} columns`,
    remedy: "Give preprocess the input's width and height, or leave it out.",
  });
}

/** The TensorFlow Lite file among a model's files, where they are no TensorFlow.js model. */
function tflitePath(files: ModelFiles): string | undefined {
  const paths = [...files.keys()].filter((path) => path.endsWith(".tflite"));
  return findByName(files, ["model.json"]) === undefined ? paths[0] : undefined;
}

function readTensors(files: ModelFiles): Map<string, Tensor> {
  const tensors = readTfjs(isTfjsBundle(files) ? unpackTfjsBundle(files) : files);
  return mapWeights(tensors, detectScheme(tensors.keys()));
}

function assemble(description: ModelDescription, tensors: ReadonlyMap<string, Tensor>): Model {
  const { name, architecture, preprocess, labels } = description;
  const { task, resolution } = architecture;
  const graph = bindWeights(buildNetwork(architecture), tensors);
  const model = { name, graph, preprocess, labels, features: graph.landmarks.features };
  if (task !== "detect") return { ...model, task };
  const { detection = ssdliteDetection(resolution) } = description;
  return { ...model, task, detection };
}
