/** How data that nobody has divided are: by a seed, with something of each group in either part. */
import { purpose, Random } from "../random.ts";

/** Items to train on, and those that are held back. */
type Halves<Item> = readonly [training: Item[], validation: Item[]];

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
): Halves<Item> {
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

/**
 * Divides pictures of several classes each, or of none: by the rarest class in each, of equally rare ones
 * the first. Where a class of two pictures or more would then be in one part alone, one of its pictures
 * changes sides: always where it could not be trained on, else if the part that gives it keeps a picture of
 * every class in it. A class of one picture is trained on.
 *
 * @param classesIn - The classes' numbers of a picture, from 0, in any order.
 *
 * @example
 * ```ts
 * const pictures = [[0, 1], [0], [0], [1]];
 * const [training, validation] = splitByRarestClass(pictures, (classes) => classes, { seed: 1, share: 0.2 });
 * [training, validation].every((part) => new Set(part.flat()).size === 2); // true
 * ```
 */
export function splitByRarestClass<Item>(
  items: readonly Item[],
  classesIn: (item: Item) => readonly number[],
  { seed, share }: { readonly seed: number; readonly share: number },
): Halves<Item> {
  const classesOf = new Map(items.map((item) => [item, [...new Set(classesIn(item))]]));
  const of = (item: Item): readonly number[] => classesOf.get(item)!;
  const counts = countsOf(items, of);
  const byRarity = [...counts.keys()].sort((a, b) => counts[a]! - counts[b]! || a - b);
  const rank = new Map(byRarity.map((index, at) => [index, at]));
  // Those of none come last.
  const groups = Array.from({ length: counts.length + 1 }, (): Item[] => []);
  for (const item of items) {
    const [rarest = counts.length] = of(item).toSorted((a, b) => rank.get(a)! - rank.get(b)!);
    groups[rarest]!.push(item);
  }
  const halves = splitGroups(groups, seed, share);
  const [training, validation] = halves;
  const size = counts.length;
  for (const index of byRarity) {
    lend(index, { from: validation, to: training, of, size, mayTakeLast: true });
  }
  for (const index of byRarity) {
    lend(index, { from: training, to: validation, of, size, mayTakeLast: false });
  }
  return halves;
}

/** Moves a picture of a class to the part that has none, if there is one to be had. */
function lend<Item>(
  index: number,
  {
    from,
    to,
    of,
    size,
    mayTakeLast,
  }: {
    readonly from: Item[];
    readonly to: Item[];
    readonly of: (item: Item) => readonly number[];
    /** Of classes. */
    readonly size: number;
    readonly mayTakeLast: boolean;
  },
): void {
  const isOf = (item: Item): boolean => of(item).includes(index);
  if (to.some(isOf)) return;
  const counts = countsOf(from, of, size);
  const spare = from.findIndex((item) => isOf(item) && of(item).every((one) => counts[one]! > 1));
  const at = spare < 0 && mayTakeLast ? from.findIndex(isOf) : spare;
  if (at >= 0) to.push(...from.splice(at, 1));
}

/** How many items have each class. */
function countsOf<Item>(
  items: readonly Item[],
  of: (item: Item) => readonly number[],
  size = 0,
): readonly number[] {
  const counts = new Array<number>(size).fill(0);
  for (const item of items) {
    for (const index of of(item)) {
      while (counts.length <= index) counts.push(0);
      counts[index]! += 1;
    }
  }
  return counts;
}
