/** Batch norms whose ε is another than their network's: the same scale with that one. */
import type { Tensor } from "../tensor.ts";
import type { WeightConvention } from "./naming-scheme.ts";

/**
 * Weights under this library's names, in which the batch norms of some layers have γ for another ε:
 * γ / √(σ² + from) = γ' / √(σ² + to).
 *
 * @param layers - The layers, by the beginning of their names.
 * @returns The weights as they came where no batch norm is of these layers.
 */
export function restateEpsilon(
  weights: ReadonlyMap<string, Tensor>,
  { layers, from, to }: { readonly layers: RegExp; readonly from: number; readonly to: number },
): ReadonlyMap<string, Tensor> {
  if (from === to) return weights;
  const restated = new Map<string, Tensor>();
  for (const [name, gamma] of weights) {
    if (!layers.test(name) || !name.endsWith("/gamma")) continue;
    const variances = weights.get(name.replace(/gamma$/, "variance"))?.data;
    if (variances === undefined) continue;
    const data = Float32Array.from(gamma.data, (value, i) => {
      const variance = variances[i] ?? 0;
      return value * Math.sqrt((variance + to) / (variance + from));
    });
    restated.set(name, { dtype: "float32", shape: gamma.shape, data });
  }
  return restated.size === 0 ? weights : new Map([...weights, ...restated]);
}

/** All batch norms of a scheme, whose segmenter's head may have an ε of its own, for one ε. */
export function restateForHead(
  weights: ReadonlyMap<string, Tensor>,
  { epsilon, headEpsilon = epsilon }: Pick<WeightConvention, "epsilon" | "headEpsilon">,
  { to }: { readonly to: number },
): ReadonlyMap<string, Tensor> {
  const body = restateEpsilon(weights, { layers: /^(?!aspp\/)/, from: epsilon, to });
  return restateEpsilon(body, { layers: /^aspp\//, from: headEpsilon, to });
}
