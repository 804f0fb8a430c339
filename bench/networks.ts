/** Networks with random weights, ready to compile, and what their steps cost. */
import { optimize } from "../src/compile/compile.ts";
import { countCost } from "../src/graph/cost.ts";
import type { Graph } from "../src/graph/ir.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { deeplabV3 } from "../src/models/deeplab.ts";
import { mobilenetV1 } from "../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { ssdlite } from "../src/models/ssdlite.ts";

/** MobileNetV2 with seeded weights of the size that keeps activations near 1. */
export function randomMobileNetV2(width: number, resolution: number): Graph {
  return randomNetwork("mobilenet-v2", width, resolution);
}

/** Any network of the library with such weights; a resolution of 0 stands for its own. */
export function randomNetwork(model: string, width: number, resolution: number): Graph {
  const own = resolution > 0 ? { width, resolution } : { width };
  switch (model) {
    case "mobilenet-v1":
      return withRandomWeights(mobilenetV1(own));
    case "ssdlite":
      return withRandomWeights(ssdlite(own));
    case "deeplab":
      return withRandomWeights(deeplabV3(own));
    default:
      return withRandomWeights(mobilenetV2(own));
  }
}

/** The multiply-adds of each step of the program that a graph becomes, by the name of its output. */
export function multiplyAddsByStep(
  graph: Graph,
  target: Parameters<typeof optimize>[1],
): ReadonlyMap<string, number> {
  const { nodes } = countCost(optimize(graph, target));
  return new Map(nodes.map(({ name, multiplyAdds }) => [name, multiplyAdds]));
}
