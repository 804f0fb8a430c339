/**
 * Batch norm after a convolution is a scale and an offset per output channel, so it disappears into
 * the weights and a bias: `w' = w · γ / sqrt(σ² + ε)`, `b' = β + (b − μ) · γ / sqrt(σ² + ε)`. The
 * arithmetic is double; only the results are rounded to float32.
 */
import type {
  BatchNormNode,
  Conv2dNode,
  DepthwiseConv2dNode,
  Graph,
  Node,
  Parameter,
  ScaledValues,
} from "../graph/ir.ts";
import { isFloat, pruneInner, singleUse } from "../graph/rewrite.ts";
import type { Shape } from "../tensor.ts";

type ConvolutionNode = Conv2dNode | DepthwiseConv2dNode;

/** Folds every batch norm whose input is a convolution, or one folded before, that nothing else reads. */
export function foldBatchNorm(graph: Graph): Graph {
  const single = singleUse(graph);
  const parameters = new Map(graph.parameters);
  /** A name for a new parameter; files choose the names of theirs. */
  const free = (name: string): string => (parameters.has(name) ? free(`${name}/folded`) : name);
  const kept = new Map<string, Node>();
  for (const node of graph.nodes) {
    const source = node.op === "batchNorm" ? kept.get(node.inputs[0]!) : undefined;
    const fits = source !== undefined && isBareConvolution(source) && single.has(source.name);
    if (node.op !== "batchNorm" || !fits || !isFloat(node)) {
      kept.set(node.name, node);
      continue;
    }
    const values = fold(node, source, parameters);
    const weights = free(`${node.name}/weights`);
    parameters.set(weights, values.weights);
    const bias = free(`${node.name}/bias`);
    parameters.set(bias, values.bias);
    kept.delete(source.name);
    kept.set(node.name, { ...source, name: node.name, weights, bias });
  }
  return pruneInner({ ...graph, nodes: [...kept.values()], parameters });
}

function isBareConvolution(node: Node): node is ConvolutionNode {
  const convolution = node.op === "conv2d" || node.op === "depthwiseConv2d";
  return convolution && node.activation === "none" && node.inputs.length === 1 && isFloat(node);
}

function fold(
  norm: BatchNormNode,
  convolution: ConvolutionNode,
  parameters: Graph["parameters"],
): { readonly weights: Parameter; readonly bias: Parameter } {
  const read = (name: string | undefined): Parameter => parameters.get(name ?? "") ?? { shape: [] };
  const weights = read(convolution.weights);
  const channels = weights.shape.at(-1) ?? 0;
  const [gamma, beta, mean, variance] = [norm.gamma, norm.beta, norm.mean, norm.variance].map(
    (name) => read(name).data,
  );
  if (!weights.data || !gamma || !beta || !mean || !variance) {
    return { weights: { shape: weights.shape }, bias: { shape: [channels] } };
  }
  const previous = read(convolution.bias).data;
  // Plain loops: a call for each channel costs milliseconds in code that runs once.
  const factors = new Float64Array(channels);
  const bias = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const factor = gamma[c]! / Math.sqrt(variance[c]! + norm.epsilon);
    factors[c] = factor;
    bias[c] = beta[c]! + ((previous?.[c] ?? 0) - mean[c]!) * factor;
  }
  return {
    weights: new ScaledWeights(weights.shape, { data: weights.data, factors }),
    bias: { shape: [channels], data: bias },
  };
}

/**
 * Weights whose product is taken when somebody reads it: kernels that lay out weights anew take the
 * factors along. What is made of them by spreading has neither product nor factors, only a shape.
 */
class ScaledWeights implements Parameter {
  readonly shape: Shape;
  readonly #scaled: ScaledValues;
  #data: Float32Array | undefined;

  constructor(shape: Shape, scaled: ScaledValues) {
    this.shape = shape;
    this.#scaled = scaled;
  }

  get scaled(): ScaledValues {
    return this.#scaled;
  }

  get data(): Float32Array {
    this.#data ??= multiply(this.#scaled);
    return this.#data;
  }
}

/** The output channel is the innermost dimension of both weight layouts. */
function multiply({ data, factors }: ScaledValues): Float32Array {
  const channels = factors.length;
  const products = new Float32Array(data.length);
  for (let start = 0; start < products.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      products[start + c] = data[start + c]! * factors[c]!;
    }
  }
  return products;
}
