import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomGraph } from "../../test/conformance/random-graphs.ts";
import { Sketch } from "../../test/conformance/sketch.ts";
import type { Graph } from "../graph/ir.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { compile } from "./compile.ts";
import { placeFor } from "./place-memory.ts";
import type { Program, Slot, Target } from "./program.ts";

/** Targets with and without fusion, alignment and scratch memory. */
const targets: readonly Target[] = [
  { name: "plain", channelAlignment: 1, fuseBlocks: false, workspaceBytes: () => 0 },
  {
    name: "aligned",
    channelAlignment: 8,
    fuseBlocks: true,
    // Any sizes do; odd ones show that what follows is aligned again.
    workspaceBytes: ({ node, output: { shape } }) =>
      node.op === "invertedResidual" ? 4 * shape[3] + 12 : 0,
  },
];

/** Bytes from `offset` that hold something during the steps from `first` to `last`. */
interface Extent {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const bytesOf = ({ shape: [batch, rows, columns], pitch }: Slot): number =>
  4 * batch * rows * columns * pitch;

/** Reads the lives of all tensors off a program, as the one who runs it sees them. */
function extentsOf(program: Program): readonly Extent[] {
  const end = program.steps.length;
  const written = [
    ...program.inputs.map((slot) => ({ slot, first: -1 })),
    ...program.steps.map(({ output }, first) => ({ slot: output, first })),
  ];
  const tensors = written.map(({ slot, first }) => {
    const reads = program.steps.flatMap(({ inputs }, step) =>
      inputs.some(({ name }) => name === slot.name) ? [step] : [],
    );
    const leaves = program.outputs.some(({ name }) => name === slot.name);
    const last = leaves ? end : Math.max(first, ...reads);
    return { name: slot.name, offset: slot.offset, bytes: bytesOf(slot), first, last };
  });
  const scratch = program.steps.map(({ node, workspace }, step) => ({
    name: `scratch of ${node.name}`,
    ...workspace,
    first: step,
    last: step,
  }));
  return [...tensors, ...scratch].filter(({ bytes }) => bytes > 0);
}

/** Pairs that share bytes while both hold something. */
function collisions(extents: readonly Extent[]): readonly string[] {
  return extents.flatMap((a, i) =>
    extents
      .slice(i + 1)
      .filter((b) => a.first <= b.last && b.first <= a.last)
      .filter((b) => a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
      .map((b) => `${a.name} and ${b.name}`),
  );
}

/** No plan can be smaller than what is alive at once. */
function lowerBound(program: Program, extents: readonly Extent[]): number {
  const alive = program.steps.map((_, step) =>
    extents
      .filter(({ first, last }) => first <= step && step <= last)
      .reduce((sum, { bytes }) => sum + bytes, 0),
  );
  return Math.max(0, ...alive);
}

function expectSound(program: Program): void {
  const extents = extentsOf(program);
  expect(collisions(extents)).toEqual([]);
  expect(program.arenaBytes).toBeGreaterThanOrEqual(lowerBound(program, extents));
  for (const { offset, bytes } of extents) {
    expect(offset % 16).toBe(0);
    expect(offset + bytes).toBeLessThanOrEqual(program.arenaBytes);
  }
}

/** Every step must find each tensor where the step that made it left it. */
function expectConsistent(program: Program): void {
  const places = new Map(program.inputs.map((slot) => [slot.name, slot]));
  for (const { inputs, output, node } of program.steps) {
    expect(inputs.map(({ name }) => name)).toEqual(node.inputs);
    for (const slot of inputs) expect(slot).toEqual(places.get(slot.name));
    places.set(output.name, output);
  }
  for (const slot of program.outputs) expect(slot).toEqual(places.get(slot.name));
}

const networks: readonly { readonly title: string; readonly graph: Graph }[] = [
  { title: "MobileNetV2 at 224²", graph: mobilenetV2() },
  { title: "MobileNetV2 0.35, batch of 3", graph: mobilenetV2({ width: 0.35, batch: 3 }) },
  { title: "MobileNetV1", graph: mobilenetV1() },
  { title: "SSDLite at 300²", graph: ssdlite() },
  { title: "DeepLabv3 with ASPP", graph: deeplabV3({ outputStride: 8, aspp: true }) },
];

describe.each(targets)("the memory plan of a target ($name)", (target) => {
  it.each(networks)("keeps apart what lives at the same time: $title", ({ graph }) => {
    const program = compile(graph, target);
    expectSound(program);
    expectConsistent(program);
  });

  it("keeps apart what lives at the same time in random graphs", () => {
    const property = fc.property(randomGraph, (graph) => {
      const program = compile(graph, target);
      expectSound(program);
      expectConsistent(program);
    });
    fc.assert(property, { seed: 1801_04381, numRuns: 100 });
  });

  it("is dense at the network's ends and around reshapes, aligned within", () => {
    const property = fc.property(randomGraph, (graph) => {
      const { steps, inputs, outputs } = compile(graph, target);
      const dense = new Set([...inputs, ...outputs].map(({ name }) => name));
      for (const { node } of steps) {
        if (node.op === "reshape") for (const name of [node.name, ...node.inputs]) dense.add(name);
      }
      for (const { name, pitch, shape } of [...inputs, ...steps.map(({ output }) => output)]) {
        if (dense.has(name)) expect(pitch).toBe(shape[3]);
        else {
          expect(pitch % target.channelAlignment).toBe(0);
          expect(pitch - shape[3]).toBeLessThan(target.channelAlignment);
          expect(pitch).toBeGreaterThanOrEqual(shape[3]);
        }
      }
    });
    fc.assert(property, { seed: 1801_04381, numRuns: 50 });
  });

  it.each(networks)("comes within 5 % of what is alive at once: $title", ({ graph }) => {
    // Placing the largest first is exact while one pair of tensors dominates, as it does here;
    // 5 % leaves room for gaps of alignment. The bound itself may not be reachable.
    const program = compile(graph, target);
    const bound = lowerBound(program, extentsOf(program));
    expect(program.arenaBytes).toBeLessThanOrEqual(1.05 * bound);
  });
});

describe("a sum in the place of an operand", () => {
  const [plain] = targets as readonly [Target];
  const inPlace: NonNullable<Target["inPlace"]> = ({ node }) =>
    node.op === "add" ? "changes" : undefined;
  const target: Target = { ...plain, inPlace };

  /** Two maps and their sum; `more` may read the maps again. */
  const sums = (
    more: (sketch: Sketch, a: string, b: string) => void = () => undefined,
  ): Program => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 8, 8, 4]);
    const [a, b] = [sketch.activation(x, "relu"), sketch.activation(x, "relu6")] as const;
    const sum = sketch.add(a, b);
    more(sketch, a, b);
    const last = sketch.graph().outputs;
    return compile(sketch.graph([...new Set([sum, ...last])]), target);
  };
  const offsets = ({ steps }: Program): readonly number[] =>
    steps.slice(0, 3).map(({ output }) => output.offset);

