/**
 * What a file says its graph was built from, beside the graph itself. A file may come from anywhere, so
 * its word counts only where the network of that architecture computes the same
 * steps from the same inputs; then the model knows its arguments, ε and block variant included.
 */
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import type { Task } from "../models/model.ts";
import { required } from "../required.ts";
import type { Stated } from "./file-facts.ts";
import { readNetwork } from "./read-architecture.ts";

/** What is stated, where the graph is that network; else a note that says why it is passed over. */
export function confirmArchitecture(
  graph: Graph,
  task: Task,
  { value, from }: Stated<unknown>,
): { readonly architecture?: Architecture; readonly note?: string } {
  const ignored = (why: string) => ({ note: `the architecture in ${from} is passed over: ${why}` });
  try {
    const network = readNetwork(value, "architecture");
    const { architecture } = network;
    if (architecture.task !== task)
      return ignored(`the graph is not there to ${architecture.task}`);
    const isSame = sameSteps(graph, network);
    return isSame ? { architecture } : ignored("the graph is another network");
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    return ignored(error.message);
  }
}

/** Whether two graphs compute the same but for weights, folded batch norms, rounding to 8 bits and the batch. */
function sameSteps(a: Graph, b: Graph): boolean {
  // A number for each step: equal steps of equal inputs have equal numbers, in whichever order they run.
  const numbers = new Map<string, number>();
  const [one, other] = [numberSteps(a, numbers), numberSteps(b, numbers)];
  return (
    one.outputs.join() === other.outputs.join() &&
    one.steps.toSorted().join() === other.steps.toSorted().join()
  );
}

function numberSteps(
  graph: Graph,
  numbers: Map<string, number>,
): { readonly outputs: readonly number[]; readonly steps: readonly number[] } {
  const shapes = inferShapes(graph);
  const values = new Map<string, number>();
  const steps: number[] = [];
  /** Sums of convolutions, into which a batch norm behind them can be folded. */
  const linears = new Set<number>();
  const step = (...parts: readonly unknown[]): number => {
    const description = JSON.stringify(parts);
    const known = numbers.get(description) ?? numbers.size;
    numbers.set(description, known);
    steps.push(known);
    return known;
  };
  const sum = (a: number, b: number): number => step("add", ...[a, b].sort((x, y) => x - y));
  const stepOf = (node: Node, [first = -1, second]: readonly number[]): number => {
    const [, ...shape] = required(shapes, node.name);
    switch (node.op) {
      // What moves no value to another place.
      case "quantize":
      case "dequantize":
      case "reshape":
        return first;
      case "conv2d":
      case "depthwiseConv2d": {
        const [, rows, columns] = required(shapes, node.inputs[0] ?? "");
        const { kernel, stride, dilation, activation } = node;
        const pads = resolvePads(node, rows, columns);
        const { top, left, bottom, right } = pads;
        // Of one tap each, a dilation says nothing.
        const apart = kernel.join() === "1,1" ? 1 : dilation;
        const window = [kernel, stride, apart, top, left, bottom, right];
        const linear = step(node.op, shape, window, first);
        linears.add(linear);
        const active = activation === "none" ? linear : step("activation", activation, linear);
        return second === undefined ? active : sum(active, second);
      }
      case "activation":
        return step(node.op, node.activation, first);
      case "add":
        return sum(first, second ?? -1);
      case "batchNorm":
        return linears.has(first) ? first : step(node.op, first);
      case "averagePool2d": {
        const [, rows, columns] = required(shapes, node.inputs[0] ?? "");
        const whole =
          node.kernel.join() === `${rows},${columns}` && shape[0] === 1 && shape[1] === 1;
        return whole ? step("globalAveragePool", shape, first) : step(node.op, node.kernel, first);
      }
      case "resizeBilinear": {
        // From one pixel to many every convention is the same.
        const [, rows, columns] = required(shapes, node.inputs[0] ?? "");
        const { alignCorners, halfPixelCenters } = node;
        const places = rows * columns === 1 ? [] : [alignCorners, halfPixelCenters];
        return step(node.op, shape, places, first);
      }
      default:
        return step(node.op, shape, first, second);
    }
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => required(values, name));
    values.set(node.name, node.op === "concat" ? step("concat", inputs) : stepOf(node, inputs));
  }
  return { outputs: graph.outputs.map((name) => required(values, name)), steps };
}
