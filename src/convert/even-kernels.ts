/**
 * Kernels that are stored by one scale each, although their channels have scales of their own: those are
 * taken out into the norm behind, or into one that is put there, so that small channels keep their digits.
 */
import { boundParameter } from "../formats/bound-parameter.ts";
import type { BatchNormNode, Conv2dNode, DepthwiseConv2dNode, Graph, Node } from "../graph/ir.ts";
import { isFloat, pruneInner, singleUse } from "../graph/rewrite.ts";
import type { TensorData } from "../tensor.ts";

type ConvolutionNode = Conv2dNode | DepthwiseConv2dNode;

/**
 * The same function. Where channels are so uneven that half of them would lose a bit, the largest weight of
 * each becomes 1.
 */
export function evenKernels(graph: Graph): Graph {
  const single = singleUse(graph);
  const parameters = new Map(graph.parameters);
  /** A name for a new parameter; files choose the names of theirs. */
  const free = (name: string): string => (parameters.has(name) ? free(`${name}/even`) : name);
  const put = (name: string, data: Float32Array): string => {
    const key = free(name);
    parameters.set(key, { shape: [data.length], data });
    return key;
  };
  const values = (name: string): TensorData => boundParameter(graph, name).data;
  /** By a convolution's name what its channels were divided by, for the norm that reads it. */
  const divided = new Map<string, Float32Array>();
  const normOf = (name: string): BatchNormNode | undefined => {
    const norm = graph.nodes.find(({ op, inputs }) => op === "batchNorm" && inputs[0] === name);
    return norm?.op === "batchNorm" && single.has(name) ? norm : undefined;
  };
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (node.op === "batchNorm") {
      const scales = divided.get(node.inputs[0] ?? "");
      if (scales === undefined) return [node];
      const [gamma, mean] = [values(node.gamma), values(node.mean)];
      return [
        {
          ...node,
          gamma: put(
            node.gamma,
            scales.map((scale, c) => gamma[c]! * scale),
          ),
          mean: put(
            node.mean,
            scales.map((scale, c) => mean[c]! / scale),
          ),
        },
      ];
    }
    if (!isPlainConvolution(node)) return [node];
    const { shape, data } = boundParameter(graph, node.weights);
    const scales = largestOf(data, shape.at(-1) ?? 1);
    if (!isUneven(scales)) return [node];
    const weights = free(node.weights);
    const even = Float32Array.from(data, (weight, i) => weight / scales[i % scales.length]!);
    parameters.set(weights, { shape, data: even });
    const { bias, ...bare } = node;
    if (bias === undefined && normOf(node.name) !== undefined) {
      divided.set(node.name, scales);
      return [{ ...bare, weights }];
    }
    const linear = `${node.name}/even`;
    const constant = (part: string, value: number): string =>
      put(`${linear}/${part}`, new Float32Array(scales.length).fill(value));
    return [
      { ...bare, name: linear, weights },
      {
        ...{ op: "batchNorm", name: node.name, inputs: [linear], epsilon: 0 },
        gamma: put(`${linear}/gamma`, scales),
        beta: bias ?? constant("beta", 0),
        mean: constant("mean", 0),
        variance: constant("variance", 1),
      },
    ];
  });
  return pruneInner({ ...graph, nodes, parameters });
}

/** A convolution of real numbers with nothing behind it in the same node. */
function isPlainConvolution(node: Node): node is ConvolutionNode {
  const isConvolution = node.op === "conv2d" || node.op === "depthwiseConv2d";
  return isConvolution && node.activation === "none" && node.inputs.length === 1 && isFloat(node);
}

/** Whether the largest channel is more than twice as large as half of them. */
function isUneven(scales: Float32Array): boolean {
  const sorted = scales.toSorted();
  return sorted.at(-1)! > 2 * sorted[Math.floor(sorted.length / 2)]!;
}

/** The largest magnitude of each channel; 1 where there is nothing but zeros. */
function largestOf(data: TensorData, channels: number): Float32Array {
  const largest = new Float32Array(channels);
  for (const [i, weight] of data.entries()) {
    largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(weight));
  }
  return largest.map((value) => value || 1);
}
