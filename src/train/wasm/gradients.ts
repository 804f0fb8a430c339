/**
 * Where the gradients of groups' outputs lie, and who makes them. On the way back each reader of a tensor
 * adds its part: a kernel writes into a buffer of its own and takes along what others made before, a
 * single operation adds in place, a shortcut hands its sum's gradient on as it is. The last one makes the
 * gradient whole. Buffers whose times do not meet share memory.
 */
import { type Interval, placeIntervals } from "../../compile/place-intervals.ts";
import { sampleSize } from "../plan.ts";
import type { Group, GroupedPlan } from "./groups.ts";

/** The number of a buffer. */
type BufferId = number;

/** What a reader does to the gradient of a tensor that it reads. */
export interface Contribution {
  readonly into: BufferId;
  /** What others made before and a kernel adds. */
  readonly skip: BufferId | undefined;
  /** Whether nothing lies in the buffer yet, and it is added to. */
  readonly clears: boolean;
  /** Whether it is the last: the activation's mask and the sums are taken along. */
  readonly finishes: boolean;
}

/** The way back of a group. */
export interface GroupGradient {
  /** Whether anything that is trained lies in it or before it; else it has no way back. */
  readonly wanted: boolean;
  /** Where its own output's gradient lies when its turn comes. */
  readonly whole: BufferId;
  /** Whether mask and sums are still to be taken. */
  readonly unfinished: boolean;
  /** What it makes of its sources' gradients; undefined for the network's input. */
  readonly contributions: readonly (Contribution | undefined)[];
  /** A layer's shortcut whose gradient lies in a buffer already: what its sum's is added to. */
  readonly addsTo: BufferId | undefined;
}

/** The way back of a network. */
export interface GradientPlan {
  readonly groups: readonly GroupGradient[];
  /** Where the gradients of the network's outputs are added, in their order; undefined for its input. */
  readonly outputs: readonly (Contribution | undefined)[];
  /** Offsets of the buffers in bytes, and how many there are. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

interface Draft {
  wanted: boolean;
  whole: BufferId;
  unfinished: boolean;
  contributions: ({ -readonly [K in keyof Contribution]: Contribution[K] } | undefined)[];
  addsTo: BufferId | undefined;
}

interface Current {
  readonly buffer: BufferId;
  /** The kernel's contribution that made it. */
  readonly by: { finishes: boolean } | undefined;
}

/** Channels of a group's map as they lie in memory. */
export function pitchOf(group: Group): number {
  const channels = group.output[3];
  return group.kind === "layer" ? Math.ceil(channels / 8) * 8 : channels;
}

/** Values of a group's map in memory, for one sample. */
export function mapSize(group: Group): number {
  return (sampleSize(group.output) / group.output[3]) * pitchOf(group);
}

/** Whether a group has parameters. */
function isTrained(group: Group): boolean {
  if (group.kind === "single")
    return "weights" in group.operation.node || "gamma" in group.operation.node;
  return group.kind === "layer" || group.kind === "dense";
}

/** Plans the way back for a batch. */
export function planGradients({ groups, outputs }: GroupedPlan, batch: number): GradientPlan {
  const buffers: { bytes: number; first: number; last: number }[] = [];
  const wanted: boolean[] = [];
  for (const group of groups) {
    wanted.push(isTrained(group) || group.sources.some((source) => wanted[source]));
  }
  const current = new Map<number, Current>();
  const timeOf = (index: number): number => groups.length - index;
  const fresh = (of: number, time: number): BufferId => {
    buffers.push({
      bytes: wanted[of] ? mapSize(groups[of]!) * batch * 4 : 0,
      first: time,
      last: time,
    });
    return buffers.length - 1;
  };
  const use = (buffer: BufferId, time: number): void => {
    const at = buffers[buffer]!;
    at.last = Math.max(at.last, time);
  };
  /** A part that is added in place. */
  const added = (source: number, time: number): Contribution => {
    const before = current.get(source);
    const into = before?.buffer ?? fresh(source, time);
    use(into, time);
    current.set(source, { buffer: into, by: undefined });
    return { into, skip: undefined, clears: before === undefined, finishes: false };
  };
  const outputParts = outputs.map(({ source }) => (wanted[source] ? added(source, 0) : undefined));
  const drafts: Draft[] = new Array(groups.length);
  for (let index = groups.length - 1; index >= 0; index--) {
    const group = groups[index]!;
    const time = timeOf(index);
    const own = current.get(index) ?? { buffer: fresh(index, 0), by: undefined };
    use(own.buffer, time);
    if (own.by !== undefined) own.by.finishes = true;
    const draft: Draft = {
      wanted: wanted[index]!,
      whole: own.buffer,
      unfinished: group.kind === "layer" && own.by === undefined,
      contributions: [],
      addsTo: undefined,
    };
    drafts[index] = draft;
    if (group.kind === "layer" && group.shortcut !== undefined && wanted[group.shortcut]) {
      const before = current.get(group.shortcut);
      if (before === undefined) {
        current.set(group.shortcut, { buffer: own.buffer, by: undefined });
      } else {
        draft.addsTo = before.buffer;
        use(before.buffer, time);
        current.set(group.shortcut, { buffer: before.buffer, by: undefined });
      }
    }
    for (const source of group.sources) {
      if (!wanted[source]) {
        draft.contributions.push(undefined);
      } else if (group.kind === "single" || group.kind === "compact") {
        draft.contributions.push(added(source, time));
      } else {
        const before = current.get(source);
        if (before !== undefined) use(before.buffer, time);
        const into = fresh(source, time);
        const part = { into, skip: before?.buffer, clears: false, finishes: false };
        draft.contributions.push(part);
        current.set(source, { buffer: into, by: part });
      }
    }
  }
  const placed = placeIntervals(
    buffers.map((buffer, id): Interval => ({ name: `${id}`, ...buffer })),
  );
  const offsets = buffers.map((_, id) => placed.get(`${id}`)!);
  const bytes = Math.max(0, ...buffers.map(({ bytes: size }, id) => offsets[id]! + size));
  return { groups: drafts, outputs: outputParts, offsets, bytes };
}
