/** Names that come with the indices of their classes, put in order. */
import { unusedLabel } from "../../models/labels.ts";

/** A name and the index that stands beside it. */
export type PlacedName = readonly [index: number, name: string];

/**
 * The names in order of their indices, where these are consecutive from 0, in any order; nothing where
 * they are not. From 1 they count where `fromOne` allows: as many as classes, they are in order; one
 * fewer, class 0 has no name.
 *
 * @example
 * ```ts
 * inOrder([[1, "dog"], [0, "cat"]], { classes: 2 }); // ["cat", "dog"]
 * inOrder([[1, "dog"], [2, "cat"]], { classes: 2 }); // undefined
 * inOrder([[1, "dog"], [2, "cat"]], { classes: 3, fromOne: true }); // ["n/a", "dog", "cat"]
 * ```
 */
export function inOrder(
  placed: readonly PlacedName[],
  {
    classes,
    fromOne = false,
  }: { readonly classes: number | undefined; readonly fromOne?: boolean },
): readonly string[] | undefined {
  const count = placed.length;
  const names = new Map(placed);
  if (names.size !== count || count === 0) return undefined;
  const from = names.has(0) ? 0 : 1;
  const ordered = Array.from({ length: count }, (_, i) => names.get(i + from));
  if (!ordered.every((name) => name !== undefined)) return undefined;
  if (from === 0) return ordered;
  if (!fromOne) return undefined;
  return classes === count + 1 ? [unusedLabel, ...ordered] : ordered;
}
