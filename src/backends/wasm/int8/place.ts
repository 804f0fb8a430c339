/**
 * Places 8-bit feature maps, which the kernels keep in 16 bits, and the scratch memory of jobs in one
 * arena: the largest first, each at the lowest offset where nothing lies that lives at the same time.
 */

/** Bytes that hold something from job `first` to job `last`, inclusive. */
export interface Interval {
  readonly name: string;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Offsets by name, and how much memory there must be. */
export interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Gives each interval its place. */
export function placeIntervals(intervals: readonly Interval[]): Placement {
  const offsets = new Map<string, number>();
  const placed: (Interval & { readonly offset: number })[] = [];
  for (const interval of intervals.toSorted((a, b) => b.bytes - a.bytes)) {
    const rivals = placed
      .filter((other) => other.first <= interval.last && interval.first <= other.last)
      .toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (offset + interval.bytes <= rival.offset) break;
      offset = Math.max(offset, align(rival.offset + rival.bytes));
    }
    placed.push({ ...interval, offset });
    offsets.set(interval.name, offset);
  }
  const bytes = Math.max(0, ...placed.map((interval) => interval.offset + interval.bytes));
  return { offsets, bytes };
}

/** The next multiple of a cache line. */
export function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
