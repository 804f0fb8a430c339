/** What a writer of files takes from a graph: parameters with their values. */
import { MobileNetError } from "../errors.ts";
import type { Graph, Parameter, ParameterQuantization } from "../graph/ir.ts";
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
  const { data, quantization } = parameter;
  return { ...parameter, data, ...(quantization && { quantization: joined(quantization) }) };
}

/** Equal scales as the one that they are: some runtimes take no more for a layer. */
function joined(quantization: ParameterQuantization): ParameterQuantization {
  const { scales, zeroPoints } = quantization;
  const [scale = 1] = scales;
  const [zeroPoint = 0] = zeroPoints;
  const isOne =
    scales.every((other) => other === scale) && zeroPoints.every((other) => other === zeroPoint);
  return isOne ? { ...quantization, scales: [scale], zeroPoints: [zeroPoint] } : quantization;
}
