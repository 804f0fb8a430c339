/** Names in a file whose format allows fewer characters than a graph's names have. */

/** Gives each name one of its own that a format allows. */
export class AllowedNames {
  readonly #forbidden: RegExp;
  readonly #taken = new Set<string>();
  /** Whether a name had to change for what the format allows. */
  hasChanged = false;

  /** @param forbidden - Characters that become `_`, with the flag g. */
  constructor(forbidden: RegExp) {
    this.#forbidden = forbidden;
  }

  /** A name like the given one, which nobody else gets. */
  fresh(like: string): string {
    const replaced = like.slice(0, mostLength).replace(this.#forbidden, "_");
    const stem = /^[A-Za-z0-9]/.test(replaced) ? replaced : `n${replaced}`;
    let name = stem;
    for (let i = 1; this.#taken.has(name); i++) name = `${stem}_${i}`;
    this.#taken.add(name);
    this.hasChanged ||= stem !== like;
    return name;
  }
}

/** Readers have bounds; what makes a name one of its own comes on top. */
const mostLength = 200;
