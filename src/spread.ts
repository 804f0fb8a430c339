/** Some of many: evenly over all, so that each part of a list keeps its share. */

/**
 * At most so many of a list, spread evenly over all.
 *
 * @param limit - From 0; all where it is undefined.
 *
 * @example
 * ```ts
 * spread([0, 1, 2, 3, 4, 5], 3); // [0, 2, 4]
 * ```
 */
export function spread<T>(list: readonly T[], limit: number | undefined): readonly T[] {
  if (limit === undefined || limit >= list.length) return list;
  return Array.from({ length: limit }, (_, i) => list[Math.floor((i * list.length) / limit)]!);
}
