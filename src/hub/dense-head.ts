/**
 * Transfer-learnt classifiers often have dense layers between the pool and the classifier. This puts
 * them into a classifier's graph, as 1×1 convolutions with ReLU on the pooled `[n, 1, 1, c]`.
 */
import { MobileNetError } from "../errors.ts";
import type { Conv2dNode, Graph, Node, Parameter } from "../graph/ir.ts";

/**
 * The graph with layers `hidden_1` … before `classifier`.
 *
 * @param hidden - Channels of each layer, in order; none gives the graph back.
 *
 * @example
 * ```ts
 * const graph = withHiddenLayers(mobilenetV2({ classes: 5 }), [256, 128]);
 * graph.parameters.get("classifier/weights")?.shape; // [1, 1, 128, 5]
 * ```
 */
export function withHiddenLayers(graph: Graph, hidden: readonly number[]): Graph {
  if (hidden.length === 0) return graph;
  const classifier = graph.nodes.find((node) => node.name === "classifier");
  const classes = graph.parameters.get("classifier/bias")?.shape[0];
  const inputs = graph.parameters.get("classifier/weights")?.shape[2];
  if (classifier?.op !== "conv2d" || classes === undefined || inputs === undefined) {
    throw new MobileNetError("invalid-argument", "the graph has no classifier", {
      node: graph.name,
    });
  }
  const parameters = new Map<string, Parameter>(graph.parameters);
  const nodes: Node[] = [];
  let [last, channels] = [classifier.inputs[0] as string, inputs];
  for (const [index, size] of hidden.entries()) {
    const layer = denseLayer(`hidden_${index + 1}`, last, classifier);
    parameters.set(layer.weights, { shape: [1, 1, channels, size] });
    parameters.set(`${layer.name}/bias`, { shape: [size] });
    last = `${layer.name}/relu`;
    nodes.push(layer, { op: "activation", name: last, inputs: [layer.name], activation: "relu" });
    channels = size;
  }
  parameters.set("classifier/weights", { shape: [1, 1, channels, classes] });
  return {
    ...graph,
    parameters,
    nodes: graph.nodes.flatMap((node): readonly Node[] =>
      node === classifier ? [...nodes, { ...classifier, inputs: [last] }] : [node],
    ),
  };
}

function denseLayer(name: string, input: string, like: Conv2dNode): Conv2dNode {
  return { ...like, name, inputs: [input], weights: `${name}/weights`, bias: `${name}/bias` };
}
