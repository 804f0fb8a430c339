/**
 * What a file says about itself without being read as a model: its operations, what goes in and what
 * comes out. It is there for files whose graph cannot be run here, too.
 */
/** A tensor as a file describes it. */
export interface TensorOutline {
  readonly name: string;
  /** Dimensions in the file's own order; null where the file leaves one open. */
  readonly shape: readonly (number | null)[];
  /** By the file's own name: `float32`, `uint8`. */
  readonly dtype: string;
}

/** What a file says. */
export interface FileOutline {
  /** What wrote it, with versions, as far as it says. */
  readonly framework?: string | undefined;
  /** How often each operation occurs, by the file's names. */
  readonly operations: ReadonlyMap<string, number>;
  readonly inputs: readonly TensorOutline[];
  readonly outputs: readonly TensorOutline[];
}

/** How often each name occurs. */
export function countNames(names: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
