/**
 * Multiply-adds as TensorFlow's profiler counted them when the paper was written. TensorFlow then
 * computed a convolution dilated by d on a plane cut into d² smaller ones (SpaceToBatch), which
 * first pads rows and columns to a multiple of d; the positions that this adds were counted too.
 */
import { countCost, type Graph } from "../../index.ts";

/** The graph's multiply-adds with every dilated convolution's plane padded to a multiple of d. */
export function multiplyAddsWithSpaceToBatch(graph: Graph): number {
  const dilations = new Map(
    graph.nodes.map((node) => [node.name, "dilation" in node ? node.dilation : 1]),
  );
  return countCost(graph).nodes.reduce((sum, { name, multiplyAdds, outputShape }) => {
    const [, rows, columns] = outputShape;
    const dilation = dilations.get(name)!;
    const padded = (size: number): number => Math.ceil(size / dilation) * dilation;
    return sum + multiplyAdds * ((padded(rows) * padded(columns)) / (rows * columns));
  }, 0);
}
