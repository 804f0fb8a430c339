/**
 * Where the feature maps and the shared memory of jobs lie in the arena. A block's output may follow
 * its input; a sum takes the place of an operand.
 */
import { align, type Interval, placeIntervals } from "../../../compile/place-intervals.ts";
import type { Program, Slot } from "../../../compile/program.ts";
import { imageBytes } from "./context.ts";
import { scratchBytes, workspaceBytes } from "./encode.ts";
import { inputsOf, type Job, outputOf } from "./jobs.ts";
import { blockLead } from "./overlap.ts";
import type { Variant } from "./variant.ts";

/** Kernels may read so far past a map's last pixel, and copies may write. */
export const slackBytes = 64;

/** Offsets in the arena. */
export interface JobPlan {
  /** Of each feature map, by name. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Of each job's workspace. */
  readonly workspaces: readonly number[];
  /** Of each job's scratch memory, the first thread's; and what each thread has. */
  readonly scratches: readonly Scratch[];
  readonly bytes: number;
}

/** Where the threads' own memory lies during a job. */
export interface Scratch {
  readonly offset: number;
  readonly threadBytes: number;
}

/** Plans the memory of jobs. */
export function planJobs(
  program: Program,
  jobs: readonly Job[],
  { threads, variant }: { readonly threads: number; readonly variant: Variant },
): JobPlan {
  const last = new Map(program.outputs.map(({ name }) => [name, jobs.length]));
  for (const [index, job] of jobs.entries()) {
    for (const { name } of inputsOf(job)) last.set(name, Math.max(last.get(name) ?? 0, index));
  }
  const places = sharedPlaces(program, jobs, last);
  const placeOf = (name: string): string => places.get(name) ?? name;
  for (const [name, place] of places) {
    last.set(place, Math.max(last.get(place) ?? 0, last.get(name) ?? 0));
  }
  const interval = (slot: Slot, first: number): Interval => ({
    name: slot.name,
    bytes: slot.shape[0] * imageBytes(slot, variant) + slackBytes,
    first,
    last: last.get(slot.name) ?? first,
  });
  const outputs = jobs.flatMap((job, index) => {
    const output = outputOf(job);
    if (placeOf(output.name) !== output.name) return [];
    const placed = interval(output, index);
    const input = placeOf((inputsOf(job)[0] as Slot).name);
    if (job.kind !== "block" || last.get(input) !== index) return [placed];
    // The inputs of a run are written before it, so that it may overwrite them too.
    return [{ ...placed, over: { name: input, lead: blockLead(job, threads, variant) } }];
  });
  const workspaceName = (index: number): string => `${index}:workspace`;
  const workspaces = jobs.map((job, index) => ({
    name: workspaceName(index),
    bytes: workspaceBytes(job, threads, variant),
    first: index,
    last: index,
  }));
  const maps = [...program.inputs.map((slot) => interval(slot, 0)), ...outputs];
  const needs = jobs.map((job) => align(scratchBytes(job, threads, variant)));
  const scratchName = (index: number): string => `${index}:scratch`;
  const scratches = needs.map((need, index) => ({
    name: scratchName(index),
    bytes: threads * need,
    first: index,
    last: index,
  }));
  const others = [...workspaces, ...scratches].filter(({ bytes }) => bytes > 0);
  const placements = [placeIntervals([...maps, ...others]), placeInTurn(maps, others)];
  const endOf = (placement: ReadonlyMap<string, number>): number =>
    Math.max(
      0,
      ...[...maps, ...others].map(({ name, bytes }) => (placement.get(name) as number) + bytes),
    );
  const [best] = placements.toSorted((a, b) => endOf(a) - endOf(b));
  const offsets = new Map(best);
  const bytes = endOf(offsets);
  for (const [name, place] of places) offsets.set(name, offsets.get(place) as number);
  return {
    offsets,
    workspaces: jobs.map((_, index) => offsets.get(workspaceName(index)) ?? 0),
    scratches: needs.map((threadBytes, index) => ({
      offset: offsets.get(scratchName(index)) ?? 0,
      threadBytes,
    })),
    bytes,
  };
}

/** Places some intervals as if they were alone, then the others around them. */
function placeInTurn(
  first: readonly Interval[],
  then: readonly Interval[],
): ReadonlyMap<string, number> {
  const placed = placeIntervals(first);
  const given = first.map((interval) => ({ ...interval, at: placed.get(interval.name) as number }));
  return placeIntervals([...given, ...then]);
}

/** The map in whose place a sum lies: an operand that nothing reads any more. */
function sharedPlaces(
  { inputs, outputs }: Program,
  jobs: readonly Job[],
  last: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const kept = new Set([...inputs, ...outputs].map(({ name }) => name));
  const places = new Map<string, string>();
  for (const [index, job] of jobs.entries()) {
    const output = outputOf(job);
    if (job.kind !== "step" || job.step.node.op !== "add") continue;
    const operand = job.step.inputs.find(
      ({ name, pitch }) => !kept.has(name) && last.get(name) === index && pitch === output.pitch,
    );
    if (operand !== undefined) places.set(output.name, places.get(operand.name) ?? operand.name);
  }
  return places;
}
