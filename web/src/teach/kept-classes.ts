/** Classes as they are kept. Several tabs may change them, and none undoes what another has added. */

/** A class as it is kept: its pictures stand by themselves, so that one more writes one more. */
export interface KeptClass {
  readonly id: string;
  readonly name: string;
  readonly examples: readonly string[];
}

/**
 * The classes that are kept from now on: what this tab changed since it read or wrote them last, done to
 * what is kept by now. A class that is gone elsewhere comes back with what was added to it here.
 *
 * @param kept - What is kept by now, by this tab or another.
 * @param before - What this tab had when it read or wrote last.
 * @param now - What this tab has.
 */
export function mergeClasses(
  kept: readonly KeptClass[],
  { before, now }: { readonly before: readonly KeptClass[]; readonly now: readonly KeptClass[] },
): readonly KeptClass[] {
  const had = byId(before);
  const has = byId(now);
  const stayed = kept.flatMap((one): readonly KeptClass[] => {
    const [old, own] = [had.get(one.id), has.get(one.id)];
    if (own === undefined) return old === undefined ? [one] : [];
    const removed = new Set(without(old?.examples ?? [], own.examples));
    const added = without(own.examples, [...(old?.examples ?? []), ...one.examples]);
    const examples = [...one.examples.filter((id) => !removed.has(id)), ...added];
    return [{ id: one.id, name: own.name === old?.name ? one.name : own.name, examples }];
  });
  const known = byId(kept);
  const names = new Set(kept.map(({ name }) => name));
  const added = now.flatMap((own): readonly KeptClass[] => {
    if (known.has(own.id)) return [];
    const old = had.get(own.id);
    const examples = without(own.examples, old?.examples ?? []);
    // Each tab begins with empty classes of the same names.
    const isNew = old === undefined ? !names.has(own.name) : own.name !== old.name;
    return examples.length > 0 || isNew ? [{ ...own, examples }] : [];
  });
  return [...stayed, ...added];
}

function byId(classes: readonly KeptClass[]): ReadonlyMap<string, KeptClass> {
  return new Map(classes.map((one) => [one.id, one]));
}

function without(ids: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Set(others);
  return ids.filter((id) => !left.has(id));
}
