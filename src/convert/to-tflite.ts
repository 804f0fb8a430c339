/** A model as a TensorFlow Lite file. */
import { describeModel, metadataName } from "../formats/model-description.ts";
import { writeTflite } from "../formats/tflite/writer.ts";
import { writableGraph } from "../quantize/network.ts";
import { changeOf, leftOutSteps } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget } from "./conversion.ts";

/** Writes the file. */
export const toTflite: WriteTarget = (model, { half }) => {
  const graph = writableGraph(model.graph);
  if (half) requireHalf(graph);
  const metadata = new Map([[metadataName, describeModel(model)]]);
  const hasNorms = model.graph.nodes.some(({ op }) => op === "batchNorm");
  const changes: readonly (ConversionChange | false)[] = [
    hasNorms && changeOf("norms-folded"),
    half && changeOf("half-precision"),
    leftOutSteps(model),
  ];
  return {
    files: new Map([["model.tflite", writeTflite(graph, { metadata, half })]]),
    settings: {},
    changes: changes.filter((change) => change !== false),
  };
};
