/**
 * A network with random weights as files that a loader reads, for the time of a cold start: weights under
 * TensorFlow.js' names where they say all of it, a `.tflite` file of 8 bits, and for every other network
 * a model of this library's own, which says what it was built from.
 */
import type { ModelFiles } from "../formats/files.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Graph } from "../graph/ir.ts";
import { isFloat } from "../graph/rewrite.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import type { HeadTask, Model } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { tfjsFiles } from "./tfjs-files.ts";

/** The files, which of them a loader is given, and what for. */
interface ColdStartFiles {
  readonly files: ModelFiles;
  readonly source: string;
  readonly task: HeadTask;
  /** Whether they leave the resolution to the caller. */
  readonly open: boolean;
}

/** Writes a network's files; one without an architecture is taken for a classifier. */
export async function coldStartFiles(graph: Graph): Promise<ColdStartFiles> {
  const { architecture } = graph;
  const task = architecture?.task ?? "classify";
  if (!graph.nodes.every(isFloat)) {
    const { writeTflite } = await import("../formats/tflite/writer.ts");
    const { describeModel, metadataName } = await import("../formats/model-description.ts");
    const said = architecture && describeModel(modelOf(graph, architecture));
    const bytes = writeTflite(graph, { metadata: new Map(said && [[metadataName, said]]) });
    const source = "model.tflite";
    return { files: new Map([[source, bytes]]), source, task, open: false };
  }
  if (architecture === undefined || namesSuffice(architecture)) {
    return { files: tfjsFiles(graph), source: "", task, open: true };
  }
  const { writeTrainedModel } = await import("../formats/own-model.ts");
  const { preprocess, labels } = modelOf(graph, architecture);
  const files = writeTrainedModel({ architecture, preprocess, labels }, valuesOf(graph));
  return { files, source: "", task, open: false };
}

/** Whether a reader of names and shapes builds the same network. */
function namesSuffice({ network, ...others }: Architecture): boolean {
  return network === "mobilenet-v2" && !("block" in others);
}

function modelOf(graph: Graph, { task, classes, resolution }: Architecture): Model {
  const [height, width] = resolution;
  const fit = { kind: "stretch" } as const;
  const preprocess: Preprocess = { width, height, fit, centers: "half-pixel", ...ranges.signed };
  const labels = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const base = { name: graph.name, graph, preprocess, labels, features: graph.nodes[0]!.name };
  if (task === "detect") return { ...base, task, detection: ssdliteDetection(resolution) };
  return { ...base, task };
}

function valuesOf({ parameters }: Graph): ReadonlyMap<string, Tensor> {
  return new Map(
    [...parameters].map(([name, { shape, data }]): [string, Tensor] => [
      name,
      { dtype: "float32", shape, data: data ?? new Float32Array(elementCount(shape)) },
    ]),
  );
}
