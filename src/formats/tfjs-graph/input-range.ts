/**
 * What a picture's bytes have to become for a graph, as far as it says: scales and shifts by constants
 * right behind its input belong to the preparation of pictures, and make a usual range of one other.
 */
import type { BatchNormNode, Graph, InputNode } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import { type Preprocess, ranges } from "../../image/presets.ts";
import type { FileFacts } from "../file-facts.ts";

type Range = Pick<Preprocess, "scale" | "offset">;
type Channel = 0 | 1 | 2;
const channels: readonly Channel[] = [0, 1, 2];

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
  const own = rangeOf((c) => {
    const parameter = (name: string): number => {
      const data = graph.parameters.get(name)?.data ?? [];
      return data[data.length === 1 ? 0 : c] ?? 0;
    };
    return [parameter(front.gamma), parameter(front.beta)];
  });
  const fitting = inputRanges.filter((range) => isUsual(after(own, range), range));
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

/** What people feed to networks of floats. */
const inputRanges: readonly Range[] = [ranges.bytes, ranges.unit, ranges.signed];

function rangeOf(of: (channel: Channel) => readonly [scale: number, offset: number]): Range {
  const [red, green, blue] = [of(0), of(1), of(2)];
  return { scale: [red[0], green[0], blue[0]], offset: [red[1], green[1], blue[1]] };
}

/** What a range is after a scale and an offset. */
function after(own: Range, { scale, offset }: Range): Range {
  return rangeOf((c) => [scale[c] * own.scale[c], offset[c] * own.scale[c] + own.offset[c]]);
}

/** How far two ranges' ends lie apart, at most. */
function distance(a: Range, b: Range): number {
  const ends = channels.map((c) => {
    const low = a.offset[c] - b.offset[c];
    return Math.max(Math.abs(low), Math.abs(255 * (a.scale[c] - b.scale[c]) + low));
  });
  return Math.max(...ends);
}

/**
 * Whether networks work on such a range: −1 to 1, 0 to 1, bytes, deviations from a mean, or bytes less
 * their mean. What is made of −1 to 1 has to be one of the first three, or it would fit too often.
 */
function isUsual(range: Range, from: Range): boolean {
  const near = (other: Range, tolerance: number): boolean => distance(range, other) <= tolerance;
  if (near(ranges.signed, 0.02) || near(ranges.unit, 0.02) || near(ranges.bytes, 2)) return true;
  if (from === ranges.signed) return false;
  return channels.every((c) => {
    const low = range.offset[c];
    const width = 255 * range.scale[c];
    const deviations = width > 0.9 && width < 8 && low <= 0.05 && low > -4 && low + width > 0.4;
    const centred = Math.abs(width - 255) < 2 && low <= -90 && low >= -140;
    return deviations || centred;
  });
}
