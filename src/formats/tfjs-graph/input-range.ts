/**
 * What a picture's bytes have to become for a graph, as far as it says: scales and shifts by constants
 * right behind its input belong to the preparation of pictures, and make a usual range of one other.
 */
import type { BatchNormNode, Graph, InputNode } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import { ranges } from "../../image/presets.ts";
import type { FileFacts } from "../file-facts.ts";
import { inputRanges, isUsualRange, type Range, rangeByChannel } from "../usual-ranges.ts";

/**
 * A graph without the scales and shifts behind its input, and the range that they and the input's type
 * tell; the graph as it is where they fit no range that people feed to networks.
 *
 * @param isBytes - Whether the input's type is one of whole numbers.
 */
export function takeInputRange(
  graph: Graph,
  isBytes: boolean,
): { readonly graph: Graph; readonly range: FileFacts["range"] } {
  const input = graph.nodes.find((node): node is InputNode => node.op === "input");
  const front = input && scaleBehind(graph, input);
  if (input === undefined || front === undefined) {
    const range = { value: ranges.bytes, from: "the input's type, a byte for each value" };
    return { graph, range: isBytes ? range : undefined };
  }
  const own = rangeByChannel((c) => {
    const parameter = (name: string): number => {
      const data = graph.parameters.get(name)?.data ?? [];
      return data[data.length === 1 ? 0 : c] ?? 0;
    };
    return [parameter(front.gamma), parameter(front.beta)];
  });
  const fitting = inputRanges.filter((range) => isUsualRange(after(own, range), range));
  const [taken] = isBytes ? [ranges.bytes] : fitting;
  if (taken === undefined || (fitting.length > 1 && !isBytes)) return { graph, range: undefined };
  const nodes = graph.nodes.map((node) => {
    const inputs = node.inputs.map((name) => (name === front.name ? input.name : name));
    return { ...node, inputs };
  });
  const outputs = graph.outputs.map((name) => (name === front.name ? input.name : name));
  return {
    graph: pruneGraph({ ...graph, nodes, outputs }),
    range: { value: after(own, taken), from: "the graph's scale and offset behind its input" },
  };
}

/** The one node that reads a picture, where it does nothing but scale and shift. */
function scaleBehind(graph: Graph, input: InputNode): BatchNormNode | undefined {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(input.name));
  const [reader] = readers;
  const isAlone = readers.length === 1 && !graph.outputs.includes(input.name);
  return isAlone && reader?.op === "batchNorm" ? reader : undefined;
}

/** What a range is after a scale and an offset. */
function after(own: Range, { scale, offset }: Range): Range {
  return rangeByChannel((c) => [scale[c] * own.scale[c], offset[c] * own.scale[c] + own.offset[c]]);
}
