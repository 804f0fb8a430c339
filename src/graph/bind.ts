/**
 * Gives a graph its weights. Exported weights come in two forms: with the statistics of batch
 * norms, or folded into a bias. A layer whose weights come folded loses its batch norm here.
 */
import { MobileNetError } from "../errors.ts";
import { elementCount, formatShape, indexOfNonFinite, sameShape, type Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { checkGraph } from "./check-graph.ts";
import type { BatchNormNode, Graph, Node, Parameter } from "./ir.ts";
import { pruneGraph, renameLandmarks } from "./rewrite.ts";

/**
 * The same graph with parameter values.
 *
 * @param tensors - By parameter name: `<layer>/weights`, `<layer>/bias`, `<layer>/batch_norm/gamma` …
 * @throws MobileNetError `invalid-model` when a tensor is missing, superfluous, of another shape or
 *   not float32, or a value is not finite or a variance negative.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ width: 0.35, resolution: 96 });
 * const tensors = new Map(
 *   [...graph.parameters].map(([name, { shape }]) => {
 *     const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.01);
 *     return [name, { dtype: "float32" as const, shape, data }];
 *   }),
 * );
 * bindWeights(graph, tensors).parameters.get("classifier/bias")?.data?.length; // 1000
 * ```
 */
export function bindWeights<G extends Graph>(graph: G, tensors: ReadonlyMap<string, Tensor>): G {
  checkGraph(graph, "bindWeights");
  const given: unknown = tensors;
  if (!(given instanceof Map)) {
    throw mismatch(graph, "the weights are none", "a Map of tensors by name", quote(given));
  }
  const folded = dropFoldedBatchNorms(graph, tensors);
  const parameters = new Map<string, Parameter>();
  for (const [name, { shape }] of folded.parameters) {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw mismatch(graph, "a weight is missing", `${name} of ${formatShape(shape)}`, "nothing");
    }
    const own = Array.isArray(tensor?.shape) ? tensor.shape : [];
    if (!sameShape(own, shape)) {
      const [expected, received] = [formatShape(shape), formatShape(own)];
      throw mismatch(graph, `${name} has the wrong shape`, expected, received);
    }
    if (!(tensor.data instanceof Float32Array)) {
      throw new MobileNetError("invalid-model", `${name} has the wrong element type`, {
        node: graph.name,
        expected: "float32",
        received: tensor.dtype,
        remedy: "Dequantise the weights first.",
      });
    }
    if (tensor.data.length !== elementCount(shape)) {
      const [expected, received] = [`${elementCount(shape)} values`, `${tensor.data.length}`];
      throw mismatch(graph, `${name} does not fill its shape`, expected, received);
    }
    const at = indexOfNonFinite(tensor.data);
    if (at >= 0) throw damaged(graph, `${name}[${at}]`, "a finite number", tensor.data[at]);
    parameters.set(name, { shape, data: tensor.data });
  }
  requireSpreads(folded, parameters);
  for (const name of tensors.keys()) {
    if (!parameters.has(name)) {
      throw mismatch(graph, "a weight fits no layer", `the layers of ${graph.name}`, name);
    }
  }
  return { ...folded, parameters };
}

/** A batch norm divides by the root of its variance and ε. */
function requireSpreads(graph: Graph, parameters: ReadonlyMap<string, Parameter>): void {
  for (const node of graph.nodes) {
    if (node.op !== "batchNorm") continue;
    const variances = parameters.get(node.variance)?.data ?? [];
    for (let i = 0; i < variances.length; i++) {
      const variance = variances[i]!;
      if (variance + node.epsilon > 0) continue;
      throw damaged(graph, `${node.variance}[${i}]`, `a number above −${node.epsilon}`, variance);
    }
  }
}

function damaged(
  graph: Graph,
  place: string,
  expected: string,
  received: number | undefined,
): MobileNetError {
  return new MobileNetError("invalid-model", `${place} is no weight`, {
    node: graph.name,
    expected,
    received: quote(received),
    remedy: "The file is damaged or its training diverged; get or make the weights again.",
  });
}

function dropFoldedBatchNorms<G extends Graph>(graph: G, tensors: ReadonlyMap<string, Tensor>): G {
  const isFolded = (node: Node): node is BatchNormNode =>
    node.op === "batchNorm" && tensors.has(biasOf(node)) && !tensors.has(node.mean);
  const dropped = new Map(graph.nodes.filter(isFolded).map((node) => [node.name, node.inputs[0]!]));
  if (dropped.size === 0) return graph;
  const layers = new Set(dropped.values());
  const parameters = new Map(graph.parameters);
  const nodes = graph.nodes
    .filter((node) => !dropped.has(node.name))
    .map((node): Node => {
      const inputs = node.inputs.map((input) => dropped.get(input) ?? input);
      if ((node.op === "conv2d" || node.op === "depthwiseConv2d") && layers.has(node.name)) {
        const bias = `${node.name}/bias`;
        parameters.set(bias, { shape: [parameters.get(node.weights)?.shape.at(-1) ?? 0] });
        return { ...node, inputs, bias };
      }
      return { ...node, inputs };
    });
  const rename = (name: string): string => dropped.get(name) ?? name;
  const outputs = graph.outputs.map(rename);
  const known = graph.landmarks && { landmarks: renameLandmarks(graph.landmarks, rename) };
  return pruneGraph({ ...graph, ...known, nodes, outputs, parameters });
}

function biasOf(node: BatchNormNode): string {
  return `${node.inputs[0]}/bias`;
}

function mismatch(
  graph: Graph,
  summary: string,
  expected: string,
  received: string,
): MobileNetError {
  return new MobileNetError("invalid-model", summary, {
    node: graph.name,
    expected,
    received,
    remedy: "The weights belong to another architecture, width or class count.",
  });
}
