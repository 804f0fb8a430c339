/**
 * Networks with random weights, for measuring a variant that nobody has published weights for. Time
 * and memory do not depend on what the weights are, as long as activations stay ordinary numbers.
 */
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations } from "../compile/fuse-elementwise.ts";
import type { ModelFiles } from "../formats/files.ts";
import type { Graph, Node, Parameter, Quantization } from "../graph/ir.ts";
import { generator, withRandomWeights } from "../graph/random-weights.ts";
import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";

/**
 * The graph as 8-bit integers all through, with random weights: what a converter would make of it,
 * with plausible scales instead of measured ones.
 */
export function withRandomInt8Weights(graph: Graph): Graph {
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

/** A graph's weights as a TensorFlow.js model: `model.json` and one shard of float32. */
export function tfjsFiles(graph: Graph): ModelFiles {
  const parameters = [...graph.parameters];
  const weights = parameters.map(([name, { shape }]) => ({ name, shape, dtype: "float32" }));
  const values = new Float32Array(weights.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  let at = 0;
  for (const [, { data, shape }] of parameters) {
    values.set(data as Float32Array, at);
    at += elementCount(shape);
  }
  const manifest = { weightsManifest: [{ paths: ["weights.bin"], weights }] };
  return new Map([
    ["model.json", new TextEncoder().encode(JSON.stringify(manifest))],
    ["weights.bin", new Uint8Array(values.buffer)],
  ]);
}
