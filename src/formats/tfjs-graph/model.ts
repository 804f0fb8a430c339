/**
 * TensorFlow.js models that carry a graph: a frozen TensorFlow graph as JSON with its weights beside it,
 * from a SavedModel, TensorFlow Hub or Keras. What the graph does is read from it, node by node; names
 * mean nothing.
 */
import { MobileNetError } from "../../errors.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import type { Model } from "../../models/model.ts";
import { elementCount, type Tensor } from "../../tensor.ts";
import type { FileFacts } from "../file-facts.ts";
import { isRecord } from "../files.ts";
import { foldPads } from "../fold-pads.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import { factsOf, metadataName, readJsonDescription } from "../model-description.ts";
import type { ReadRequest } from "../request.ts";
import { readDetector } from "./detector.ts";
import { frameworkOf, neededNodes, outputsOf, pictureInputOf } from "./file-input.ts";
import { type GraphNode, type NodeOutput, parseGraphDef } from "./graph-def.ts";
import type { GraphDefImport } from "./importer.ts";
import { takeInputRange } from "./input-range.ts";
import { importNodes } from "./operations.ts";
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
  const input = pictureInputOf(model, order, main.place);
  const framework = frameworkOf(model) ?? "TensorFlow";
  const values = [...tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const bytes = 4 * values + main.bytes.length;
  const file = { graph, tensors, framework, place: main.place, bytes };
  const read = (size: readonly [number, number]): GraphDefImport =>
    importNodes(file, order, { ...input, shape: [1, ...size, input.channels] });
  const { importer, fit, assumptions } = importForSize(input, read, request);
  const detector = readDetector(importer, order);
  const nodes = detector?.outputs ?? outputs.map((source) => outputNode(importer, source));
  const whole = importer.finish(request.name, [...new Set(nodes)]);
  const own = request.published ? undefined : readJsonDescription(model);
  const plain = foldPads(pruneGraph(whole));
  // A description is of the input as it is: what stands behind it stays.
  const { graph: bare, range } = own
    ? { graph: plain, range: undefined }
    : takeInputRange(plain, input.isBytes);
  const assumed = (detector?.assumed ?? []).map(
    (text) => ({ about: "head", assumed: text }) as const,
  );
  const facts: FileFacts = {
    framework,
    operations: countOperations(order),
    range,
    fit,
    detection: detector?.detection,
    assumptions: [...assumptions, ...assumed],
    notes: [...importer.notes],
  };
  const said = own ? factsOf(own, facts, `the file's ${metadataName} metadata`) : facts;
  return modelOfGraph(bare, said, main, request);
}

/** The node of ours that gives an output. */
function outputNode(importer: GraphDefImport, source: NodeOutput): string {
  const value = importer.value(source);
  if (value.type === "map") return importer.outputNode(value);
  if (value.type === "unread" && value.error !== undefined) throw value.error;
  throw new MobileNetError("unsupported", "an output of the graph does not depend on the picture", {
    node: source.node,
  });
}

function countOperations(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of nodes) {
    if (op !== "Const") counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return counts;
}
