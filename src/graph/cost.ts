/**
 * What a network costs before it runs: parameters, multiply-adds and the sizes of its tensors.
 * Multiply-adds are counted as the paper does: convolutions and dense layers only, one per
 * multiplication; batch norms, activations, pooling and resizing are not counted.
 */

import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";
import {
  type Convolution,
  type FeatureShape,
  type Graph,
  type Node,
  parametersOf,
  unknownOperation,
} from "./ir.ts";
import { inferShapes, windowOutput } from "./shapes.ts";

/** One node's share. */
export interface NodeCost {
  readonly name: string;
  readonly op: Node["op"];
  readonly outputShape: FeatureShape;
  /** Weights, biases and batch norm's γ and β; its statistics are not trained and not counted. */
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/** A network's cost, per node and in sum. */
export interface GraphCost {
  /** Trainable parameters. */
  readonly parameters: number;
  /** The parameters of convolutions and dense layers alone, as the checkpoint table counts them. */
  readonly weightParameters: number;
  readonly multiplyAdds: number;
  readonly nodes: readonly NodeCost[];
}

/**
 * Counts parameters and multiply-adds for the graph's own batch, in sum and for each node. Weights are
 * not needed.
 *
 * @throws MobileNetError `invalid-model` when the graph's shapes do not fit.
 *
 * @example
 * ```ts
 * const cost = countCost(mobilenetV2());
 * [cost.parameters, cost.multiplyAdds]; // [3504872, 300774272]
 * const stem = cost.nodes.find(({ name }) => name === "stem");
 * [stem?.parameters, stem?.multiplyAdds]; // [864, 10838016]
 * ```
 */
export function countCost(graph: Graph): GraphCost {
  const shapes = inferShapes(graph);
  const nodes = graph.nodes.map((node): NodeCost => {
    const outputShape = required(shapes, node.name);
    const input = shapes.get(node.inputs[0] ?? "");
    return {
      name: node.name,
      op: node.op,
      outputShape,
      parameters: trainable(node, graph),
      multiplyAdds: input === undefined ? 0 : multiplyAdds(node, input, outputShape, graph),
    };
  });
  const total = (pick: (cost: NodeCost) => number): number =>
    nodes.reduce((sum, cost) => sum + pick(cost), 0);
  return {
    parameters: total((cost) => cost.parameters),
    weightParameters: total((cost) => (cost.op === "batchNorm" ? 0 : cost.parameters)),
    multiplyAdds: total((cost) => cost.multiplyAdds),
    nodes,
  };
}

function trainable(node: Node, graph: Graph): number {
  const names = node.op === "batchNorm" ? [node.gamma, node.beta] : parametersOf(node);
  return names.reduce(
    (sum, name) => sum + elementCount(graph.parameters.get(name)?.shape ?? [0]),
    0,
  );
}

function multiplyAdds(node: Node, input: FeatureShape, output: FeatureShape, graph: Graph): number {
  const weightCount = (convolution: Convolution): number =>
    elementCount(graph.parameters.get(convolution.weights)?.shape ?? [0]);
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d":
      // Every weight is used once at every output position.
      return output[0] * output[1] * output[2] * weightCount(node);
    case "invertedResidual": {
      const narrow = weightCount(node.depthwise) + weightCount(node.project);
      const narrowed = output[0] * output[1] * output[2] * narrow;
      if (node.expand === undefined) return narrowed;
      // The expansion may be a fused stem, whose stride leaves fewer positions than the input has.
      const [rows, columns] = windowOutput(node.expand, input[1], input[2]);
      return input[0] * rows * columns * weightCount(node.expand) + narrowed;
    }
    case "input":
    case "batchNorm":
    case "activation":
    case "elementwise":
    case "add":
    case "multiply":
    case "globalAveragePool":
    case "averagePool2d":
    case "maxPool2d":
    case "softmax":
    case "sigmoid":
    case "resizeBilinear":
    case "resizeNearest":
    case "slice":
    case "transpose":
    case "concat":
    case "reshape":
    case "pad":
    case "quantize":
    case "dequantize":
    case "argMax":
      return 0;
    default:
      return unknownOperation(node);
  }
}
