/** Where gradients lie on the way back: nothing that is still needed is written over, nothing left out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../../src/errors.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { planTraining } from "../../src/train/plan.ts";
import { type Contribution, mapSize, planGradients } from "../../src/train/wasm/gradients.ts";
import { type GroupedPlan, groupPlan } from "../../src/train/wasm/groups.ts";
import { assemble } from "../conformance/assemble.ts";
import { anyFloatRecipes } from "../conformance/recipes.ts";
import { blockKinds, publishedKinds, severalOutputs } from "./kinds-of-networks.ts";
import { smallGraph } from "./networks.ts";

const batch = 3;

/**
 * Walks the way back with what lies in memory: of each buffer, which readers' parts are summed up in it.
 * Every read has to find what was meant, which another buffer in the same bytes would have destroyed.
 */
class Walk {
  readonly #grouped: GroupedPlan;
  readonly #plan: ReturnType<typeof planGradients>;
  /** By buffer: parts that are in it. Destroyed ones are gone. */
  readonly #held = new Map<
    number,
    { readonly parts: ReadonlySet<string>; readonly bytes: number }
  >();
  /** By group: whether the last part of its gradient took mask and sums along. */
  readonly #finished = new Map<number, boolean>();
  readonly faults: string[] = [];

  constructor(grouped: GroupedPlan) {
    this.#grouped = grouped;
    this.#plan = planGradients(grouped, batch);
  }

  run(): readonly string[] {
    const { groups, outputs } = this.#grouped;
    for (const [i, { source }] of outputs.entries()) {
      const part = this.#plan.outputs[i];
      if ((part === undefined) === this.#isWanted(source))
        this.faults.push(`output ${i}: source ${source}`);
      if (part !== undefined) this.#contribute(part, source, `output ${i}`);
    }
    for (let index = groups.length - 1; index >= 0; index--) this.#group(index);
    return this.faults;
  }

  /** Whether anything that is trained lies in a group or before it. */
  #isWanted(source: number): boolean {
    const group = this.#grouped.groups[source];
    if (group === undefined) return false;
    const node = group.kind === "single" ? group.operation.node : undefined;
    const own =
      node === undefined
        ? group.kind === "layer" || group.kind === "dense"
        : "weights" in node || "gamma" in node;
    const sources: readonly number[] = group.sources;
    return own || sources.some((before) => this.#isWanted(before));
  }

  #group(index: number): void {
    if (!this.#isWanted(index)) return;
    const { groups } = this.#grouped;
    const group = groups[index]!;
    const { whole, contributions, addsTo, unfinished } = this.#plan.groups[index]!;
    if (group.kind === "layer" && unfinished === (this.#finished.get(index) ?? false)) {
      this.faults.push(`${index}: mask and sums ${unfinished ? "twice" : "never"}`);
    }
    const own = this.#read(whole, `${index}`);
    const expected = this.#expected(index);
    if (!sameSet(own, expected)) {
      this.faults.push(`${index} ${group.name}: ${[...own]} in place of ${[...expected]}`);
    }
    const { shortcut } = group.kind === "layer" ? group : { shortcut: undefined };
    if (shortcut !== undefined && this.#isWanted(shortcut)) {
      const into = addsTo ?? whole;
      const parts = addsTo === undefined ? [] : this.#read(addsTo, `${index} adds`);
      this.#write(into, shortcut, new Set([...parts, partName(index, "shortcut")]));
    }
    for (const [i, source] of group.sources.entries()) {
      const part = contributions[i];
      if ((part === undefined) === this.#isWanted(source))
        this.faults.push(`${index}: source ${source}`);
      if (part !== undefined) this.#contribute(part, source, partName(index, `${i}`));
      // A kernel still reads its own gradient while it writes.
      if (part !== undefined && group.kind !== "single" && group.kind !== "compact") {
        this.#apart(whole, index, part.into, source);
      }
    }
  }

  /** The parts that all readers of a group make. */
  #expected(index: number): ReadonlySet<string> {
    const { groups, outputs } = this.#grouped;
    const parts = outputs.flatMap(({ source }, i) => (source === index ? [`output ${i}`] : []));
    for (const [reader, group] of groups.entries()) {
      const sources: readonly number[] = group.sources;
      for (const [i, source] of sources.entries()) {
        if (source === index) parts.push(partName(reader, `${i}`));
      }
      if (group.kind === "layer" && group.shortcut === index) {
        parts.push(partName(reader, "shortcut"));
      }
    }
    return new Set(parts);
  }

  #contribute({ into, skip, clears, finishes }: Contribution, source: number, name: string): void {
    const inPlace = skip === undefined && !clears && this.#held.has(into);
    const before =
      skip === undefined ? (inPlace ? this.#read(into, name) : []) : this.#read(skip, name);
    this.#write(into, source, new Set([...before, name]), finishes);
  }

  #read(buffer: number, reader: string): ReadonlySet<string> {
    const held = this.#held.get(buffer);
    if (held === undefined) this.faults.push(`${reader} reads buffer ${buffer}, which is no more`);
    return held?.parts ?? new Set();
  }

  #write(buffer: number, group: number, parts: ReadonlySet<string>, finishes = false): void {
    if (this.#finished.get(group)) this.faults.push(`${group}: a part after the last`);
    this.#finished.set(group, finishes);
    const bytes = mapSize(this.#grouped.groups[group]!) * batch * 4;
    for (const [other, held] of this.#held) {
      if (other !== buffer && this.#overlap(buffer, bytes, other, held.bytes))
        this.#held.delete(other);
    }
    if (this.#plan.offsets[buffer]! + bytes > this.#plan.bytes)
      this.faults.push(`${buffer} is outside`);
    this.#held.set(buffer, { parts, bytes });
  }

  #apart(a: number, ofA: number, b: number, ofB: number): void {
    const size = (group: number): number => mapSize(this.#grouped.groups[group]!) * batch * 4;
    if (this.#overlap(a, size(ofA), b, size(ofB)))
      this.faults.push(`${ofA} writes over what it reads`);
  }

  #overlap(a: number, aBytes: number, b: number, bBytes: number): boolean {
    const [from, to] = [this.#plan.offsets[a]!, this.#plan.offsets[b]!];
    return from < to + bBytes && to < from + aBytes;
  }
}

/** A part of its source's gradient; a shortcut's is the reader's own gradient as it is. */
function partName(reader: number, input: string): string {
  return `${reader}.${input}`;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((of) => b.has(of));
}

const faultsOf = (graph: Graph) => new Walk(groupPlan(planTraining(graph))).run();

describe("the way back finds every gradient whole", () => {
  it.each([
    ["a small network", smallGraph()] as const,
    ...blockKinds,
    ...publishedKinds,
    ["several outputs", severalOutputs] as const,
  ])("of %s", (_, graph) => {
    expect(faultsOf(graph)).toEqual([]);
  });

  it("of arbitrary graphs", () => {
    fc.assert(
      fc.property(anyFloatRecipes.map(assemble), (graph) => {
        try {
          expect(faultsOf(graph)).toEqual([]);
        } catch (error) {
          if (!(error instanceof MobileNetError && error.code === "unsupported")) throw error;
        }
      }),
      { seed: 1801_04381, numRuns: process.env["LONG"] ? 10_000 : 500 },
    );
  });
});
