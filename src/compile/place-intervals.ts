/**
 * Places intervals of memory: greedy by size, the largest first, each at the lowest offset where it
 * fits, which is within a few percent of the best for networks that narrow as they go.
 */

/** Offsets are multiples of this, a cache line. */
const alignment = 64;

/** Bytes that hold something for some steps. */
export interface Interval {
  readonly name: string;
  readonly bytes: number;
  /** First and last step during which the bytes hold something, inclusive. */
  readonly first: number;
  readonly last: number;
  /** May overlap the interval of this name where it starts at least `lead` bytes before that. */
  readonly over?: { readonly name: string; readonly lead: number };
  /** A given offset, which others have to leave room for. */
  readonly at?: number;
}

interface Placed extends Interval {
  readonly offset: number;
}

/** The offset of every interval, by name; intervals that live at the same time keep apart. */
export function placeIntervals(intervals: readonly Interval[]): ReadonlyMap<string, number> {
  const placed: Placed[] = [];
  const given = intervals.filter(({ at }) => at !== undefined);
  for (const interval of given) placed.push({ ...interval, offset: interval.at as number });
  const free = intervals.filter(({ at }) => at === undefined);
  for (const interval of free.toSorted((a, b) => b.bytes - a.bytes)) {
    const rivals = placed.filter(
      (other) => other.first <= interval.last && interval.first <= other.last,
    );
    const starts = [0, ...rivals.flatMap((rival) => startsBeside(interval, rival))];
    const offset = starts
      .filter((start) => start >= 0)
      .toSorted((a, b) => a - b)
      .find((start) => rivals.every((rival) => fits(interval, start, rival)));
    placed.push({ ...interval, offset: offset as number });
  }
  return new Map(placed.map(({ name, offset }) => [name, offset]));
}

/** The lowest offsets that a rival leaves. */
function startsBeside(interval: Interval, rival: Placed): readonly number[] {
  const after = align(rival.offset + rival.bytes);
  return rival.over?.name === interval.name
    ? [after, align(rival.offset + rival.over.lead)]
    : [after];
}

/** Whether an interval at an offset and a rival keep apart, or overlap as one of them may. */
function fits(interval: Interval, offset: number, rival: Placed): boolean {
  if (offset + interval.bytes <= rival.offset || rival.offset + rival.bytes <= offset) return true;
  if (interval.over?.name === rival.name && offset + interval.over.lead <= rival.offset)
    return true;
  return rival.over?.name === interval.name && rival.offset + rival.over.lead <= offset;
}

/** The next multiple of a cache line. */
export function align(offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
