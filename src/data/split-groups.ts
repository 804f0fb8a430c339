/** How data that nobody has divided are: by a seed, with something of each group in either part. */
import { purpose, Random } from "../random.ts";

/**
 * Divides each group by the seed, into items to train on and those to test on.
 *
 * @param share - Of each group, what is held back to test on; of two items or more, one at least and not all.
 *
 * @example
 * ```ts
 * const [training, validation] = splitGroups([["a", "b", "c"], ["d"]], 1, 0.2);
 * [training.length, validation.length]; // [3, 1]
 * ```
 */
export function splitGroups<Item>(
  groups: readonly (readonly Item[])[],
  seed: number,
  share: number,
): readonly [training: Item[], validation: Item[]] {
  const [training, validation]: [Item[], Item[]] = [[], []];
  for (const [group, items] of groups.entries()) {
    const order = new Random(seed, purpose.split, group).permutation(items.length);
    // Of two or more at least one is for each part.
    const wanted = Math.round(items.length * share);
    const held = items.length < 2 ? 0 : Math.min(items.length - 1, Math.max(1, wanted));
    for (const [i, at] of order.entries()) {
      (i < held ? validation : training).push(items[at]!);
    }
  }
  return [training, validation];
}
