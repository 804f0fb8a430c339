/**
 * "Did you mean …": the known name closest to a misspelt one, so that a typing mistake costs one
 * look instead of a search through the help. Models and the command line's words are found alike.
 */

/** Nobody's typing mistake is longer; comparing takes memory by both lengths. */
const longest = 200;

/**
 * The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `word`, if
 * they are no more than a third of the longer of the two; a candidate that starts with the word also
 * counts.
 *
 * @example
 * ```ts
 * closest("clasify", ["classify", "detect"]); // "classify"
 * ```
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longest) return undefined;
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const started = word.length >= 2 && name.toLowerCase().startsWith(word.toLowerCase());
    const edits = started ? 0.5 : editDistance(word.toLowerCase(), name.toLowerCase());
    const close = edits <= Math.max(word.length, name.length) / 3;
    if (close && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** The remedy that names the closest candidate, else the one for finding all of them. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise: string): string {
  const name = closest(word, candidates);
  return name === undefined ? otherwise : `Did you mean ${name}?`;
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbours as one edit. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, rows[i - 2]![j - 2]! + 1);
      }
      row.push(edits);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
