import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Sketch } from "../../../test/conformance/sketch.ts";
import { compile } from "../../compile/compile.ts";
import type { Graph } from "../../graph/ir.ts";
import { encodeStep } from "./encode.ts";
import { encodeContext } from "./encode-context.ts";
import { ParameterMemory } from "./pack.ts";
import { encodeRecords, floatBits, type KernelRecord } from "./record.ts";
import { wasmBackend } from "./wasm.ts";

/** The fields of a kernel's class, in order. */
function fieldsOf(file: string, name: string): readonly string[] {
  const text = readFileSync(new URL(`../../../assembly/${file}.ts`, import.meta.url), "utf8");
  const body = new RegExp(`class ${name} \\{([^}]*)\\}`).exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ {2}(\w+): \w+;/gm)].map((match) => match[1]!);
}

/** The first record of a graph's last step. */
function recordOf(graph: Graph): KernelRecord {
  const program = compile(graph, wasmBackend.target);
  const [record] = encodeStep(
    program.steps.at(-1)!,
    encodeContext(program, 0, new ParameterMemory(0)),
  );
  return record!;
}

const window = { kernel: [3, 3], stride: 1, dilation: 1, padding: "same" } as const;

function blockRecord(): KernelRecord {
  const sketch = new Sketch(1);
  const input = sketch.input([1, 9, 9, 8]);
  const wide = sketch.conv2d(input, 16, { ...window, kernel: [1, 1] });
  const filtered = sketch.depthwise(wide, window);
  return recordOf(sketch.graph([sketch.conv2d(filtered, 8, { ...window, kernel: [1, 1] })]));
}

describe("records have the fields of the kernels' classes, in order", () => {
  /** A record's words start with its operation, then its length, which is filled in last. */
  const keys = ({ op, ...fields }: KernelRecord): readonly string[] => [
    ...(op === undefined ? [] : ["op", "bytes"]),
    ...Object.keys(fields),
  ];

  it("of a block and its layers", () => {
    const block = blockRecord();
    expect(keys(block)).toEqual(fieldsOf("block", "Block"));
    expect(keys(block["expand"] as KernelRecord)).toEqual(fieldsOf("pointwise-layer", "Pointwise"));
    expect(keys(block["depthwise"] as KernelRecord)).toEqual(
      fieldsOf("depthwise-layer", "Depthwise"),
    );
  });

  it("of convolutions, alone", () => {
    const pointwise = new Sketch(1);
    const narrow = { ...window, kernel: [1, 1] } as const;
    const one = pointwise.conv2d(pointwise.input([1, 4, 4, 8]), 8, narrow);
    expect(keys(recordOf(pointwise.graph([one])))).toEqual(fieldsOf("layers", "PointwiseStep"));
    const windowed = new Sketch(1);
    const three = windowed.conv2d(windowed.input([1, 4, 4, 8]), 8, window);
    const record = recordOf(windowed.graph([three]));
    expect(keys(record)).toEqual(fieldsOf("layers", "ConvolutionStep"));
    expect(keys(record["window"] as KernelRecord)).toEqual(fieldsOf("convolution", "Window"));
  });
});

describe("encodeRecords", () => {
  it("lays a step's parts behind it and points at them", () => {
    const words = encodeRecords([{ op: 7, part: { a: 1, b: 2 }, c: 3 }], 1000);
    expect([...words]).toEqual([7, 24, 1016, 3, 1, 2, 0, 8]);
  });

  it("keeps the bits of a float", () => {
    expect(floatBits(1)).toBe(0x3f800000);
    expect(floatBits(Number.NEGATIVE_INFINITY)).toBe(0xff800000 | 0);
  });
});
