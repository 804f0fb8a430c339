/**
 * What the builders of networks have no argument for, as rewrites of their graphs: small pictures, and
 * other activations.
 */
import { type Graph, inferShapes, type Network, type Node } from "../../index.ts";

/**
 * The same network for small pictures: layers of stride 2 keep the size of maps larger than a quarter of
 * the picture, which leaves a 32² picture 4² instead of 1². Of MobileNetV2 it makes what `cifarStrides`
 * makes; V1 and ResNet's bottlenecks have no such argument.
 */
export function forSmallPictures(network: Network): Graph {
  const shapes = inferShapes(network);
  const rows = (name: string | undefined): number => shapes.get(name ?? "")?.[1] ?? 0;
  const most = network.architecture.resolution[0] / 4;
  const nodes = network.nodes.map((node): Node => {
    const isStrided = node.op === "conv2d" || node.op === "depthwiseConv2d";
    return isStrided && node.stride === 2 && rows(node.inputs[0]) > most
      ? { ...node, stride: 1 }
      : node;
  });
  return plainGraph(network, nodes);
}

/** The same network with ReLU wherever it has ReLU6. */
export function withRelu(network: Graph): Graph {
  const nodes = network.nodes.map(
    (node): Node =>
      "activation" in node && node.activation === "relu6" ? { ...node, activation: "relu" } : node,
  );
  return plainGraph(network, nodes);
}

/** The same network without the activations behind depthwise convolutions, whose outputs have no bound then. */
export function withLinearDepthwise(network: Graph): Graph {
  // Where a layer's values come from once the activation is gone.
  const replaced = new Map<string, string>();
  const makers = new Map(network.nodes.map((node) => [node.name, node]));
  const isDepthwise = (node: Node | undefined): boolean => {
    if (node?.op === "batchNorm") return isDepthwise(makers.get(node.inputs[0] ?? ""));
    return node?.op === "depthwiseConv2d";
  };
  const nodes: Node[] = [];
  for (const node of network.nodes) {
    const [input = ""] = node.inputs;
    if (node.op === "activation" && isDepthwise(makers.get(input))) replaced.set(node.name, input);
    else nodes.push({ ...node, inputs: node.inputs.map((name) => replaced.get(name) ?? name) });
  }
  return plainGraph(network, nodes);
}

/** It is no longer what its arguments build; what its nodes are to it stays. */
function plainGraph({ architecture: _, ...network }: Graph, nodes: readonly Node[]): Graph {
  return { ...network, nodes };
}
