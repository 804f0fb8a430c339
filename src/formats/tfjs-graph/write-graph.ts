/**
 * A graph as a TensorFlow graph with a signature, the topology of a TensorFlow.js graph model: the
 * counterpart of model.ts. Any number of pictures goes in at once.
 */
import type { Graph } from "../../graph/ir.ts";
import type { Shape } from "../../tensor.ts";
import { plainOperations } from "../plain-operations.ts";
import type { WrittenWeight } from "../write-tfjs.ts";
import { GraphDefDraft, shapeJson, type WrittenAttribute } from "./graph-draft.ts";
import { writeOperation } from "./write-operations.ts";

/** A graph's nodes, what goes in and comes out, and the values of its constants. */
export interface WrittenGraph {
  readonly topology: WrittenAttribute;
  readonly signature: WrittenAttribute;
  readonly weights: readonly WrittenWeight[];
  /** Whether nodes are called otherwise than the graph's. */
  readonly isRenamed: boolean;
}

/**
 * The nodes of a graph.
 *
 * @param graph - Float, with values for its parameters; blocks not joined.
 * @throws MobileNetError `unsupported` naming the node that TensorFlow.js has no operation for.
 */
export function writeGraphDef(graph: Graph): WrittenGraph {
  const draft = new GraphDefDraft(plainOperations(graph));
  for (const node of draft.graph.nodes) writeOperation(draft, node);
  const ends = (
    names: readonly string[],
    of: (name: string) => { readonly tensor: string; readonly dims: Shape },
  ): WrittenAttribute =>
    Object.fromEntries(
      names.map((name) => {
        const { tensor, dims } = of(name);
        const tensorShape = shapeJson([-1, ...dims]);
        // Keys that are numbers would not stay in their order.
        const key = /^\d+$/.test(tensor) ? `tensor_${tensor}` : tensor;
        return [key, { name: `${tensor}:0`, dtype: "DT_FLOAT", tensorShape }];
      }),
    );
  const inputs = graph.nodes.flatMap(({ op, name }) => (op === "input" ? [name] : []));
  const signature = {
    inputs: ends(inputs, (name) => draft.values.get(name)),
    outputs: ends(graph.outputs, (name) => draft.values.least(name)),
  };
  const { nodes, weights, names } = draft;
  const topology = { node: nodes, versions: { producer: 1882 } };
  return { topology, signature, weights, isRenamed: names.hasChanged };
}
