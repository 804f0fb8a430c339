/**
 * The network as it will be quantised: batch norms folded into weights, activations fused, shortcuts
 * left as additions of their own, because in 8 bits every value between operations is rounded.
 */
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations } from "../compile/fuse-elementwise.ts";
import { hasBytes } from "../compile/plan-memory.ts";
import { MobileNetError } from "../errors.ts";
import type { Graph, Node, Op, Parameter } from "../graph/ir.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { required } from "../required.ts";

/** Operations with an 8-bit form. */
const quantizable: Readonly<Record<Op, boolean>> = {
  input: true,
  conv2d: true,
  depthwiseConv2d: true,
  activation: true,
  add: true,
  globalAveragePool: true,
  averagePool2d: true,
  softmax: true,
  sigmoid: true,
  resizeBilinear: true,
  concat: true,
  reshape: true,
  pad: true,
  batchNorm: false,
  elementwise: false,
  multiply: false,
  maxPool2d: false,
  resizeNearest: false,
  slice: false,
  transpose: false,
  quantize: false,
  dequantize: false,
  argMax: false,
  invertedResidual: false,
};

/**
 * The same network ready to be quantised.
 *
 * @throws MobileNetError `invalid-argument` where the graph is 8-bit already or has no weights,
 *   `unsupported` naming the node that has no 8-bit form.
 */
export function foldedNetwork(graph: Graph): Graph {
  if (graph.nodes.some(({ quantization }) => quantization !== undefined)) {
    throw new MobileNetError("invalid-argument", "the model is 8-bit already", {
      expected: "a float32 model",
      remedy: "Quantise the float model that it was made from.",
    });
  }
  for (const [name, { data }] of graph.parameters) {
    if (data instanceof Float32Array) continue;
    throw new MobileNetError("invalid-argument", "a parameter has no float32 values", {
      node: name,
      remedy: "Bind weights to the graph first.",
    });
  }
  const folded = writableGraph(graph);
  const other = folded.nodes.find(({ op }) => !quantizable[op]);
  if (other === undefined) return withOwnParameters(folded);
  throw new MobileNetError("unsupported", `${other.op} has no 8-bit form`, {
    node: other.name,
    expected: "a network of the MobileNetV2 family",
  });
}

/** The same graph as files have it: without batch norms, activations in their convolutions. */
export function writableGraph(graph: Graph): Graph {
  if (hasBytes(graph)) return graph;
  return [pruneGraph, foldBatchNorm, fuseActivations].reduce((all, pass) => pass(all), graph);
}

/**
 * Every convolution with parameters of its own, named after it: their integers depend on its input's and
 * output's scales, and equalisation scales them. A file may share a tensor of zero biases, say.
 */
function withOwnParameters(graph: Graph): Graph {
  const parameters = new Map<string, Parameter>();
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return node;
    const weights = `${node.name}/weights`;
    parameters.set(weights, required(graph.parameters, node.weights));
    if (node.bias === undefined) return { ...node, weights };
    const bias = `${node.name}/bias`;
    parameters.set(bias, required(graph.parameters, node.bias));
    return { ...node, weights, bias };
  });
  return { ...graph, nodes, parameters };
}

/** The same graph with every node's value as an output, in the nodes' order. */
export function withEveryValue(graph: Graph): Graph {
  return { ...graph, outputs: graph.nodes.map(({ name }) => name) };
}
