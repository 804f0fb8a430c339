/** A model as a TensorFlow Lite file. */
import { describeModel, metadataName } from "../formats/model-description.ts";
import {
  breaksLine,
  standardMetadata,
  standardName,
  withLabels,
} from "../formats/tflite/write-metadata.ts";
import { writeTflite } from "../formats/tflite/writer.ts";
import { writableGraph } from "../quantize/network.ts";
import { changeOf, leftOutSteps } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget } from "./conversion.ts";

/** Writes the file. */
export const toTflite: WriteTarget = (model, { precision }) => {
  const half = precision === "f16";
  const graph = writableGraph(model.graph);
  if (half) requireHalf(graph);
  const metadata = new Map([
    [metadataName, describeModel(model)],
    [standardName, standardMetadata({ ...model, graph })],
  ]);
  const file = withLabels(writeTflite(graph, { metadata, half }), model);
  const hasNorms = model.graph.nodes.some(({ op }) => op === "batchNorm");
  const changes: readonly (ConversionChange | false)[] = [
    hasNorms && changeOf("norms-folded"),
    half && changeOf("half-precision"),
    leftOutSteps(model),
    model.labels.some(breaksLine) && changeOf("labels-in-lines"),
  ];
  return {
    files: new Map([["model.tflite", file]]),
    settings: {},
    changes: changes.filter((change) => change !== false),
  };
};
