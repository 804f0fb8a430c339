/**
 * Networks that come from frameworks with channels first begin with a transposition: pictures are laid
 * out here as the network reads them, so that it goes, and the input has its channels last.
 */
import type { FeatureShape, Graph, InputNode, Node } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";

/** Gives an input of rows behind its channels the order of all other maps. */
export function foldInputOrder(graph: Graph): Graph {
  const input = graph.nodes.find((node): node is InputNode => node.op === "input");
  if (input === undefined || graph.outputs.includes(input.name)) return graph;
  const [batch, channels, rows, columns] = input.shape;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(input.name));
  const pictures = channels === 1 || channels === 3;
  if (!pictures || readers.length === 0 || !readers.every(putsChannelsLast)) return graph;
  const shape: FeatureShape = [batch, rows, columns, channels];
  const { scale, zeroPoint } = input.quantization ?? {};
  const same = readers.every(
    ({ quantization }) => quantization?.scale === scale && quantization?.zeroPoint === zeroPoint,
  );
  if (!same) return graph;
  const folded = new Set(readers.map(({ name }) => name));
  const nodes = graph.nodes.map((node): Node => {
    if (node === input) return { ...input, shape };
    const inputs = node.inputs.map((name) => (folded.has(name) ? input.name : name));
    return { ...node, inputs } as Node;
  });
  const outputs = graph.outputs.map((name) => (folded.has(name) ? input.name : name));
  return pruneGraph({ ...graph, nodes, outputs });
}

function putsChannelsLast(node: Node): boolean {
  return node.op === "transpose" && node.order.join() === "2,3,1";
}
