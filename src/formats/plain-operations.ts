/**
 * A graph whose operations do one thing each, for formats that say so much and no more: windows have
 * TensorFlow's two paddings, with zeros of another number in a pad before them, and a shortcut is an
 * addition of its own. The counterpart of fold-pads.ts.
 */
import type { Graph, Node, Pads, Window } from "../graph/ir.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import { required } from "../required.ts";

/** TensorFlow's name of the zeros that a window adds, where it has one. */
export function namedWindow(
  window: Window,
  rows: number,
  columns: number,
): "same" | "valid" | undefined {
  const pads = resolvePads(window, rows, columns);
  return (["same", "valid"] as const).find((padding) =>
    samePads(pads, resolvePads({ ...window, padding }, rows, columns)),
  );
}

function samePads(a: Pads, b: Pads): boolean {
  return a.top === b.top && a.left === b.left && a.bottom === b.bottom && a.right === b.right;
}

/** The same graph in such operations. */
export function plainOperations(graph: Graph): Graph {
  const shapes = inferShapes(graph);
  const names = new Set(graph.nodes.map(({ name }) => name));
  const fresh = (like: string): string => {
    let name = like;
    while (names.has(name)) name += "'";
    names.add(name);
    return name;
  };
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return [node];
    const [input = "", shortcut] = node.inputs;
    const [, rows, columns] = required(shapes, input);
    const named = namedWindow(node, rows, columns);
    const pad: Node = {
      ...{ op: "pad", name: fresh(`${node.name}/pad`), inputs: [input] },
      pads: resolvePads(node, rows, columns),
    };
    const name = shortcut === undefined ? node.name : fresh(`${node.name}/sum`);
    const inputs = [named === undefined ? pad.name : input];
    const plain: Node = { ...node, name, inputs, padding: named ?? "valid" };
    const sum: readonly Node[] =
      shortcut === undefined ? [] : [{ op: "add", name: node.name, inputs: [name, shortcut] }];
    return [...(named === undefined ? [pad] : []), plain, ...sum];
  });
  return { ...graph, nodes };
}
