/**
 * A classifier of a TensorFlow Lite file, 8-bit or float, as a float32 network under this library's
 * names, so that training can start from it. Its convolutions come in the order of table 2; 8-bit values
 * become the real numbers that they stand for.
 */
import { MobileNetError } from "../errors.ts";
import { detectArchitecture } from "../formats/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type {
  Activation,
  Conv2dNode,
  DepthwiseConv2dNode,
  Graph,
  Node,
  Op,
  Parameter,
} from "../graph/ir.ts";
import { mobilenetV2, table2 } from "../models/mobilenet-v2.ts";
import type { Tensor } from "../tensor.ts";

type Convolution = Conv2dNode | DepthwiseConv2dNode;

/** What such a file may have. */
const operations: ReadonlySet<Op> = new Set<Op>([
  "input",
  "conv2d",
  "depthwiseConv2d",
  "activation",
  "add",
  "globalAveragePool",
  "averagePool2d",
  "reshape",
  "softmax",
  "quantize",
  "dequantize",
]);

/**
 * The network in float32 under this library's names.
 *
 * @param graph - With weights.
 * @throws MobileNetError `unsupported` where it is no MobileNetV2 classifier.
 */
export function floatNetwork(graph: Graph): Graph {
  const own = convolutions(graph);
  const scales = new Map(graph.nodes.map(({ name, quantization }) => [name, quantization?.scale]));
  const names = convolutions(mobilenetV2()).map(({ name }) => name);
  const [input] = graph.nodes;
  if (own.length !== names.length || input?.op !== "input") {
    throw otherNetwork(graph, `${own.length} convolutions`);
  }
  const other = graph.nodes.find(({ op }) => !operations.has(op));
  if (other !== undefined) throw otherNetwork(graph, `${other.op} at ${other.name}`);
  const tensors = new Map<string, Tensor>();
  for (const [index, node] of own.entries()) {
    const name = names[index] as string;
    const weights = graph.parameters.get(node.weights) as Parameter;
    const add = (part: string, shape: Parameter["shape"], data: Float32Array): void => {
      tensors.set(`${name}/${part}`, { dtype: "float32", shape, data });
    };
    add("weights", weights.shape, realValues(weights));
    const channels = weights.shape.at(-1) as number;
    const bias = node.bias === undefined ? undefined : graph.parameters.get(node.bias);
    const scale = scales.get(node.inputs[0] ?? "");
    add("bias", [channels], realBiases(bias, { channels, weights, input: scale }));
  }
  const { width, classes } = detectArchitecture(tensors);
  const strides = stridesOf(graph);
  const [, rows, columns] = input.shape;
  const named = mobilenetV2({ width, classes, resolution: [rows, columns], strides });
  for (const [index, node] of convolutions(named).entries()) {
    const from = own[index] as Convolution;
    const same =
      from.op === node.op &&
      from.stride === node.stride &&
      from.dilation === node.dilation &&
      activationOf(from, graph) === activationOf(node, named) &&
      (from.padding === node.padding || Math.max(...from.kernel) === 1);
    if (!same) throw otherNetwork(graph, `another ${from.op} at ${from.name}`);
  }
  return bindWeights(named, tensors);
}

function convolutions({ nodes }: Graph): readonly Convolution[] {
  return nodes.filter(
    (node: Node): node is Convolution => node.op === "conv2d" || node.op === "depthwiseConv2d",
  );
}

/** A convolution's own activation, or that of what reads it, behind a batch norm or at once. */
function activationOf(node: Convolution, graph: Graph): Activation {
  if (node.activation !== "none") return node.activation;
  const next = (name: string): Node | undefined =>
    graph.nodes.find(({ inputs }) => inputs[0] === name);
  const first = next(node.name);
  const reader = first?.op === "batchNorm" ? next(first.name) : first;
  return reader?.op === "activation" ? reader.activation : "none";
}

/** The real numbers that a parameter's values stand for. */
function realValues({ data, quantization }: Parameter): Float32Array {
  if (data === undefined) throw new MobileNetError("invalid-argument", "the model has no weights");
  if (quantization === undefined) return Float32Array.from(data);
  const { scales, zeroPoints } = quantization;
  return Float32Array.from(data, (value, i) => {
    const channel = i % scales.length;
    return (value - (zeroPoints[channel] as number)) * (scales[channel] as number);
  });
}

/** Integer biases count in steps of the input's scale times that of the channel's weights. */
function realBiases(
  bias: Parameter | undefined,
  {
    channels,
    weights,
    input,
  }: {
    readonly channels: number;
    readonly weights: Parameter;
    readonly input: number | undefined;
  },
): Float32Array {
  if (bias?.data === undefined) return new Float32Array(channels);
  const { scales } = weights.quantization ?? {};
  if (scales === undefined || input === undefined) return Float32Array.from(bias.data);
  return Float32Array.from(
    bias.data,
    (value, c) => value * input * (scales[c % scales.length] as number),
  );
}

/** Strides of the stem and of table 2's rows, read off the convolutions in order. */
export function stridesOf(graph: Graph): readonly number[] {
  const own = convolutions(graph);
  const depthwise = own.filter(({ op }) => op === "depthwiseConv2d");
  let block = 0;
  const rows = table2.map(({ repeats }) => {
    const first = depthwise[block];
    block += repeats;
    return first?.stride ?? 1;
  });
  return [own[0]?.stride ?? 1, ...rows];
}

function otherNetwork(graph: Graph, received: string): MobileNetError {
  return new MobileNetError("unsupported", "this model cannot be trained further", {
    node: graph.name,
    expected: "a MobileNetV2 classifier or detector",
    received,
  });
}
