/**
 * A model as files of TensorFlow.js: layers for classifiers and embedders, which Teachable Machine's, ml5's
 * and nsfwjs's code loads; a graph for the rest and for what layers cannot say.
 */
import { MobileNetError } from "../errors.ts";
import { decodeText } from "../formats/files.ts";
import { modelConfig, writtenVersion } from "../formats/keras/write-config.ts";
import { type WrittenLayers, writeLayers } from "../formats/keras/write-layers.ts";
import { describeModel, metadataName } from "../formats/model-description.ts";
import { writeGraphDef } from "../formats/tfjs-graph/write-graph.ts";
import { distanceOf } from "../formats/usual-ranges.ts";
import { isKernel, type StoredKernels, writeTfjsFiles } from "../formats/write-tfjs.ts";
import type { Graph } from "../graph/ir.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { ranges } from "../image/presets.ts";
import type { ClassifierModel, Model } from "../models/model.ts";
import { writableGraph } from "../quantize/network.ts";
import { changeOf } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget, WrittenTarget } from "./conversion.ts";
import { evenKernels } from "./even-kernels.ts";

/** Writes the files. */
export const toTfjs: WriteTarget = (model, { precision }) => {
  // The table of targets has no others for this format.
  const kernels = precision as StoredKernels;
  const content = {
    userDefinedMetadata: { [metadataName]: JSON.parse(decodeText(describeModel(model))) },
  };
  // Kernels of bytes have one scale for all channels.
  const graph = kernels === "uint8" ? evenKernels(model.graph) : model.graph;
  const written: Model = { ...model, graph };
  const layers = layersOf(written);
  const target =
    layers === undefined
      ? graphFiles(written, content, kernels)
      : layersFiles(written, { layers, content, kernels });
  const isNormed = normCount(graph) > normCount(model.graph);
  return { ...target, changes: [...target.changes, ...changesOf([isNormed && "norms-added"])] };
};

function normCount({ nodes }: Graph): number {
  return nodes.filter(({ op }) => op === "batchNorm").length;
}

type Content = Readonly<Record<string, unknown>>;

/** A classifier's or an embedder's layers, where there are layers for all of it. */
function layersOf({ task, graph }: Model): WrittenLayers | undefined {
  if (task !== "classify" && task !== "embed") return undefined;
  // TensorFlow.js's layer of depthwise convolutions passes over its dilation.
  const isDilated = graph.nodes.some((node) => node.op === "depthwiseConv2d" && node.dilation > 1);
  if (isDilated) return undefined;
  try {
    return writeLayers(pruneGraph(graph));
  } catch (error) {
    if (error instanceof MobileNetError && error.code === "unsupported") return undefined;
    throw error;
  }
}

function layersFiles(
  model: Model,
  {
    layers,
    content,
    kernels,
  }: {
    readonly layers: WrittenLayers;
    readonly content: Content;
    readonly kernels: StoredKernels;
  },
): WrittenTarget {
  if (kernels === "f16") requireHalfKernels(model.graph);
  const topology = {
    ...{ keras_version: writtenVersion, backend: "tensorflow" },
    model_config: modelConfig(model.graph.name, layers, "Model"),
  };
  const weights = layers.layers.flatMap(({ name, weights: own }) =>
    own.map(({ role, tensor }) => ({ ...tensor, name: `${name}/${role}` })),
  );
  const files = writeTfjsFiles(
    {
      ...{ format: "layers-model", generatedBy: "mobilenetv2", convertedBy: null },
      ...{ modelTopology: topology, ...content },
    },
    weights,
    kernels,
  );
  const isClassifier = model.task === "classify";
  if (isClassifier) files.set("metadata.json", machineMetadata(model));
  return {
    files,
    settings: {},
    changes: changesOf([
      layers.isRenamed && "names-changed",
      kernelChange(kernels),
      isClassifier && !isMachineRange(model) && "other-range",
    ]),
  };
}

function graphFiles(model: Model, content: Content, kernels: StoredKernels): WrittenTarget {
  // Folded norms would pull the channels of kernels of bytes apart.
  const folds = kernels !== "uint8";
  const graph = folds ? writableGraph(model.graph) : pruneGraph(model.graph);
  if (kernels === "f16") requireHalfKernels(graph);
  const { topology, signature, weights, isRenamed } = writeGraphDef(graph);
  const files = writeTfjsFiles(
    {
      ...{ format: "graph-model", generatedBy: "mobilenetv2", convertedBy: null, signature },
      ...{ modelTopology: topology, ...content },
    },
    weights,
    kernels,
  );
  const hasNorms = model.graph.nodes.some(({ op }) => op === "batchNorm");
  return {
    files,
    settings: {},
    changes: changesOf([
      "graph-model",
      isRenamed && "names-changed",
      folds && hasNorms && "norms-folded",
      kernelChange(kernels),
    ]),
  };
}

function kernelChange(kernels: StoredKernels): ConversionChange["code"] | false {
  if (kernels === "f32") return false;
  return kernels === "f16" ? "half-kernels" : "byte-kernels";
}

function changesOf(
  codes: readonly (ConversionChange["code"] | false)[],
): readonly ConversionChange[] {
  return codes.flatMap((code) => (code === false ? [] : [changeOf(code)]));
}

function requireHalfKernels(graph: Graph): void {
  const kernels = [...graph.parameters].filter(([, { shape, data }]) => isKernel(shape, data));
  requireHalf({ ...graph, parameters: new Map(kernels) });
}

/** Whether pictures are prepared as Teachable Machine's library does it. */
function isMachineRange({ preprocess }: Model): boolean {
  const { width, height } = preprocess;
  return width === height && distanceOf(preprocess, ranges.signed) < 0.02;
}

/** What Teachable Machine keeps beside its models; its library is named where it prepares pictures rightly. */
function machineMetadata(model: ClassifierModel): Uint8Array {
  const { name, labels, preprocess } = model;
  const metadata = {
    ...(isMachineRange(model) ? { packageName: "@teachablemachine/image" } : {}),
    ...{ packageVersion: "0.8.4-alpha2", tfjsVersion: "1.3.1", userMetadata: {} },
    ...{ modelName: name, labels, imageSize: preprocess.width },
  };
  return new TextEncoder().encode(`${JSON.stringify(metadata, undefined, 2)}\n`);
}
