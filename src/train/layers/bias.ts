/** A convolution's bias: one value for each channel. */
import type { Values } from "../values.ts";

/** Adds the bias to the first `count` values, channels innermost. */
export function addBias(y: Values, bias: Values, count: number): void {
  for (let i = 0; i < count; i++) y[i] = y[i]! + bias[i % bias.length]!;
}

/** Adds to the bias's gradient, summed in double precision, what the output's says. */
export function addBiasGradient(dy: Values, dbias: Values, count: number): void {
  const sums = new Float64Array(dbias.length);
  for (let i = 0; i < count; i++) sums[i % sums.length]! += dy[i]!;
  for (const [c, sum] of sums.entries()) dbias[c] = dbias[c]! + sum;
}
