/**
 * TensorFlow.js models that carry a graph: a frozen TensorFlow graph as JSON with its weights beside it,
 * from a SavedModel, TensorFlow Hub or Keras. What the graph does is read from it, node by node; names
 * mean nothing.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import type { Model } from "../../models/model.ts";
import { elementCount, type Tensor } from "../../tensor.ts";
import type { FileFacts } from "../file-facts.ts";
import { isRecord } from "../files.ts";
import { foldPads } from "../tflite/fold-pads.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import type { ReadRequest } from "../request.ts";
import { readDetector } from "./detector.ts";
import { frameworkOf, inputOf, neededNodes, outputsOf, type StatedInput } from "./file-input.ts";
import { type GraphDef, parseGraphDef, type Source } from "./graph-def.ts";
import type { Importer } from "./importer.ts";
import { takeInputRange } from "./input-range.ts";
import { type GraphFile, importNodes } from "./operations.ts";
import { importForSize } from "./picture-size.ts";

/**
 * The model of a graph and its weights.
 *
 * @param model - The contents of `model.json`.
 * @param tensors - The weights by the names of their nodes.
 * @throws MobileNetError `unsupported` naming the node and its operation where that is not read,
 *   `invalid-model` where the graph is malformed; what `modelOfGraph` throws.
 */
export function readGraphModel(
  model: unknown,
  tensors: ReadonlyMap<string, Tensor>,
  main: MainFile,
  request: ReadRequest,
): Model {
  const { modelTopology } = isRecord(model) ? model : {};
  const graph = parseGraphDef(modelTopology, main.place);
  const outputs = outputsOf(model, graph);
  const order = neededNodes(graph, outputs);
  const input = inputOf(model, order, main.place);
  const framework = frameworkOf(model);
  const file = { graph, tensors, framework, ...fileOf(main, tensors) };
  const read = (size: readonly [number, number]): Importer =>
    importNodes(file, order, { ...input, shape: [1, ...size, input.channels] });
  const sized = importForSize(input, read, request);
  const { importer, assumptions } = sized;
  const detector = readDetector(importer, order, outputs);
  const nodes = detector?.outputs ?? outputs.map((source) => outputNode(importer, source));
  const whole = importer.finish(request.name, [...new Set(nodes)]);
  const { graph: bare, range } = takeInputRange(foldPads(pruneGraph(whole)), input.isBytes);
  const facts: FileFacts = {
    framework: framework ?? "TensorFlow",
    operations: operationsOf(order),
    range,
    fit: sized.fit,
    detection: detector?.detection,
    assumptions,
  };
  return modelOfGraph(bare, facts, main, request);
}
