/**
 * From files to a model: read the tensors, give them our names, build the architecture and bind. A
 * hub record says everything about its weights; for anybody's own files the architecture is read off
 * the weights and the rest follows the conventions of those who exported them.
 */
import { MobileNetError } from "../errors.ts";
import { detectArchitecture } from "../formats/architecture.ts";
import { findByName, type ModelFiles, requireFile } from "../formats/files.ts";
import { mapWeights } from "../formats/map-weights.ts";
import { readTfjs } from "../formats/tfjs.ts";
import { isTfjsBundle, unpackTfjsBundle } from "../formats/tfjs-bundle.ts";
import { detectScheme } from "../formats/weight-names.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph } from "../graph/ir.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2, resolutionOf } from "../models/mobilenet-v2.ts";
import type { DetectionSettings, Model } from "../models/model.ts";
import { ssdlite, ssdliteAnchors } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { withHiddenLayers } from "./dense-head.ts";
import { chooseLabels, labelLines } from "./model-labels.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import type { Architecture, HubRecord, ModelDescription } from "./record.ts";
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
  if (tflite === undefined) {
    return assemble({ name, architecture, preprocess, labels }, readTensors(files));
  }
  // What reads other kinds of files is loaded where one comes: pages download it only then.
  const { readTfliteNetwork } = await import("./tflite-model.ts");
  const { head, resolution, classes } = readTfliteNetwork(requireFile(files, tflite));
  const { task } = head;
  const [rows, columns] = resolutionOf(architecture, 0);
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
  return { name, preprocess, labels: given, ...head };
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
  const base = { width, resolution, classes, padding, epsilon };
  const architectures: Record<Model["task"], Architecture> = {
    classify: { ...base, task: "classify", hidden },
    detect: { ...base, task: "detect", detection: detectionDefaults(resolution) },
    segment: { ...base, task: "segment", outputStride, aspp },
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
  const graph = bindWeights(buildGraph(architecture), tensors);
  const base = { name, graph, preprocess, labels };
  switch (architecture.task) {
    case "classify":
      return { ...base, task: "classify", features: "head/relu6" };
    case "detect": {
      const { detection } = architecture;
      return { ...base, task: "detect", features: "head/relu6", detection };
    }
    case "segment":
      return { ...base, task: "segment", features: inputOf(graph, "aspp/pointwise") };
  }
}

function buildGraph(architecture: Architecture): Graph {
  switch (architecture.task) {
    case "classify":
      return withHiddenLayers(mobilenetV2(architecture), architecture.hidden);
    case "detect":
      return ssdlite(architecture);
    case "segment":
      return deeplabV3(architecture);
  }
}

/** The last bottleneck, whose node is called otherwise once its batch norm is folded. */
function inputOf(graph: Graph, name: string): string {
  return graph.nodes.find((node) => node.name === name)?.inputs[0] ?? name;
}

/** The Object Detection API's settings for this network. */
function detectionDefaults(resolution: readonly [number, number]): DetectionSettings {
  return {
    anchors: ssdliteAnchors(resolution),
    boxCoder: [10, 10, 5, 5],
    scoreThreshold: 0.5,
    iouThreshold: 0.6,
    maxDetections: 100,
  };
}
