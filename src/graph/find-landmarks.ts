/**
 * A network's landmarks, whoever made its graph. Graphs that `models/` built bring theirs; those of
 * files say nothing, so theirs are found by what the nodes do: a block is a depthwise convolution with
 * the pointwise one behind it, and the shortcut around both. Where activations and batch norms are
 * parts of convolutions, as in 8-bit files, the same landmarks have other names.
 */
import type { Landmarks } from "./architecture.ts";
import type { Graph, Node, Op } from "./ir.ts";
import { consumersOf } from "./rewrite.ts";
import { inferShapes, isPointwise } from "./shapes.ts";

/** The landmarks that a graph has: its own, or those that its nodes show. */
export function findLandmarks(graph: Graph): Partial<Landmarks> {
  if (graph.landmarks !== undefined) return graph.landmarks;
  const neighbours = neighboursOf(graph);
  const first = graph.nodes.find(({ op }) => op === "conv2d");
  const blocks = blocksShown(graph).map(({ output }) => output);
  const pool = poolOf(graph);
  const logits = logitsOf(graph, neighbours);
  return {
    ...(first && { stem: lastOfLayer(first, neighbours).name }),
    blocks,
    ...(pool?.inputs[0] !== undefined && { features: pool.inputs[0] }),
    ...(pool && { pool: pool.name }),
    ...(logits && { logits }),
  };
}

/** Where a block that nodes show begins and ends. */
export interface ShownBlock {
  /** The node that it reads: what is expanded, or filtered where nothing expands it. */
  readonly input: string | undefined;
  readonly depthwise: Node;
  readonly output: string;
}

/** The blocks that a graph's nodes show, whatever it says of itself. */
export function blocksShown(graph: Graph): readonly ShownBlock[] {
  const neighbours = neighboursOf(graph);
  return graph.nodes.flatMap((node) => {
    const block = node.op === "depthwiseConv2d" ? blockAround(node, neighbours) : undefined;
    return block === undefined ? [] : [block];
  });
}

/** Who gives a node's input, and who reads its output. */
interface Neighbours {
  readonly source: (node: Node) => Node | undefined;
  readonly readers: (node: Node) => readonly Node[];
}

function neighboursOf(graph: Graph): Neighbours {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const consumers = consumersOf(graph);
  return {
    source: ({ inputs }) => nodes.get(inputs[0] ?? ""),
    readers: ({ name }) => consumers.get(name) ?? [],
  };
}

/** What belongs to the convolution before it. */
const belongsToLayer: ReadonlySet<Op> = new Set<Op>(["batchNorm", "activation"]);

/** A convolution's batch norm or activation, where it has them, else itself. */
function lastOfLayer(convolution: Node, { readers }: Neighbours): Node {
  let last = convolution;
  for (;;) {
    const [next, ...others] = readers(last);
    if (next === undefined || others.length > 0 || !belongsToLayer.has(next.op)) return last;
    last = next;
  }
}

/** The block around a depthwise convolution; nothing where no pointwise one follows. */
function blockAround(depthwise: Node, neighbours: Neighbours): ShownBlock | undefined {
  const { source, readers } = neighbours;
  const project = readers(lastOfLayer(depthwise, neighbours)).find(isProjection);
  if (project === undefined) return undefined;
  const output = lastOfLayer(project, neighbours);
  const before = source(depthwise);
  let expand = before;
  while (expand !== undefined && (belongsToLayer.has(expand.op) || expand.op === "pad")) {
    expand = source(expand);
  }
  const input = expand !== undefined && isProjection(expand) ? source(expand) : before;
  const shortcut = readers(output).find(
    ({ op, inputs }) => op === "add" && input !== undefined && inputs.includes(input.name),
  );
  return { input: input?.name, depthwise, output: (shortcut ?? output).name };
}

function isProjection(node: Node): boolean {
  return node.op === "conv2d" && isPointwise(node);
}

/** The mean over all positions that a head starts with. */
export function poolOf(graph: Graph): Node | undefined {
  const shapes = inferShapes(graph);
  return graph.nodes.findLast(({ op, name }) => {
    const [, rows, columns] = shapes.get(name) ?? [];
    return (op === "globalAveragePool" || op === "averagePool2d") && rows === 1 && columns === 1;
  });
}

/** What the last softmax or sigmoid reads; the output itself where there is neither. */
function logitsOf({ nodes, outputs }: Graph, { source }: Neighbours): string | undefined {
  const output = nodes.find(({ name }) => name === outputs.at(-1));
  if (output?.op !== "softmax" && output?.op !== "sigmoid") return output?.name;
  const scores = source(output);
  return (scores?.op === "dequantize" ? source(scores) : scores)?.name;
}
