/** Runs a file's graph as it is read. */

import { realValues } from "../../src/backends/real-values.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { prepareGraph } from "../../src/tasks/backend-choice.ts";

/** The real values of a graph's outputs. */
export async function runGraph(
  graph: Graph,
  values: Float32Array,
  backend: "reference" | "wasm" = "reference",
): Promise<readonly Float32Array[]> {
  const { executable } = await prepareGraph(graph, { backend });
  try {
    return (await executable.infer([values])).map(realValues);
  } finally {
    executable.dispose();
  }
}
