/** The largest few of many values, in order. */

/**
 * The indices of the `k` largest values, largest first; equal values keep the lower index first.
 * Not-a-number is never chosen, so fewer than `k` may come back.
 *
 * @example
 * ```ts
 * topK(Float32Array.of(0.1, 0.7, 0.2), 2); // [1, 2]
 * ```
 */
export function topK(values: ArrayLike<number>, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (best.length >= k && !(value > values[best[best.length - 1]!]!)) continue;
    let place = best.length;
    while (place > 0 && value > values[best[place - 1]!]!) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
