/**
 * The receptive field that a graph's windows leave a value: all pixels that it can depend on. Layer by
 * layer: a window of k adds (k − 1) steps, of as many pixels as lie between two neighbours there.
 */
import { MobileNetError } from "../../errors.ts";
import { type Graph, inferShapes, type Node } from "../../index.ts";
import { required } from "../../required.ts";

/**
 * Along one axis: the value at index 0 sees pixels from `start` to before `end`, that at index i the
 * same `i · jump` further on. Pixels outside the picture are padding.
 */
export interface FieldExtent {
  readonly start: number;
  readonly end: number;
  readonly jump: number;
}

/**
 * The field of each node's output along the rows.
 *
 * @throws MobileNetError `unsupported` where a node reads its input otherwise than through a window.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2();
 * const { start, end } = receptiveFields(graph).get("block_16/project/batch_norm");
 * end - start; // 491
 * ```
 */
export function receptiveFields(graph: Graph): ReadonlyMap<string, FieldExtent> {
  const shapes = inferShapes(graph);
  const fields = new Map<string, FieldExtent>();
  for (const node of graph.nodes) {
    const rows = (name: string): number => required(shapes, name)[1];
    fields.set(node.name, fieldOf(node, fields, rows));
  }
  return fields;
}

function fieldOf(
  node: Node,
  fields: ReadonlyMap<string, FieldExtent>,
  rows: (name: string) => number,
): FieldExtent {
  const [first, ...others] = node.inputs.map((name) => required(fields, name));
  if (first === undefined) return { start: 0, end: 1, jump: 1 };
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d":
    case "averagePool2d":
    case "maxPool2d": {
      const kernel = (node.kernel[0] - 1) * node.dilation + 1;
      const before = padBefore(node, kernel, rows(node.inputs[0]!));
      const seen = {
        start: first.start - before * first.jump,
        end: first.end + (kernel - 1 - before) * first.jump,
        jump: first.jump * node.stride,
      };
      // A second input is a sum that joined the convolution.
      return others.reduce(union, seen);
    }
    case "globalAveragePool":
      return { ...first, end: first.end + (rows(node.inputs[0]!) - 1) * first.jump };
    case "add":
    case "multiply":
    case "concat":
      return others.reduce(union, first);
    case "batchNorm":
    case "activation":
    case "elementwise":
    case "softmax":
    case "sigmoid":
    case "quantize":
    case "dequantize":
      return first;
    default:
      throw new MobileNetError("unsupported", "no receptive field is known of this operation", {
        node: node.name,
        received: node.op,
      });
  }
}

function union(a: FieldExtent, b: FieldExtent): FieldExtent {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end), jump: a.jump };
}

/** Rows of padding above, for a kernel of so many rows, its dilation included. */
function padBefore(
  { padding, stride }: Extract<Node, { padding: unknown }>,
  kernel: number,
  rows: number,
): number {
  if (typeof padding === "object") return padding.top;
  if (padding === "valid") return 0;
  if (padding === "symmetric") return (kernel - 1) / 2;
  const total = Math.max(0, (Math.ceil(rows / stride) - 1) * stride + kernel - rows);
  return Math.floor(total / 2);
}
