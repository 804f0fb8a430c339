/**
 * "Did you mean …": the known name closest to a misspelt one, so that a typing mistake costs one
 * look instead of a search through the help. Models and the command line's words are found alike.
 */

/** Nobody's typing mistake is longer; comparing takes memory by both lengths. */
const longest = 200;

/** Whether a name starts with a word, or may be meant by one. */
type Begins = (name: string, word: string) => boolean;

/**
 * The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `word`, if
 * they are no more than a third of the longer of the two; a candidate that `begins` with the word also
 * counts, the shortest first.
 *
 * @example
 * ```ts
 * closest("clasify", ["classify", "detect"]); // "classify"
 * ```
 */
export function closest(
  word: string,
  candidates: Iterable<string>,
  begins: Begins = startsWith,
): string | undefined {
  if (word.length > longest) return undefined;
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const started = word.length >= 2 && begins(name, word);
    const added = (name.length - word.length) / (2 * Math.max(name.length, longest));
    const edits = started ? added : editDistance(word.toLowerCase(), name.toLowerCase());
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

/**
 * The same for the names of options. A whole word of a longer name is another thing than a word cut short:
 * who writes `output` does not mean `outputStride`.
 *
 * @example
 * ```ts
 * didYouMeanOption("output", ["outputStride"], "See --help."); // "See --help."
 * didYouMeanOption("outputStr", ["outputStride"], "See --help."); // "Did you mean outputStride?"
 * ```
 */
export function didYouMeanOption(
  word: string,
  candidates: Iterable<string>,
  otherwise: string,
): string {
  const name = closest(word, candidates, isCutShort);
  return name === undefined ? otherwise : `Did you mean ${name}?`;
}

function startsWith(name: string, word: string): boolean {
  return name.toLowerCase().startsWith(word.toLowerCase());
}

/** Whether a word ends within one of those that a name is made of. */
function isCutShort(name: string, word: string): boolean {
  return startsWith(name, word) && /^[a-z]/.test(name.slice(word.length));
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
