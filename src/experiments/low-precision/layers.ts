/**
 * A network taken apart where its values would be written to memory: each convolution with its batch norm
 * and activation, each sum and the pool run by themselves, so that what goes from one to the next can be
 * looked at and rounded.
 */
import { type Graph, inferShapes, type Node, type SynchronousExecutable } from "../../index.ts";
import { openGraph } from "../small-networks/run-network.ts";

/** A part of the network with one result. */
interface Layer {
  /** The node that gives its result. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly executable: SynchronousExecutable;
}

/** A network that runs layer by layer. */
interface LayeredNetwork {
  /** The results, in order, without the scores of the classes. */
  readonly names: readonly string[];
  /**
   * The scores of a picture's classes.
   *
   * @param change - Is shown each result but the scores, by its place in `names`, and may write into it.
   */
  run(input: Float32Array, change: (values: Float32Array, place: number) => void): Float32Array;
  dispose(): void;
}

/** Takes a network apart and makes its layers ready. The softmax is left out. */
export async function openLayers(graph: Graph): Promise<LayeredNetwork> {
  const layers: Layer[] = [];
  for (const part of layerGraphs(graph)) {
    const inputs = part.nodes.filter(({ op }) => op === "input").map(({ name }) => name);
    layers.push({ name: part.name, inputs, executable: await openGraph(part) });
  }
  const first = graph.nodes[0]!.name;
  return {
    names: layers.slice(0, -1).map(({ name }) => name),
    run(input, change) {
      const values = new Map([[first, input]]);
      let result = input;
      for (const [place, { name, inputs, executable }] of layers.entries()) {
        for (const [i, from] of inputs.entries()) executable.input(i).set(values.get(from)!);
        executable.run();
        result = executable.output();
        if (place < layers.length - 1) change(result, place);
        values.set(name, result);
      }
      return result;
    },
    dispose() {
      for (const { executable } of layers) executable.dispose();
    },
  };
}

/** The layers as graphs of their own, each by the name of its result. */
export function layerGraphs(graph: Graph): readonly Graph[] {
  const shapes = inferShapes(graph);
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const taken = new Set<string>();
  return graph.nodes.flatMap((node): Graph[] => {
    if (taken.has(node.name) || node.op === "input" || node.op === "softmax") return [];
    const nodes = [node];
    for (;;) {
      const [next, ...others] = readers.get(nodes.at(-1)!.name) ?? [];
      if (next === undefined || others.length > 0) break;
      if (next.op !== "batchNorm" && next.op !== "activation") break;
      nodes.push(next);
    }
    for (const { name } of nodes) taken.add(name);
    const inputs = [...new Set(node.inputs)].map(
      (name): Node => ({ op: "input", name, inputs: [], shape: shapes.get(name)! }),
    );
    const { name } = nodes.at(-1)!;
    const { parameters } = graph;
    return [{ name, nodes: [...inputs, ...nodes], outputs: [name], parameters }];
  });
}
