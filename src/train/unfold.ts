/**
 * Weights are often published with batch norms folded into biases. To train such layers further, each
 * gets a batch norm again that computes the same: with the mean m and the variance v that the bare
 * convolution puts out for the pictures it will be trained on, γ = √(v + ε) and β = m + bias. A filter's
 * length is free before a batch norm; it becomes that of a new network's, which learning rates are made
 * for.
 */
import type { Graph, Node, Parameter } from "../graph/ir.ts";
import { renameLandmarks } from "../graph/rewrite.ts";
import { required } from "../required.ts";
import { filterDeviation } from "./initialize.ts";
import type { ChannelStatistics } from "./measure.ts";

/** Convolutions that have a bias in place of a batch norm; a classifier's is its own. */
export function foldedConvolutions(graph: Graph): readonly string[] {
  const operations = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  return graph.nodes.flatMap((node) => {
    const isConvolution = node.op === "conv2d" || node.op === "depthwiseConv2d";
    if (!isConvolution || node.bias === undefined) return [];
    return operations.get(node.inputs[0] ?? "") === "globalAveragePool" ? [] : [node.name];
  });
}

/**
 * The same network with a batch norm behind each convolution that has statistics.
 *
 * @param statistics - Of the convolutions' outputs, bias included, by name.
 * @param epsilon - Of the new batch norms.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ classes: 10 });
 * // Nothing is folded here.
 * foldedConvolutions(graph); // []
 * unfoldBatchNorms(graph, { statistics: new Map(), epsilon: 1e-3 }).nodes.length === graph.nodes.length; // true
 * ```
 */
export function unfoldBatchNorms(
  graph: Graph,
  {
    statistics,
    epsilon,
  }: {
    readonly statistics: ReadonlyMap<string, ChannelStatistics>;
    readonly epsilon: number;
  },
): Graph {
  const parameters = new Map<string, Parameter>(graph.parameters);
  const rename = (name: string): string => (statistics.has(name) ? normName(name) : name);
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const inputs = node.inputs.map(rename);
    const measured = statistics.get(node.name);
    if (measured === undefined || !("bias" in node) || node.bias === undefined) {
      return [{ ...node, inputs }];
    }
    const { bias, ...bare } = node;
    const norm = normName(node.name);
    const weights = required(parameters, node.weights) as Required<Parameter>;
    const biases = required(parameters, bias).data!;
    const factors = lengthen(weights, biases.length);
    const part = (kind: string, of: (channel: number, factor: number) => number): string => {
      const data = Float32Array.from(factors, (factor, c) => of(c, factor));
      parameters.set(`${norm}/${kind}`, { shape: [data.length], data });
      return `${norm}/${kind}`;
    };
    const { mean, variance } = measured;
    const spread = (c: number, factor: number) => factor * factor * variance[c]!;
    parameters.delete(bias);
    parameters.set(node.weights, scaled(weights, factors));
    return [
      { ...bare, inputs },
      {
        op: "batchNorm",
        name: norm,
        inputs: [node.name],
        gamma: part("gamma", (c, factor) => Math.sqrt(spread(c, factor) + epsilon) / factor),
        beta: part("beta", (c) => mean[c]!),
        mean: part("mean", (c, factor) => factor * (mean[c]! - biases[c]!)),
        variance: part("variance", spread),
        epsilon,
      },
    ];
  });
  if (statistics.size === 0) return graph;
  const known = graph.landmarks && { landmarks: renameLandmarks(graph.landmarks, rename) };
  return { ...graph, ...known, nodes, parameters };
}

function normName(convolution: string): string {
  return `${convolution}/batch_norm`;
}

/** What each filter is multiplied by, so that its root mean square is that of a new network's. */
function lengthen({ shape, data }: Required<Parameter>, channels: number): Float64Array {
  const squares = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    squares[i % channels]! += value * value;
  }
  const wanted = filterDeviation(shape);
  // A filter of zeros stays one.
  return squares.map((sum) => (sum === 0 ? 1 : wanted / Math.sqrt((sum * channels) / data.length)));
}

/** Weights with each output channel, which is the last dimension, times its factor. */
function scaled({ shape, data }: Required<Parameter>, factors: Float64Array): Parameter {
  return {
    shape,
    data: Float32Array.from(data, (value, i) => value * factors[i % factors.length]!),
  };
}
