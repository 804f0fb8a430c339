/** The convolutions that say what a network is asked: what other layers do has a meaning for these alone. */
import type { Graph } from "../graph/ir.ts";

/**
 * The names of the convolutions behind which no other comes before the outputs.
 *
 * @param outputs - Default: all of the graph's.
 *
 * @example
 * ```ts
 * [...lastConvolutions(mobilenetV2())]; // ["classifier"]
 * ```
 */
export function lastConvolutions(
  { nodes, outputs: all }: Graph,
  outputs: readonly string[] = all,
): ReadonlySet<string> {
  const behind = new Set(outputs);
  const last = new Set<string>();
  for (const { op, name, inputs } of nodes.toReversed()) {
    if (!behind.has(name)) continue;
    if (op === "conv2d" || op === "depthwiseConv2d") last.add(name);
    else for (const input of inputs) behind.add(input);
  }
  return last;
}
