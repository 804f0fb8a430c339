/** Refuses what is no graph, where a caller in JavaScript may give anything. */
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/**
 * Checks that a value is a graph, by its parts and not by what is in them.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkGraph(graph: unknown, call: string): void {
  const { nodes, outputs, parameters } = fieldsOf(graph);
  if (Array.isArray(nodes) && Array.isArray(outputs) && parameters instanceof Map) return;
  throw wrongArgument(call, "a graph, such as mobilenetV2() or a model's field graph", graph);
}
