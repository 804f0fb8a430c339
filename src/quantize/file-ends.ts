/** What an 8-bit network's file takes and gives: its integers as they are, other ones, or real numbers. */
import { MobileNetError } from "../errors.ts";
import type { Graph, Node, Quantization } from "../graph/ir.ts";

/** The element types of a file's ends. */
export type FileEnds = "int8" | "uint8" | "float32";
export const fileEnds: readonly FileEnds[] = ["int8", "uint8", "float32"];

/** The element types that a graph's ends have, one for all; undefined where they differ. */
export function endsOf({ nodes, outputs }: Graph): FileEnds | undefined {
  const ends = nodes.filter(({ op, name }) => op === "input" || outputs.includes(name));
  const [first, ...others] = ends.map(({ quantization }) => quantization?.dtype ?? "float32");
  return others.every((other) => other === first) ? first : undefined;
}

/**
 * An 8-bit network with other types at its ends, which keep the names of inputs and outputs. Integers of
 * int8 are those of uint8 less 128, with zero points to match.
 *
 * @throws MobileNetError `unsupported` where integers are wanted of an end that has real numbers.
 */
export function withEnds(graph: Graph, ends: FileEnds): Graph {
  const outputs = new Set(graph.outputs);
  const other = (node: Node): boolean => {
    const isEnd = node.op === "input" || outputs.has(node.name);
    return isEnd && (node.quantization?.dtype ?? "float32") !== ends;
  };
  const renamed = new Set(graph.nodes.filter(other).map(({ name }) => name));
  if (renamed.size === 0) return graph;
  const rename = (name: string): string => (renamed.has(name) ? `${name}/inner` : name);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const own = { ...node, inputs: node.inputs.map(rename) } as Node;
    if (!renamed.has(node.name)) return [own];
    const { quantization, ...rest } = node;
    if (quantization === undefined) throw realEnd(node, ends);
    const name = rename(node.name);
    const as = ends === "float32" ? {} : { quantization: shifted(quantization, ends) };
    if (node.op === "input") {
      const outer = { ...rest, ...as } as Node;
      return [outer, { op: "quantize", name, inputs: [node.name], quantization }];
    }
    const op = ends === "float32" ? "dequantize" : "quantize";
    return [{ ...own, name } as Node, { op, name: node.name, inputs: [name], ...as }];
  });
  return { ...graph, nodes };
}

/** The same real numbers in integers of the other type. */
function shifted({ dtype, scale, zeroPoint }: Quantization, to: "int8" | "uint8"): Quantization {
  const shift = dtype === to ? 0 : to === "uint8" ? 128 : -128;
  return { dtype: to, scale, zeroPoint: zeroPoint + shift };
}

function realEnd({ name }: Node, ends: FileEnds): MobileNetError {
  return new MobileNetError("unsupported", "an end of this network has no 8 bits", {
    node: name,
    expected: "float32",
    received: ends,
    remedy: "Leave io out, or give io float32.",
  });
}