  it("lies where the first one does that nobody reads any more", () => {
    const [a, , sum] = offsets(sums());
    expect(sum).toBe(a);
    const [, b, other] = offsets(sums((sketch, first) => sketch.conv2d(first, 4)));
    expect(other).toBe(b);
  });

  it("lies elsewhere where both are read once more", () => {
    const program = sums((sketch, a, b) => sketch.add(sketch.conv2d(a, 4), sketch.conv2d(b, 4)));
    const [a, b, sum] = offsets(program);
    expect([a, b]).not.toContain(sum);
  });

  it("never lies where the program has an input or an output", () => {
    const sketch = new Sketch(1);
    const [x, y] = [sketch.input([1, 8, 8, 4]), sketch.input([1, 8, 8, 4])] as const;
    const a = sketch.activation(x, "relu");
    const { steps, inputs } = compile(sketch.graph([a, sketch.add(a, y)]), target);
    const places = [inputs[1]!, steps[0]!.output].map(({ offset }) => offset);
    expect(places).not.toContain(steps[1]!.output.offset);
  });

  it("holds its place for as long as it is read", () => {
    const program = sums((sketch) => {
      // Larger maps, which would lie over whatever is free.
      const x = sketch.input([1, 8, 8, 4]);
      sketch.conv2d(sketch.conv2d(sketch.conv2d(x, 64), 64), 64);
    });
    const { output: sum } = program.steps[2]!;
    for (const { output } of program.steps.slice(3)) {
      const apart =
        output.offset >= sum.offset + bytesOf(sum) || sum.offset >= output.offset + bytesOf(output);
      expect(apart).toBe(true);
    }
  });
});

