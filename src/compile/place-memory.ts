/**
 * Places feature maps and scratch memory in one arena. A map lives from the step that makes it to the
 * last step that reads it; maps whose lives do not meet may share bytes. A step that reads its input
 * from front to back may write its output over what it has read, and one that goes value by value may
 * write it in an operand's place.
 */
import { required } from "../required.ts";
import { align, type Interval, placeIntervals } from "./place-intervals.ts";
import {
  type FeatureLayout,
  type MemoryRules,
  mapOperands,
  type Program,
  type Scratch,
  type Slot,
  type Work,
} from "./program.ts";

/** A program before it has places; one that has some can get others. */
export interface UnplacedProgram extends Pick<Program, "name" | "images" | "parameters"> {
  readonly steps: readonly Pick<Work, "node" | "inputs" | "output">[];
  readonly inputs: readonly FeatureLayout[];
  readonly outputs: readonly FeatureLayout[];
}

/** The program as these kernels and their number of threads need it: itself where that was planned. */
export function placeFor(program: Program, rules: MemoryRules): Program {
  const planned = program.target === rules.name && program.threads === (rules.threads ?? 1);
  return planned ? program : placeMemory(program, rules);
}

/** Gives every map and every step its memory. */
export function placeMemory(program: UnplacedProgram, rules: MemoryRules): Program {
  const { name, images, parameters, inputs, outputs } = program;
  const { threads = 1, movesScratch = false } = rules;
  const works = program.steps.map(
    ({ node, inputs, output }): Work => ({ node, inputs, output, parameters }),
  );
  const { maps, placeOf } = mapIntervals(program, works, rules);
  const shared = works.map((work) => rules.workspaceBytes(work));
  const own = works.map((work) => align(rules.scratchBytes?.(work) ?? 0));
  const duringSteps = (kind: string, bytes: readonly number[]): readonly Interval[] =>
    bytes
      .map((each, step) => ({ name: `${kind} ${step}`, bytes: each, first: step, last: step }))
      .filter((interval) => interval.bytes > 0);
  const { offsets, end } = placeBest(maps, [
    ...duringSteps("workspace", shared),
    ...duringSteps("scratch", movesScratch ? own.map((bytes) => threads * bytes) : []),
  ]);
  const behind: Scratch = { offset: align(end), threadBytes: Math.max(0, ...own) };
  const slot = (layout: FeatureLayout): Slot => ({
    ...layout,
    offset: required(offsets, placeOf(layout.name)),
  });
  return {
    name,
    target: rules.name,
    threads,
    images,
    steps: works.map(({ node, inputs, output }, step) => ({
      node,
      inputs: mapOperands(inputs, slot),
      output: slot(output),
      workspace: { offset: offsets.get(`workspace ${step}`) ?? 0, bytes: shared[step]! },
      scratch: movesScratch
        ? { offset: offsets.get(`scratch ${step}`) ?? 0, threadBytes: own[step]! }
        : behind,
    })),
    inputs: inputs.map(slot),
    outputs: outputs.map(slot),
    arenaBytes:
      movesScratch || behind.threadBytes === 0 ? end : behind.offset + threads * behind.threadBytes,
    parameters,
  };
}

/** The maps' lives, and the name of the map in whose place each lies, mostly its own. */
function mapIntervals(
  program: UnplacedProgram,
  works: readonly Work[],
  rules: MemoryRules,
): { readonly maps: readonly Interval[]; readonly placeOf: (name: string) => string } {
  const { inputs, outputs } = program;
  const { valueBytes = 1, slackBytes = 0 } = rules;
  const last = lastReads(program, works);
  const placeOf = sharedPlaces(program, works, { rules, last });
  const maps = new Map<string, Interval>();
  const add = (map: FeatureLayout, first: number, over?: Interval["over"]): void => {
    const { name, quantization, pitch } = map;
    if (maps.has(name) || placeOf(name) !== name) return;
    const [images, rows, columns] = map.shape;
    const elementBytes = quantization === undefined ? 4 : valueBytes;
    maps.set(name, {
      name,
      bytes: images * rows * columns * pitch * elementBytes + slackBytes,
      first,
      last: last.get(name) ?? first,
      ...(over === undefined ? {} : { over }),
    });
  };
  for (const input of inputs) add(input, 0);
  for (const [step, work] of works.entries()) {
    const [input, ...others] = mapOperands(work.inputs, ({ name }) => placeOf(name));
    const free = others.length === 0 && last.get(input) === step;
    const lead = free ? rules.overlapLead?.(work) : undefined;
    add(work.output, step, lead === undefined ? undefined : { name: input, lead });
  }
  // What a part of a program reads and does not make is there from the start.
  for (const map of [...works.flatMap((work) => work.inputs), ...outputs]) add(map, 0);
  return { maps: [...maps.values()], placeOf };
}

/** The last step that reads each map; what leaves the program is read after all steps. */
function lastReads({ outputs }: UnplacedProgram, works: readonly Work[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [step, { inputs }] of works.entries())
    for (const { name } of inputs) last.set(name, step);
  for (const { name } of outputs) last.set(name, works.length);
  return last;
}

/** Puts maps in the place of an operand, where they may be, which then lives as long as they do. */
function sharedPlaces(
  { inputs, outputs }: UnplacedProgram,
  works: readonly Work[],
  { rules, last }: { readonly rules: MemoryRules; readonly last: Map<string, number> },
): (name: string) => string {
  const ends = new Set([...inputs, ...outputs].map(({ name }) => name));
  const places = new Map<string, string>();
  const placeOf = (name: string): string => places.get(name) ?? name;
  for (const [step, work] of works.entries()) {
    const { name, pitch } = work.output;
    const how = rules.inPlace?.(work);
    // What leaves the program is alone in its place: it may be changed there for the caller.
    if (how === undefined || (how === "keeps" && ends.has(name))) continue;
    const operand = work.inputs.find((input) => {
      const place = placeOf(input.name);
      const free = how === "keeps" || (!ends.has(place) && last.get(place) === step);
      return free && input.pitch === pitch;
    });
    if (operand === undefined) continue;
    const place = placeOf(operand.name);
    places.set(name, place);
    last.set(place, Math.max(last.get(place) ?? step, last.get(name) ?? step));
  }
  return placeOf;
}

interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  /** The first byte behind everything. */
  readonly end: number;
}

/** All by size, or the maps first and what lives for a step around them: the smaller of the two. */
function placeBest(maps: readonly Interval[], others: readonly Interval[]): Placement {
  const all = [...maps, ...others];
  const place = (intervals: readonly Interval[]): Placement => {
    const offsets = placeIntervals(intervals);
    const ends = all.map(({ name, bytes }) => required(offsets, name) + bytes);
    return { offsets, end: Math.max(0, ...ends) };
  };
  const together = place(all);
  if (others.length === 0) return together;
  const alone = placeIntervals(maps);
  const given = maps.map((map) => ({ ...map, at: required(alone, map.name) }));
  const inTurn = place([...given, ...others]);
  return inTurn.end < together.end ? inTurn : together;
}
