/**
 * A model's weights under this library's names. Where the graph comes from another format, its
 * convolutions are found in the network that it was built from by what they compute of what.
 */
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { MobileNetError } from "../errors.ts";
import type { Conv2dNode, DepthwiseConv2dNode, Graph, Network } from "../graph/ir.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { stepsOf } from "../graph/steps.ts";
import type { Model } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import type { Tensor } from "../tensor.ts";

/** Float weights by the names that `bindWeights` takes, and the network that they belong to. */
export interface CanonicalWeights {
  readonly network: Network;
  readonly weights: ReadonlyMap<string, Tensor<"float32">>;
}

/**
 * The weights of a model.
 *
 * @throws MobileNetError `unsupported` where nobody knows which network the graph is.
 */
export function canonicalWeights({ name, graph }: Model): CanonicalWeights {
  const { architecture } = graph;
  if (architecture === undefined) {
    throw new MobileNetError("unsupported", "the weights have no names of a known network", {
      node: name,
      expected: "a graph that states the architecture that it was built from",
      remedy: "Convert to onnx or tflite, which hold any graph.",
    });
  }
  const network = buildNetwork(architecture);
  const used = pruneGraph(graph);
  // Folded layers have a bias in place of their norm.
  const biases = network.nodes.flatMap(({ op, inputs }) =>
    op === "batchNorm" ? [`${inputs[0]}/bias`] : [],
  );
  const known = new Set([...network.parameters.keys(), ...biases]);
  const isOwn = [...used.parameters.keys()].every((each) => known.has(each));
  if (isOwn) return { network, weights: tensorsOf(used) };
  return { network, weights: byComputation(used, network) };
}

function tensorsOf({ parameters }: Graph): Map<string, Tensor<"float32">> {
  return new Map([...parameters].map(([name, { shape, data }]) => [name, tensor(shape, data)]));
}

function tensor(shape: readonly number[], data: unknown): Tensor<"float32"> {
  if (data instanceof Float32Array) return { dtype: "float32", shape, data };
  throw new MobileNetError("internal", "a float network has weights of another type");
}

/** Convolutions of both graphs by the number of their step. */
function byComputation(graph: Graph, network: Network): Map<string, Tensor<"float32">> {
  const numbers = new Map<string, number>();
  const theirs = convolutionsOf(foldBatchNorm(graph), numbers);
  const ours = convolutionsOf(network, numbers);
  const folded = foldBatchNorm(graph);
  const weights = new Map<string, Tensor<"float32">>();
  for (const [number, { name }] of ours) {
    const node = theirs.get(number);
    const filters = node && folded.parameters.get(node.weights);
    if (node === undefined || filters === undefined) {
      throw new MobileNetError("unsupported", "the graph is not the network that it states", {
        node: name,
        remedy: "Convert to onnx or tflite, which hold any graph.",
      });
    }
    const bias = node.bias === undefined ? undefined : folded.parameters.get(node.bias);
    const channels = filters.shape.at(-1) ?? 0;
    weights.set(`${name}/weights`, tensor(filters.shape, filters.data));
    const zeros = new Float32Array(channels);
    weights.set(`${name}/bias`, tensor([channels], bias?.data ?? zeros));
  }
  return weights;
}

function convolutionsOf(
  graph: Graph,
  numbers: Map<string, number>,
): ReadonlyMap<number, Conv2dNode | DepthwiseConv2dNode> {
  const isConvolution = (op: string): boolean => op === "conv2d" || op === "depthwiseConv2d";
  const steps = stepsOf(graph, numbers).steps.filter(({ op }) => isConvolution(op));
  const nodes = graph.nodes.filter((node): node is Conv2dNode | DepthwiseConv2dNode =>
    isConvolution(node.op),
  );
  return new Map(nodes.map((node, i) => [steps[i]?.number ?? -1, node]));
}
