/**
 * The small tools that rewrites share: who uses a node, and the same graph with fewer nodes. All of
 * them leave their input untouched.
 */
import { MobileNetError } from "../errors.ts";
import type { Landmarks } from "./architecture.ts";
import { checkGraph } from "./check-graph.ts";
import { type Graph, type Node, parametersOf } from "./ir.ts";

/** The nodes that read each node's output, by name. */
export function consumersOf(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const consumers = new Map<string, Node[]>(graph.nodes.map((node) => [node.name, []]));
  for (const node of graph.nodes) {
    for (const input of node.inputs) consumers.get(input)?.push(node);
  }
  return consumers;
}

/** The nodes whose output is read by exactly one node and does not leave the graph, by name. */
export function singleUse(graph: Graph): ReadonlySet<string> {
  const outputs = new Set(graph.outputs);
  return new Set(
    [...consumersOf(graph)]
      .filter(([name, users]) => users.length === 1 && !outputs.has(name))
      .map(([name]) => name),
  );
}

/**
 * Whether a node gives float32. Where it gives 8 bits, its values are rounded, and joining it with the
 * next node would leave that out.
 */
export function isFloat({ quantization }: Pick<Node, "quantization">): boolean {
  return quantization === undefined;
}

/** The same network for another number of images a run. */
export function withBatch(graph: Graph, batch: number): Graph {
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "input") return node;
    const [, ...image] = node.shape;
    return { ...node, shape: [batch, ...image] };
  });
  return { ...graph, nodes };
}

/** Landmarks under other names. */
export function renameLandmarks(landmarks: Landmarks, rename: (name: string) => string): Landmarks {
  const { stem, blocks, features, pool, logits } = landmarks;
  return {
    stem: rename(stem),
    blocks: blocks.map(rename),
    features: rename(features),
    ...(pool === undefined ? {} : { pool: rename(pool) }),
    logits: rename(logits),
  };
}

/** The same graph without the claim to be a network: what is left of one, or something else. */
export function withoutArchitecture(graph: Graph): Graph {
  const { architecture: _, landmarks: __, ...rest } = graph;
  return rest;
}

/** A graph without the nodes that its outputs do not need and the parameters that no node reads. */
export function pruneGraph<G extends Graph>(graph: G): G {
  return prune(graph, graph.outputs);
}

/** The same but for the inputs, which all stay: who runs a program knows them by their index. */
export function pruneInner<G extends Graph>(graph: G): G {
  const inputs = graph.nodes.flatMap(({ op, name }) => (op === "input" ? [name] : []));
  return prune(graph, [...graph.outputs, ...inputs]);
}

function prune<G extends Graph>(graph: G, kept: readonly string[]): G {
  const needed = new Set(kept);
  for (const node of graph.nodes.toReversed()) {
    if (needed.has(node.name)) for (const input of node.inputs) needed.add(input);
  }
  const nodes = graph.nodes.filter((node) => needed.has(node.name));
  const used = new Set(nodes.flatMap(parametersOf));
  const parameters = new Map([...graph.parameters].filter(([name]) => used.has(name)));
  return { ...graph, nodes, parameters };
}

/**
 * The part of a graph that computes the named nodes, which are its outputs in the order given. What
 * they do not need is gone, inputs and parameters too. It is still the network that the graph is where
 * it gives all of the graph's outputs.
 *
 * @throws MobileNetError `invalid-argument` when a name is not in the graph.
 *
 * @example
 * ```ts
 * const graph = selectOutputs(mobilenetV2(), ["block_5/add", "stem/relu6"]);
 * graph.outputs; // ["block_5/add", "stem/relu6"]
 * graph.nodes.some(({ name }) => name.startsWith("block_6")); // false
 * ```
 */
export function selectOutputs(graph: Graph, outputs: readonly string[]): Graph {
  checkGraph({ ...graph, outputs }, "selectOutputs");
  for (const output of outputs) {
    if (!graph.nodes.some((node) => node.name === output)) {
      throw new MobileNetError("invalid-argument", "no such node in the graph", {
        node: graph.name,
        expected: "the name of a node",
        received: output,
      });
    }
  }
  const whole = graph.outputs?.every((output) => outputs.includes(output));
  return pruneGraph({ ...(whole ? graph : withoutArchitecture(graph)), outputs });
}
