/** Refuses what is no graph, where a caller in JavaScript may give anything. */
import { detachedWords, fieldsOf, isDetached, wrongArgument } from "../wrong-argument.ts";

/**
 * Checks that a value is a graph that computes something: by its parts, and of its nodes by what all of
 * them have.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkGraph(graph: unknown, call: string, fewestOutputs = 1): void {
  const { nodes, outputs, parameters } = fieldsOf(graph);
  const whole = Array.isArray(nodes) && nodes.every(isNode) && parameters instanceof Map;
  if (whole && Array.isArray(outputs) && outputs.length >= fewestOutputs) {
    for (const [name, parameter] of parameters) {
      // What is computed when it is read is not read for this.
      const data: unknown = Object.getOwnPropertyDescriptor(fieldsOf(parameter), "data")?.value;
      if (!ArrayBuffer.isView(data) || !isDetached(data)) continue;
      throw wrongArgument(call, `weights in memory for ${name}`, detachedWords);
    }
    return;
  }
  throw wrongArgument(
    call,
    "a graph with outputs, such as mobilenetV2() or a model's field graph",
    graph,
  );
}

function isNode(node: unknown): boolean {
  const { name, inputs } = fieldsOf(node);
  return typeof name === "string" && Array.isArray(inputs);
}
