/** The largest few of many values, in order. */

/**
 * The indices of the `k` largest values, largest first; equal values are ordered by `ties`, where
 * there are any, and then keep the lower index first. Not-a-number is never chosen, so fewer than `k`
 * may come back.
 *
 * @example
 * ```ts
 * topK(Float32Array.of(0.1, 0.7, 0.2), 2); // [1, 2]
 * topK([0.25, 0.5, 0.25], 3, [1, 8, 2]); // [1, 2, 0]
 * ```
 */
export function topK(
  values: ArrayLike<number>,
  k: number,
  ties: ArrayLike<number> = values,
): number[] {
  const isBefore = (a: number, b: number): boolean =>
    values[a]! > values[b]! || (values[a] === values[b] && ties[a]! > ties[b]!);
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    if (best.length >= k && !isBefore(i, best[best.length - 1]!)) continue;
    let place = best.length;
    while (place > 0 && isBefore(i, best[place - 1]!)) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
