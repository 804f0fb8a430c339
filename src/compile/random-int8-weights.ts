/**
 * 8-bit networks with random weights, for measuring a variant that nobody has published weights for. Time
 * and memory do not depend on what the weights are, as long as activations stay ordinary numbers.
 */
import { checkGraph } from "../graph/check-graph.ts";
import type { Graph, Node, Parameter, Quantization } from "../graph/ir.ts";
import { generator, withRandomWeights } from "../graph/random-weights.ts";
import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { fuseActivations } from "./fuse-elementwise.ts";

/**
 * The graph as 8-bit integers all through, with seeded random weights: what a converter would make of it,
 * with plausible scales instead of measured ones. To measure time and memory of a variant that nobody has
 * trained.
 *
 * @throws MobileNetError `invalid-argument` for what is no graph.
 *
 * @example
 * ```ts
 * const graph = withRandomInt8Weights(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * compile(graph, wasmBackend.target).outputs[0]?.dtype; // "int8"
 * ```
 */
export function withRandomInt8Weights(graph: Graph): Graph {
  checkGraph(graph, "withRandomInt8Weights");
  const random = generator(1);
  const folded = fuseActivations(foldBatchNorm(withRandomWeights(graph)));
  const parameters = new Map<string, Parameter>();
  const nodes: Node[] = [];
  const quantizations = new Map<string, Quantization>();
  for (const node of folded.nodes) {
    const inherited = quantizations.get(node.inputs[0] ?? "");
    const quantization = int8Quantization(node, inherited);
    quantizations.set(node.name, quantization);
    nodes.push({ ...node, quantization });
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") continue;
    const { shape } = required(folded.parameters, node.weights);
    const channels = shape.at(-1)!;
    const fanIn = elementCount(shape) / channels;
    const scales = Array.from({ length: channels }, () => Math.fround(Math.sqrt(6 / fanIn) / 127));
    parameters.set(node.weights, {
      shape,
      data: Int8Array.from({ length: elementCount(shape) }, () => Math.round(random() * 254 - 127)),
      quantization: { scales, zeroPoints: scales.map(() => 0) },
    });
    if (node.bias === undefined) continue;
    parameters.set(node.bias, {
      shape: [channels],
      data: new Int32Array(channels),
      quantization: {
        scales: scales.map((scale) => Math.fround(scale * (inherited?.scale ?? 1))),
        zeroPoints: scales.map(() => 0),
      },
    });
  }
  return { ...folded, nodes, parameters };
}

/** ReLU6 fills 0 to 6, probabilities 0 to 1; a mean is in the units of what it is of. */
function int8Quantization(node: Node, inherited: Quantization | undefined): Quantization {
  const range = (scale: number, zeroPoint: number): Quantization => ({
    dtype: "int8",
    scale: Math.fround(scale),
    zeroPoint,
  });
  if (node.op === "softmax") return range(1 / 256, -128);
  if (node.op === "input") return range(1 / 128, 0);
  if ("activation" in node && node.activation !== "none") return range(6 / 255, -128);
  if (node.op === "globalAveragePool" && inherited !== undefined) return inherited;
  return range(6 / 127, 0);
}
