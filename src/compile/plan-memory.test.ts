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
import type { Program, Slot, Target } from "./program.ts";

/** Targets with and without fusion, alignment and scratch memory. */
const targets: readonly Target[] = [
  { name: "plain", channelAlignment: 1, fuseBlocks: false, workspaceBytes: () => 0 },
  {
    name: "aligned",
    channelAlignment: 8,
    fuseBlocks: true,
    // Any sizes do; odd ones show that what follows is aligned again.
    workspaceBytes: ({ node, output }) => (node.op === "invertedResidual" ? 4 * output[3] + 12 : 0),
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
