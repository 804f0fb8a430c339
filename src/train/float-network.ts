/**
 * A network of somebody's file (TensorFlow Lite, Keras, ONNX), 8-bit or float, as a float32 network under
 * this library's names, so that training can start from it. Its convolutions come in the order of table 2; 8-bit values
 * become the real numbers that they stand for.
 */

import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { MobileNetError } from "../errors.ts";
import { detectArchitecture } from "../formats/detect-architecture.ts";
import type { MobileNetV2Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import { checkGraph } from "../graph/check-graph.ts";
import { findLandmarks } from "../graph/find-landmarks.ts";
import type {
  Conv2dNode,
  DepthwiseConv2dNode,
  Graph,
  Network,
  Node,
  Parameter,
} from "../graph/ir.ts";
import { selectOutputs, withoutArchitecture } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { type GraphStep, stepsOf } from "../graph/steps.ts";
import { type MobileNetV2Options, mobilenetV2, table2 } from "../models/mobilenet-v2.ts";
import { buildNetwork } from "../models/networks.ts";
import { required } from "../required.ts";
import type { Tensor } from "../tensor.ts";

type Convolution = Conv2dNode | DepthwiseConv2dNode;

/**
 * The network in float32 under this library's names.
 *
 * @param graph - With weights.
 * @throws MobileNetError `unsupported` where it is no MobileNetV2 classifier, `invalid-argument` for what is
 *   no graph.
 *
 * @example
 * ```ts
 * const { graph } = await loadModel("imagenet"); // 8 bits, under the names of its file
 * const { landmarks, parameters } = floatNetwork(graph);
 * landmarks.blocks[3]; // "block_3/project"
 * parameters.get("stem/weights")?.data instanceof Float32Array; // true
 * ```
 */
export function floatNetwork(graph: Graph): Network<MobileNetV2Architecture> {
  checkGraph(graph, "floatNetwork");
  const plain = isPlain(graph) ? graph : withPlainHead(graph);
  const { architecture } = plain;
  const known = architecture?.network === "mobilenet-v2" ? architecture : undefined;
  const own = convolutions(plain);
  const built = known && buildNetwork(known);
  const names = convolutions(built ?? mobilenetV2()).map(({ name }) => name);
  if (own.length !== names.length) throw otherNetwork(plain, `${own.length} convolutions`);
  const tensors = new Map<string, Tensor>();
  const scales = new Map(plain.nodes.map(({ name, quantization }) => [name, quantization?.scale]));
  for (const [index, node] of own.entries()) {
    const name = names[index]!;
    const weights = required(plain.parameters, node.weights);
    const add = (part: string, shape: Parameter["shape"], data: Float32Array): void => {
      tensors.set(`${name}/${part}`, { dtype: "float32", shape, data });
    };
    add("weights", weights.shape, realValues(weights));
    const channels = weights.shape.at(-1)!;
    const bias = node.bias === undefined ? undefined : plain.parameters.get(node.bias);
    const scale = scales.get(node.inputs[0] ?? "");
    add("bias", [channels], realBiases(bias, { channels, weights, input: scale }));
  }
  const named = built ?? mobilenetV2(argumentsOf(plain, tensors));
  requireSame(plain, named);
  return bindWeights(named, tensors);
}

/** Whether batch norms are folded, and nothing but a classifier follows the features. */
function isPlain(graph: Graph): boolean {
  const plain = convolutions(mobilenetV2()).length;
  return convolutions(graph).length === plain && !graph.nodes.some(({ op }) => op === "batchNorm");
}

/**
 * The backbone of a file's network, batch norms folded, with a classifier that says nothing: what a file
 * has behind the features (dense layers, several outputs, none at all) is not trained further.
 */
function withPlainHead(graph: Graph): Graph {
  const { features = graph.outputs[0]! } = findLandmarks(graph);
  const body = foldBatchNorm(selectOutputs(withoutArchitecture(graph), [features]));
  const channels = required(inferShapes(body), features)[3];
  const free = (name: string): string =>
    body.nodes.some((node) => node.name === name) || body.parameters.has(name)
      ? free(`${name}/new`)
      : name;
  const [pool, logits] = [free("pool"), free("logits")];
  const weights = free(`${logits}/weights`);
  const shape = [1, 1, channels, emptyClasses] as const;
  const values: Parameter = { shape, data: new Float32Array(channels * emptyClasses) };
  const head: readonly Node[] = [
    { op: "globalAveragePool", name: pool, inputs: [features] },
    {
      ...{ op: "conv2d", name: logits, inputs: [pool], weights, kernel: [1, 1], stride: 1 },
      ...{ dilation: 1, padding: "same", activation: "none" },
    },
  ];
  return {
    name: graph.name,
    nodes: [...body.nodes, ...head],
    outputs: [logits],
    parameters: new Map([...body.parameters, [weights, values]]),
  };
}

/** Classes of a classifier that is replaced. */
const emptyClasses = 2;

/** The arguments of a file's network, which says nothing of them: read off what it computes. */
function argumentsOf(graph: Graph, tensors: ReadonlyMap<string, Tensor>): MobileNetV2Options {
  const [input] = graph.nodes;
  if (input?.op !== "input") throw otherNetwork(graph, "no picture as the first node");
  const { width, classes } = detectArchitecture(tensors);
  if (width === undefined) throw otherNetwork(graph, "channels of no width multiplier of table 2");
  const [, rows, columns] = input.shape;
  const own = convolutions(graph);
  const depthwise = own.filter(({ op }) => op === "depthwiseConv2d");
  const firsts = table2.map((_, row) => depthwise[firstBlock(row)]);
  const strides = [own[0], ...firsts].map((node) => node?.stride ?? 1);
  // With stride 1 both rules are the same.
  const isSymmetric = own.some(({ stride, padding }) => stride > 1 && padding === "symmetric");
  const padding = isSymmetric ? "symmetric" : "same";
  return { width, classes, resolution: [rows, columns], strides, padding };
}

/** The index of the first block of one of table 2's rows. */
function firstBlock(row: number): number {
  return table2.slice(0, row).reduce((sum, { repeats }) => sum + repeats, 0);
}

function convolutions({ nodes }: Graph): readonly Convolution[] {
  return nodes.filter(
    (node: Node): node is Convolution => node.op === "conv2d" || node.op === "depthwiseConv2d",
  );
}

/** Refuses a graph whose steps are not a network's, in the same order: its convolutions are taken by theirs. */
function requireSame(graph: Graph, named: Graph): void {
  const numbers = new Map<string, number>();
  // A softmax at the end says the same of the weights as none.
  const stepsIn = (one: Graph): readonly GraphStep[] =>
    stepsOf(one, numbers).steps.filter(({ op }) => op !== "softmax");
  const [own, wanted] = [stepsIn(graph), stepsIn(named)];
  const at = wanted.findIndex(({ number }, index) => number !== own[index]?.number);
  if (at < 0 && own.length === wanted.length) return;
  const index = at < 0 ? wanted.length : at;
  const expected = `MobileNetV2, operation ${index + 1}: ${wanted[index]?.text ?? "none"}`;
  throw otherNetwork(graph, own[index]?.text ?? "none", expected);
}

/** The real numbers that a parameter's values stand for. */
function realValues({ data, quantization }: Parameter): Float32Array {
  if (data === undefined) {
    throw new MobileNetError("invalid-argument", "the model has no weights", {
      expected: "values of every parameter",
      received: "a shape alone",
      remedy: "Bind weights to the graph first.",
    });
  }
  if (quantization === undefined) return Float32Array.from(data);
  const { scales, zeroPoints } = quantization;
  return Float32Array.from(data, (value, i) => {
    const channel = i % scales.length;
    return (value - zeroPoints[channel]!) * scales[channel]!;
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
  if (scales === undefined) return Float32Array.from(bias.data);
  if (input === undefined) {
    throw new MobileNetError("invalid-model", "a bias has no scale", {
      expected: "a quantised input of each convolution with 8-bit weights",
      received: "an input of real numbers",
      remedy: "Quantise the whole network, or none of it.",
    });
  }
  return Float32Array.from(bias.data, (value, c) => value * input * scales[c % scales.length]!);
}

function otherNetwork(
  graph: Graph,
  received: string,
  expected: string = "MobileNetV2's 53 convolutions",
): MobileNetError {
  return new MobileNetError("unsupported", "this model cannot be trained further", {
    ...{ node: graph.name, expected, received },
    remedy: "Start from a classifier or detector of this family, in float or in 8 bits.",
  });
}
