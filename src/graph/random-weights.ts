/**
 * Networks with random weights, for trying kernels and for measuring a variant that nobody has
 * published weights for.
 */
import { elementCount, type Tensor } from "../tensor.ts";
import { bindWeights } from "./bind.ts";
import { checkGraph } from "./check-graph.ts";
import { type Graph, parameterRoles } from "./ir.ts";

/**
 * The graph with seeded values of the size that keeps activations near 1, to measure time and memory of a
 * variant that nobody has trained.
 *
 * @throws MobileNetError `invalid-argument` for what is no graph.
 *
 * @example
 * ```ts
 * const graph = withRandomWeights(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * graph.parameters.get("stem/weights")?.data?.length; // 216
 * ```
 */
export function withRandomWeights<G extends Graph>(graph: G): G {
  checkGraph(graph, "withRandomWeights");
  const random = generator(1);
  const tensors = new Map<string, Tensor>();
  const roles = parameterRoles(graph);
  for (const [name, { shape }] of graph.parameters) {
    const fanIn = shape.length === 4 ? elementCount(shape.slice(0, 3)) : 9;
    const scale = shape.length === 1 ? 0.1 : Math.sqrt(6 / fanIn);
    const role = roles.get(name);
    const center = role === "gamma" || role === "variance" ? 1 : 0;
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = center + (random() - 0.5) * 2 * scale;
    tensors.set(name, { dtype: "float32", shape, data });
  }
  return bindWeights(graph, tensors);
}

/** A small congruential generator of numbers in 0 … 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
