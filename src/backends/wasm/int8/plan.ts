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
  /** Where the scratch memory of the first thread lies, and what each has. */
  readonly scratch: number;
  readonly threadBytes: number;
  readonly bytes: number;
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
  // Beside the largest map: where that is alive, jobs need little scratch memory, and later maps are
  // smaller.
  const scratch = align(Math.max(0, ...maps.map(({ bytes }) => bytes)));
  const needs = jobs.map((job) => align(scratchBytes(job, threads, variant)));
  const threadBytes = Math.max(0, ...needs);
  const intervals = [
    ...needs.map((need, index) => ({
      name: `${index}:scratch`,
      bytes: (threads - 1) * threadBytes + need,
      first: index,
      last: index,
      at: scratch,
    })),
    ...maps,
    ...workspaces.filter(({ bytes }) => bytes > 0),
  ];
  const offsets = new Map(placeIntervals(intervals));
  const ends = intervals.map(({ name, bytes }) => (offsets.get(name) as number) + bytes);
  for (const [name, place] of places) offsets.set(name, offsets.get(place) as number);
  return {
    offsets,
    workspaces: jobs.map((_, index) => offsets.get(workspaceName(index)) ?? 0),
    scratch,
    threadBytes,
    bytes: Math.max(0, ...ends),
  };
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
