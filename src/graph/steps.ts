/**
 * What a graph computes, step by step and apart from its weights: two graphs of equal steps are the same
 * network, whoever wrote them. What moves no value to another place is no step, nor is a batch norm that can
 * be folded into the convolution before it, and rounding to 8 bits changes none.
 */
import { required } from "../required.ts";
import type { Graph, Node } from "./ir.ts";
import { inferShapes, resolvePads } from "./shapes.ts";

/** One of a graph's steps. */
export interface GraphStep {
  readonly op: string;
  /** What is done with which steps' values, for messages. */
  readonly text: string;
  /** Equal for equal steps of equal values, of any of the graphs that were numbered together. */
  readonly number: number;
}

/**
 * A graph's steps in its own order, and the numbers of those that leave it.
 *
 * @param numbers - Of steps by their texts: one map for the graphs that are compared.
 */
export function stepsOf(
  graph: Graph,
  numbers: Map<string, number>,
): { readonly steps: readonly GraphStep[]; readonly outputs: readonly number[] } {
  const shapes = inferShapes(graph);
  const sizeOf = (name: string): readonly number[] => required(shapes, name).slice(1);
  const values = new Map<string, number>();
  const steps: GraphStep[] = [];
  /** Sums of convolutions, into which a batch norm behind them can be folded. */
  const linears = new Set<number>();
  const step = (op: string, from: readonly number[], ...how: readonly string[]): number => {
    const text = [`${op} of ${from.join()}`, ...how].join(", ");
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    steps.push({ op, text, number });
    return number;
  };
  const sum = (...both: readonly number[]): number =>
    step(
      "add",
      both.toSorted((a, b) => a - b),
    );
  const stepOf = (node: Node, from: readonly number[]): number => {
    const [first = -1, second] = from;
    const sizes = sizeOf(node.name);
    const to = `to ${sizes.join(" × ")}`;
    // Lists lie along rows in some formats, along columns in others: the same values in the same order.
    const inOrder = `to ${sizes.filter((size, axis) => size !== 1 || axis === 2).join(" × ")}`;
    const [rows = 0, columns = 0] = node.inputs[0] === undefined ? [] : sizeOf(node.inputs[0]);
    switch (node.op) {
      case "quantize":
      case "dequantize":
      case "reshape":
        return first;
      case "conv2d":
      case "depthwiseConv2d": {
        const { op, kernel, stride, dilation, activation } = node;
        const { top, left, bottom, right } = resolvePads(node, rows, columns);
        // Of one tap each, a dilation says nothing.
        const apart = kernel.join() === "1,1" ? 1 : dilation;
        const window = `stride ${stride}, dilation ${apart}, zeros ${[top, left, bottom, right].join()}`;
        const linear = step(op, [first], `window ${kernel.join(" × ")}`, window, to);
        linears.add(linear);
        const active = activation === "none" ? linear : step(activation, [linear]);
        return second === undefined ? active : sum(active, second);
      }
      case "activation":
        return step(node.activation, [first]);
      case "add":
        return sum(first, second ?? -1);
      case "batchNorm":
        return linears.has(first) ? first : step(node.op, [first]);
      case "averagePool2d": {
        const isWhole = node.kernel.join() === `${rows},${columns}`;
        const isOne = sizeOf(node.name).slice(0, 2).join() === "1,1";
        if (isWhole && isOne) return step("globalAveragePool", [first], to);
        return step(node.op, [first], `window ${node.kernel.join(" × ")}`, to);
      }
      case "resizeBilinear": {
        // From one pixel to many every convention is the same.
        const { alignCorners, halfPixelCenters } = node;
        const places = rows * columns === 1 ? [] : [`${alignCorners} ${halfPixelCenters}`];
        return step(node.op, [first], ...places, to);
      }
      case "resizeNearest":
        return step(rows * columns === 1 ? "resizeBilinear" : node.op, [first], to);
      case "concat":
      case "softmax":
      case "sigmoid":
        return step(node.op, from, inOrder);
      default:
        return step(node.op, from, to);
    }
  };
  for (const node of graph.nodes) {
    const from = node.inputs.map((name) => required(values, name));
    values.set(node.name, stepOf(node, from));
  }
  return { steps, outputs: graph.outputs.map((name) => required(values, name)) };
}
