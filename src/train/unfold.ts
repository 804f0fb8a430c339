/**
 * Weights are often published with batch norms folded into biases. To train such layers further, each
 * gets a batch norm again, of mean 0, variance 1 − ε, γ 1 and the bias as β, which computes the same. Its
 * statistics are those of no data: it has to keep them while training (`frozenBatchNorm`).
 */
import type { Graph, Node, Parameter } from "../graph/ir.ts";

/**
 * The same network with a batch norm behind each convolution that has a bias, but for a classifier's.
 * A graph without such convolutions is returned as it is.
 *
 * @param epsilon - Of the new batch norms.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ classes: 10 });
 * // Nothing is folded here.
 * unfoldBatchNorms(graph, 1e-3) === graph; // true
 * ```
 */
export function unfoldBatchNorms(graph: Graph, epsilon: number): Graph {
  const operations = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  const parameters = new Map<string, Parameter>(graph.parameters);
  /** What stands for a convolution's output from now on. */
  const normed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const inputs = node.inputs.map((input) => normed.get(input) ?? input);
    const isConvolution = node.op === "conv2d" || node.op === "depthwiseConv2d";
    const pooled = operations.get(node.inputs[0] ?? "") === "globalAveragePool";
    if (!isConvolution || node.bias === undefined || pooled) return [{ ...node, inputs }];
    const { bias, ...bare } = node;
    const name = `${node.name}/batch_norm`;
    normed.set(node.name, name);
    const own = parameters.get(bias) as Parameter;
    const channels = own.shape[0] as number;
    const part = (kind: string, data: Float32Array): string => {
      // Without weights there is only the shape.
      const values = own.data === undefined ? {} : { data };
      parameters.set(`${name}/${kind}`, { shape: own.shape, ...values });
      return `${name}/${kind}`;
    };
    parameters.delete(bias);
    return [
      { ...bare, inputs },
      {
        op: "batchNorm",
        name,
        inputs: [node.name],
        gamma: part("gamma", new Float32Array(channels).fill(1)),
        beta: part("beta", Float32Array.from((own.data as Float32Array | undefined) ?? [])),
        mean: part("mean", new Float32Array(channels)),
        variance: part("variance", new Float32Array(channels).fill(1 - epsilon)),
        epsilon,
      },
    ];
  });
  return normed.size === 0 ? graph : { ...graph, nodes, parameters };
}
