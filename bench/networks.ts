/** Networks with random weights, ready to run, and what they cost. */
import { compile } from "../src/compile/compile.ts";
import type { Program, Target } from "../src/compile/program.ts";
import { bindWeights } from "../src/graph/bind.ts";
import type { Graph } from "../src/graph/ir.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { elementCount, type Tensor } from "../src/tensor.ts";

/** MobileNetV2 with seeded weights of the size that keeps activations near 1. */
export function randomMobileNetV2(width: number, resolution: number): Graph {
  return withRandomWeights(mobilenetV2({ width, resolution }));
}

/** The graph with random values for all parameters. */
export function withRandomWeights(graph: Graph): Graph {
  const random = generator(1);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape }] of graph.parameters) {
    const data = new Float32Array(elementCount(shape));
    const fanIn = shape.length === 4 ? elementCount(shape.slice(0, 3)) : 9;
    const scale = shape.length === 1 ? 0.1 : Math.sqrt(6 / fanIn);
    for (let i = 0; i < data.length; i++) data[i] = (random() - 0.5) * 2 * scale;
    if (/variance|gamma/.test(name)) data.forEach((value, i) => (data[i] = 1 + value));
    tensors.set(name, { dtype: "float32", shape, data });
  }
  return bindWeights(graph, tensors);
}

/** Compiles a graph with random weights. */
export function randomProgram(graph: Graph, target: Target): Program {
  return compile(withRandomWeights(graph), target);
}

/** A small congruential generator of numbers in 0 … 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
