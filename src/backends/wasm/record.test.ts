import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operationCases } from "../../../test/conformance/operation-cases.ts";
import { blockGraphs, convolution, parametersOf } from "../../../test/int8/convolution-graphs.ts";
import { graphOf, input } from "../../../test/int8/random-graphs.ts";
import { compile } from "../../compile/compile.ts";
import type { Graph, Node, Quantization } from "../../graph/ir.ts";
import { encodeStep } from "./encode.ts";
import { encodeContext } from "./encode-context.ts";
import { HostSteps } from "./host-steps.ts";
import { bytes } from "./int8/bytes.ts";
import { prepareInt8 } from "./int8/executable.ts";
import { words } from "./int8/words.ts";
import { ParameterMemory } from "./pack.ts";
import { encodeRecords, floatBits, type RecordTable, recordWords, writeFields } from "./record.ts";
import { records } from "./records.generated.ts";
import { wasmBackend } from "./wasm.ts";

/** A table that keeps the names of the classes that were looked up. */
function watched(table: RecordTable): { readonly table: RecordTable; readonly seen: Set<string> } {
  const seen = new Set<string>();
  const classes = new Proxy(table.classes, {
    get: (of, name: string) => {
      seen.add(name);
      return of[name];
    },
  });
  return { table: { ...table, classes }, seen };
}

/** Classes that no program has: the threads', and those that others begin with. */
const others = ["Step", "RowStep", "Team", "Worker"];

/** What a program may hold. */
function classesOf({ classes }: RecordTable): readonly string[] {
  return Object.keys(classes).filter((name) => !others.includes(name));
}

describe("every class of the kernels' records is encoded, field by field", () => {
  it("of float32 programs", () => {
    const { table, seen } = watched(records);
    for (const { graphs } of operationCases) {
      for (const graph of fc.sample(graphs, { seed: 3, numRuns: 5 })) {
        const program = compile(graph, wasmBackend.target);
        const context = encodeContext(program, 0, new ParameterMemory(0), new HostSteps(program));
        encodeRecords(
          program.steps.flatMap((step) => encodeStep(step, context)),
          0,
          table,
        );
      }
    }
    expect([...seen].sort()).toEqual([...classesOf(records)].sort());
  });

  it.each([words, bytes])("of 8-bit programs: $engine", async (variant) => {
    const { table, seen } = watched(variant.records);
    // Nothing runs, so that any kernels will do.
    const watching = { ...variant, records: table, compile: words.compile };
    for (const graph of eightBitGraphs) {
      const program = compile(graph, wasmBackend.target);
      (await prepareInt8(program, { threads: 1 }, watching)).dispose();
    }
    expect([...seen].sort()).toEqual([...classesOf(variant.records)].sort());
  });
});

/** Blocks, convolutions by themselves, and what looks at several pixels. */
const eightBitGraphs: readonly Graph[] = [
  ...fc.sample(blockGraphs, { seed: 1, numRuns: 10 }).map(({ graph }) => graph),
  ...([1, 3] as const).map((size) => filtered("conv2d", size, 1)),
  ...[1, 2].map((dilation) => filtered("depthwiseConv2d", 3, dilation)),
  single({
    op: "resizeBilinear",
    name: "y",
    inputs: ["x"],
    size: [3, 3],
    alignCorners: true,
    halfPixelCenters: false,
  }),
  single({ op: "globalAveragePool", name: "y", inputs: ["x"] }),
  single({ op: "transpose", name: "y", inputs: ["x"], order: [2, 1, 3] }),
];

function quantizationAt(zeroPoint: number): Quantization {
  return { dtype: "uint8", scale: 0.1, zeroPoint };
}

function single(node: Node): Graph {
  const quantized = { ...node, quantization: quantizationAt(5) } as Node;
  return graphOf([input("x", [1, 9, 9, 8], quantizationAt(3)), quantized]);
}

function filtered(op: "conv2d" | "depthwiseConv2d", size: number, dilation: number): Graph {
  const as = quantizationAt(5);
  const node = convolution(op, { name: "y", source: "x", kernel: [size, size], dilation, as });
  const shape = op === "conv2d" ? [size, size, 8, 8] : [size, size, 8];
  const options = { perChannel: false, spread: true, random: 1 };
  const nodes = [input("x", [1, 9, 9, 8], quantizationAt(3)), node];
  return graphOf(nodes, parametersOf("y", shape, options));
}

describe("encodeRecords", () => {
  const table: RecordTable = {
    classes: {
      Whole: { fields: ["op", "bytes", "part", "c"], parts: { part: "Part" } },
      Part: { fields: ["a", "b"], parts: {} },
    },
    steps: { 7: "Whole" },
  };

  it("lays a step's parts behind it and points at them", () => {
    const encoded = encodeRecords([{ op: 7, part: { a: 1, b: 2 }, c: 3 }], 1000, table);
    expect([...encoded]).toEqual([7, 24, 1016, 3, 1, 2, 0, 8]);
  });

  it("orders fields as the class does, in whatever order they are given", () => {
    const encoded = encodeRecords([{ c: 3, part: { b: 2, a: 1 }, op: 7 }], 1000, table);
    expect([...encoded]).toEqual([7, 24, 1016, 3, 1, 2, 0, 8]);
  });

  it("writes no address where there is no part", () => {
    expect([...encodeRecords([{ op: 7, part: 0, c: 3 }], 1000, table)]).toEqual([
      7, 16, 0, 3, 0, 8,
    ]);
  });

  it.each([
    ["Whole", "c", { op: 7, part: 0 }],
    ["Part", "b", { op: 7, part: { a: 1 }, c: 3 }],
    ["Whole", "no d", { op: 7, part: 0, c: 3, d: 4 }],
    ["Part", "no d", { op: 7, part: { a: 1, b: 2, d: 4 }, c: 3 }],
    ["the step", "a class of the kernels", { op: 8 }],
    ["the part", "a class of the kernels", { op: 7, part: 0, c: { a: 1 } }],
  ])("refuses what is not a record of its class: %s, %s", (name, expected, step) => {
    expect(() => encodeRecords([step as never], 1000, table)).toThrow(
      expect.objectContaining({
        code: "internal",
        message: expect.stringMatching(new RegExp(`^${name}: .*expected ${expected},`)),
      }),
    );
  });

  it("keeps the bits of a float", () => {
    expect(floatBits(1)).toBe(0x3f800000);
    expect(floatBits(Number.NEGATIVE_INFINITY)).toBe(0xff800000 | 0);
  });
});

describe("a record by itself", () => {
  const table: RecordTable = {
    classes: { Place: { fields: ["phase", "", "row", "column"], parts: {} } },
    steps: {},
  };

  it("is written field by field; the others keep what they have", () => {
    const memory = new Int32Array(6).fill(9);
    writeFields(memory.buffer, table, "Place", 8, { column: 2, row: 1 });
    expect([...memory]).toEqual([9, 9, 9, 9, 1, 2]);
  });

  it("has no other fields", () => {
    const memory = new ArrayBuffer(16);
    expect(() => writeFields(memory, table, "Place", 0, { line: 1 })).toThrow(/Place.*no line/);
    expect(() => writeFields(memory, table, "Plane", 0, { row: 1 })).toThrow(/no class Plane/);
  });

  it("is words in order", () => {
    const flat = { ...table, classes: { Flat: { fields: ["x", "y"], parts: {} } } };
    expect(recordWords(flat, "Flat", { y: 2, x: 1 })).toEqual([1, 2]);
  });
});
