/**
 * From a float32 network and the quantisation of its feature maps to an 8-bit network that the
 * backends run and the writer writes. Bias correction (Nagel et al. 2019, arXiv 1906.04721, section
 * 4.2) takes the mean error that rounded weights bring into a sum out of the bias.
 */
import type {
  Conv2dNode,
  DepthwiseConv2dNode,
  Graph,
  Node,
  Parameter,
  Quantization,
} from "../graph/ir.ts";
import { required } from "../required.ts";
import { type QuantizedConvolution, quantizeConvolution, type WeightScales } from "./affine.ts";

/** How the network is rewritten. */
export interface RewriteOptions {
  /** By node. */
  readonly quantization: ReadonlyMap<string, Quantization>;
  /** Default: `per-channel`. */
  readonly weights?: WeightScales | undefined;
  /** The mean of each channel of a node's output; where given, biases are corrected. */
  readonly means?: ((name: string) => ArrayLike<number>) | undefined;
}

/** The network in 8 bits. */
export function quantizeGraph(
  graph: Graph,
  { quantization, weights, means }: RewriteOptions,
): Graph {
  const of = (name: string): Quantization => required(quantization, name);
  const parameters = new Map<string, Parameter>();
  const nodes = graph.nodes.map((node): Node => {
    const quantized = { ...node, quantization: of(node.name) };
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return quantized;
    const [input = ""] = node.inputs;
    const scales = { input: of(input), output: of(node.name), scales: weights };
    const integers = quantizeLayer(node, graph, { ...scales, means: means?.(input) });
    const bias = node.bias ?? `${node.name}/bias`;
    parameters.set(node.weights, integers.weights);
    parameters.set(bias, integers.bias);
    return { ...quantized, bias } as Node;
  });
  return { ...graph, nodes, parameters };
}

function quantizeLayer(
  node: Conv2dNode | DepthwiseConv2dNode,
  graph: Graph,
  options: {
    readonly input: Quantization;
    readonly output: Quantization;
    readonly scales: WeightScales | undefined;
    readonly means: ArrayLike<number> | undefined;
  },
): QuantizedConvolution {
  const weights = required(graph.parameters, node.weights);
  const bias = node.bias === undefined ? [] : (graph.parameters.get(node.bias)?.data ?? []);
  const first = quantizeConvolution(weights, bias, options);
  if (options.means === undefined) return first;
  const corrected = correctBias(node, { weights, bias, rounded: first.weights }, options.means);
  return quantizeConvolution(weights, corrected, options);
}

/**
 * The bias less the mean error of the sums, `Σ (w̃ − w) · E[x]` over window and inputs. Positions
 * whose window lies partly in the padding count as whole.
 */
function correctBias(
  { op }: Pick<Node, "op">,
  layer: {
    readonly weights: Parameter;
    readonly rounded: Parameter;
    readonly bias: ArrayLike<number>;
  },
  means: ArrayLike<number>,
): Float64Array {
  const { weights, rounded, bias } = layer;
  const { shape, data: exact = [] } = weights;
  const { data: integers = [], quantization } = rounded;
  const outputs = shape.at(-1) ?? 0;
  const inputs = op === "conv2d" ? (shape[2] ?? 1) : 1;
  const corrected = Float64Array.from({ length: outputs }, (_, o) => bias[o] ?? 0);
  for (let i = 0; i < exact.length; i++) {
    const output = i % outputs;
    const input = op === "conv2d" ? Math.floor(i / outputs) % inputs : output;
    const scale = quantization?.scales[output] ?? 1;
    corrected[output]! -= (integers[i]! * scale - exact[i]!) * means[input]!;
  }
  return corrected;
}
