/**
 * Appendix A: of an input's `n`-dimensional volume, ReLU of a random embedding into `m` dimensions
 * collapses the part where fewer than `n` rows are active. Each row is active for half of all random
 * rows, whatever the input, as a row and its negative are equally likely; so the rows are `m` coins.
 */
import type { Random } from "../../random.ts";
import { matrix, rank } from "../linear-algebra.ts";

/**
 * The expected share of volume that collapses: `1 − N / 2^m` with `N` the sum of `m` over `k` for `k`
 * from 0 to `m − n`; that is, of `m` coins fewer than `n` show heads.
 *
 * @example
 * ```ts
 * expectedCollapse(2, 5); // 0.1875
 * ```
 */
export function expectedCollapse(n: number, m: number): number {
  // The few terms that collapse, so that small shares keep their digits.
  let [term, sum] = [0.5 ** m, 0];
  for (let heads = 0; heads < Math.min(n, m + 1); heads++) {
    sum += term;
    term *= (m - heads) / (heads + 1);
  }
  return sum;
}

/**
 * Whether ReLU of a random embedding collapses the volume around a random input: by the rank of the rows
 * that are active there, which the theorem is about, not by their number, from which it is computed.
 */
export function drawCollapse(n: number, m: number, random: Random): boolean {
  const input = Float64Array.from({ length: n }, () => random.normal());
  const active: number[] = [];
  let rows = 0;
  for (let row = 0; row < m; row++) {
    const weights = Array.from({ length: n }, () => random.normal());
    const product = weights.reduce((sum, weight, i) => sum + weight * input[i]!, 0);
    if (product <= 0) continue;
    active.push(...weights);
    rows++;
  }
  return rank(matrix(rows, n, (r, c) => active[r * n + c]!)) < n;
}
