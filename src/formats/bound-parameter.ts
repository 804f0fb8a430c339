/** What a writer of files takes from a graph: parameters with their values. */
import { MobileNetError } from "../errors.ts";
import type { Graph, Parameter } from "../graph/ir.ts";
import type { TensorData } from "../tensor.ts";

/** A parameter whose values are there. */
export type BoundParameter = Parameter & { readonly data: TensorData };

/**
 * A graph's parameter by name.
 *
 * @throws MobileNetError `invalid-argument` where it has no values.
 */
export function boundParameter(graph: Graph, name: string): BoundParameter {
  const parameter = graph.parameters.get(name);
  if (parameter?.data === undefined) {
    throw new MobileNetError("invalid-argument", "a parameter has no values", {
      node: name,
      remedy: "Bind weights to the graph before writing it.",
    });
  }
  return { ...parameter, data: parameter.data };
}