describe("scratch memory of threads", () => {
  const [plain] = targets as readonly [Target];
  const graph = mobilenetV2({ width: 0.35, resolution: 64 });
  const arena = compile(graph, plain).arenaBytes;
  const scratchBytes: NonNullable<Target["scratchBytes"]> = ({ output }) => output.shape[3] + 5;

  it("lies behind the maps, one place for all steps", () => {
    const { steps, arenaBytes, threads } = compile(graph, { ...plain, threads: 3, scratchBytes });
    const offset = Math.ceil(arena / 64) * 64;
    // The most channels, 1280, and 5 bytes more, in whole cache lines.
    const threadBytes = 1344;
    expect(new Set(steps.map(({ scratch }) => scratch))).toEqual(
      new Set([{ offset, threadBytes }]),
    );
    expect([arenaBytes, threads]).toEqual([offset + 3 * threadBytes, 3]);
  });

  it("has a place for each step, apart from what lives meanwhile, where it moves", () => {
    const target = { ...plain, threads: 3, scratchBytes, movesScratch: true };
    const program = compile(graph, target);
    for (const [step, { node, output, scratch }] of program.steps.entries()) {
      expect(scratch.threadBytes).toBe(Math.ceil((output.shape[3] + 5) / 64) * 64);
      const extent = { name: `threads of ${node.name}`, offset: scratch.offset, first: step };
      const threads = { ...extent, bytes: 3 * scratch.threadBytes, last: step };
      expect(collisions([threads, ...extentsOf(program)])).toEqual([]);
    }
    expect(program.arenaBytes).toBeLessThanOrEqual(arena + 3 * 1344);
  });
});

describe("a program for other kernels or threads", () => {
  const [plain, aligned] = targets as readonly [Target, Target];
  const graph = mobilenetV2({ width: 0.35, resolution: 64 });
  const threaded = { ...aligned, threads: 2, scratchBytes: () => 64 };

  it("is placed anew as if it had been compiled for them", () => {
    const program = compile(graph, { ...aligned, name: "other" });
    expect(placeFor(program, threaded)).toEqual(compile(graph, threaded));
    const planned = compile(graph, threaded);
    expect(placeFor(planned, threaded)).toBe(planned);
  });

  it("is placed where it is a part of one, with room for what it reads and does not make", () => {
    const program = compile(graph, plain);
    for (const step of program.steps) {
      const [alone] = placeFor({ ...program, steps: [step] }, { ...plain, threads: 2 }).steps;
      const maps = [...alone!.inputs, alone!.output].map((slot) => ({
        name: slot.name,
        offset: slot.offset,
        bytes: bytesOf(slot),
        first: 0,
        last: 0,
      }));
      expect(maps.every(({ offset }) => Number.isInteger(offset))).toBe(true);
      expect(collisions(maps)).toEqual([]);
    }
  });
});

describe("the memory plan", () => {
  const [plain] = targets as readonly [Target];

  it("keeps an output to the end, even one that is made first", () => {
    const sketch = new Sketch(1);
    const early = sketch.activation(sketch.input([1, 8, 8, 4]), "relu");
    const late = sketch.conv2d(sketch.conv2d(sketch.conv2d(early, 4), 4), 4);
    const program = compile(sketch.graph([early, late]), plain);
    const [first] = program.outputs as readonly [Slot];
    for (const { output } of program.steps.slice(1)) {
      const apart =
        output.offset >= first.offset + bytesOf(first) ||
        first.offset >= output.offset + bytesOf(output);
      expect(apart).toBe(true);
    }
  });

  it("takes an input that is an output itself", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const program = compile(sketch.graph([x]), plain);
    expect(program.steps).toEqual([]);
    expect(program.outputs).toEqual(program.inputs);
    expect(program.arenaBytes).toBe(4 * 4 * 4 * 3);
  });
});
