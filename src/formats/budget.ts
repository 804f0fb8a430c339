/**
 * What a model may cost before anything of it is allocated or run: a file of a kilobyte can ask for
 * gigabytes or hours. The defaults are far above every published network of the family.
 */
import { MobileNetError } from "../errors.ts";
import { countCost } from "../graph/cost.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { ModelOptions } from "./model-options.ts";

const defaults = { maxActivationBytes: 2 ** 30, maxMultiplyAdds: 2e11 } as const;

/**
 * Checks a network's cost.
 *
 * @throws MobileNetError `memory` naming the node whose values take too much, `unsupported` where the
 *   whole computes too long, `invalid-argument` for limits that are no positive numbers.
 */
export function checkBudget(graph: Graph, options: ModelOptions): void {
  const [mostBytes, mostWork] = [
    limit(options, "maxActivationBytes"),
    limit(options, "maxMultiplyAdds"),
  ];
  const shapes = inferShapes(graph);
  const { nodes, multiplyAdds } = countCost(graph);
  let work = multiplyAdds;
  for (const [i, node] of graph.nodes.entries()) {
    const names = [node.name, ...node.inputs];
    const values = names.reduce((sum, name) => sum + elementCount(required(shapes, name)), 0);
    if (values * 4 > mostBytes) {
      throw new MobileNetError("memory", "the network takes more memory than it may", {
        node: `${graph.name}, ${node.name}`,
        expected: `at most ${mostBytes} bytes for the values of one operation`,
        received: quote(values * 4),
        remedy: "Give the option maxActivationBytes if that is right.",
      });
    }
    work += elementCount(nodes[i]!.outputShape) * windowSize(node);
  }
  if (work <= mostWork) return;
  throw new MobileNetError("unsupported", "the network computes longer than it may", {
    node: graph.name,
    expected: `at most ${mostWork} multiply-adds a picture`,
    received: quote(work),
    remedy: "Give the option maxMultiplyAdds if that is right.",
  });
}

/** What an output costs besides the multiply-adds of convolutions: what it looks at. */
function windowSize(node: Node): number {
  const pools = node.op === "averagePool2d" || node.op === "maxPool2d";
  return pools ? node.kernel[0] * node.kernel[1] : 1;
}

function limit(options: ModelOptions, name: keyof typeof defaults): number {
  const value = options[name] ?? defaults[name];
  if (isNumberIn(value, 1, Number.MAX_VALUE)) return value;
  throw new MobileNetError("invalid-argument", `bad ${name}`, {
    expected: "a number above 0",
    received: quote(value),
  });
}
